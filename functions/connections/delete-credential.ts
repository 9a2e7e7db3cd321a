import { deleteCredential } from '../../lib/contract/operations/credentials.ts'
import { removeCredential } from '../../lib/domain/credentials/remove.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { credentials, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(deleteCredential)(async ({ params, caller }) => {
  await removeCredential({ credentials, grants, providers, vault, oauth, audit }, caller, params.credentialId)
  return { status: 204 }
})
