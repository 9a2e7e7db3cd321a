import { initConnection } from '../../lib/contract/operations/connections.ts'
import { authorize } from '../../lib/domain/connect/authorize.ts'
import { authorizationUrl } from '../../lib/oauth/authorization-url.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(initConnection)(async ({ body, caller }) => {
  const { providerId, redirectUri, scopes, name, expiresAt } = body
  const ports = {
    providers,
    grants,
    flows,
    vault,
    oauth: { authorizationUrl },
    audit,
    publicBaseUrl: configuration.publicBaseUrl(),
  }
  const { redirectUrl, state } = await authorize(ports, caller, providerId, {
    redirectUri,
    redirectUriField: 'redirectUri',
    scopes,
    grantName: name,
    grantExpiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
  })
  return { status: 200, body: { url: redirectUrl, state } }
})
