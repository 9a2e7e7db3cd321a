import { acquireAccessToken } from '../../lib/contract/operations/authorized-providers.ts'
import { accessTokenView } from '../../lib/domain/grants/access-token-view.ts'
import { discloseToken } from '../../lib/domain/grants/disclose-token.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(acquireAccessToken)(async ({ params, query, caller }) => {
  const ports = { grants, providers, vault, oauth, audit }
  const served = await discloseToken(ports, caller, params.authorizedProviderId, query.minimumSeconds)
  return { status: 201, body: accessTokenView(served, configuration.publicBaseUrl()) }
})
