import { authorizeProvider } from '../../lib/contract/operations/connect.ts'
import { authorize } from '../../lib/domain/connect/authorize.ts'
import { authorizationUrl } from '../../lib/oauth/authorization-url.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(authorizeProvider)(async ({ params, query, caller }) => {
  const ports = {
    providers,
    grants,
    flows,
    vault,
    oauth: { authorizationUrl },
    audit,
    publicBaseUrl: configuration.publicBaseUrl(),
  }
  const body = await authorize(ports, caller, params.providerId, {
    state: query.state,
    redirectUri: query.redirect_uri,
    skipConsent: query.skip_consent,
    scopes: query.scopes,
    reconnects: query.authorizedProviderId,
  })
  return { status: 200, body }
})
