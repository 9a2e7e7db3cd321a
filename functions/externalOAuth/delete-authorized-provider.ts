import { deleteAuthorizedProvider } from '../../lib/contract/operations/authorized-providers.ts'
import { disconnect } from '../../lib/domain/grants/disconnect.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(deleteAuthorizedProvider)(async ({ params, caller }) => {
  await disconnect({ grants, providers, vault, oauth, audit }, caller, params.authorizedProviderId)
  return { status: 204 }
})
