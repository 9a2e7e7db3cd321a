import { deleteExternalAuth } from '../../lib/contract/operations/external-auth.ts'
import { unlink } from '../../lib/domain/external-auth/unlink.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(deleteExternalAuth)(async ({ params, caller }) => ({
  status: 200,
  body: await unlink({ grants, providers, vault, oauth, audit }, caller, params.externalauth),
}))
