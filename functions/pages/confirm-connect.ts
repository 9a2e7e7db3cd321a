import { confirmConnect } from '../../lib/contract/operations/connect-pages.ts'
import { useTicket } from '../../lib/domain/connect/use-ticket.ts'
import { authorizationUrl } from '../../lib/oauth/authorization-url.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { checkForm, setCookie } from '../../lib/runtime/browser-cookie.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { flows, grants, providers, tickets } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(confirmConnect)(async ({ body, cookies }) => {
  const publicBaseUrl = configuration.publicBaseUrl()
  const ports = { providers, grants, flows, tickets, vault, oauth: { authorizationUrl }, audit, publicBaseUrl }
  const { redirectUrl, cookie } = await useTicket(ports, checkForm(cookies, body.ticket, body.csrf))
  return { status: 303, headers: { Location: redirectUrl, ...setCookie(cookie) } }
})
