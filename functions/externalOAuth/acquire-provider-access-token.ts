import { acquireProviderAccessToken } from '../../lib/contract/operations/authorized-providers.ts'
import { accessTokenView } from '../../lib/domain/grants/access-token-view.ts'
import { discloseNewestToken } from '../../lib/domain/grants/disclose-newest-token.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { grants, providers, tickets } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(acquireProviderAccessToken)(async ({ params, query, caller }) => {
  const base = configuration.publicBaseUrl()
  const linkOf = (ticket: string): string => `${base}/oauth2/connect?ticket=${ticket}`
  const ports = { grants, providers, vault, oauth, audit, tickets, linkOf }
  const served = await discloseNewestToken(ports, caller, params.providerId, query)
  return { status: 201, body: accessTokenView(served, base) }
})
