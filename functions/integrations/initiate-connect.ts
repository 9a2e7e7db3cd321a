import { initiateConnect } from '../../lib/contract/operations/connect-tickets.ts'
import { initiate } from '../../lib/domain/connect/initiate.ts'
import { authorizationUrl } from '../../lib/oauth/authorization-url.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { setCookie } from '../../lib/runtime/browser-cookie.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(initiateConnect)(async ({ params, query, caller }) => {
  const publicBaseUrl = configuration.publicBaseUrl()
  const ports = { providers, grants, flows, vault, oauth: { authorizationUrl }, audit, publicBaseUrl }
  const { redirectUrl, bound, cookie } = await initiate(ports, caller, params.id, query.returnTo)
  return { status: 302, headers: { Location: redirectUrl, ...(bound && setCookie(cookie)) } }
})
