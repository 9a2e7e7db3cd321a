import { listExternalAuths as operation } from '../../lib/contract/operations/external-auth.ts'
import { listExternalAuths } from '../../lib/domain/external-auth/list.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(operation)(async ({ caller }) => ({
  status: 200,
  body: await listExternalAuths({ grants, providers, vault, oauth, audit }, caller),
}))
