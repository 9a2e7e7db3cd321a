import { getAuthorizedProvider } from '../../lib/contract/operations/authorized-providers.ts'
import { findGrant } from '../../lib/domain/grants/find-grant.ts'
import { grantView } from '../../lib/domain/grants/grant.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(getAuthorizedProvider)(async ({ params, caller }) => {
  const { grant, provider } = await findGrant(grants, caller, params.authorizedProviderId)
  return { status: 200, body: grantView(grant, provider, configuration.publicBaseUrl()) }
})
