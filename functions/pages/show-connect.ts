import { showConnect } from '../../lib/contract/operations/connect-pages.ts'
import { openTicket } from '../../lib/domain/connect/open-ticket.ts'
import { csrfToken, secretIn, setCookie } from '../../lib/runtime/browser-cookie.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { confirmConnect } from '../../lib/runtime/pages/confirm-connect.ts'
import { providers, tickets } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(showConnect)(async ({ query, cookies }) => {
  const { ticket, provider, cookie } = await openTicket({ providers, tickets }, query.ticket, secretIn(cookies))
  const action = `${configuration.publicBaseUrl()}/oauth2/connect`
  const shown = confirmConnect({ ticket, provider, action, csrf: csrfToken(cookie) })
  return { status: 200, ...shown, headers: { ...shown.headers, ...setCookie(cookie) } }
})
