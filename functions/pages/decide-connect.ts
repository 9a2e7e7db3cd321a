import { decideConnect } from '../../lib/contract/operations/connect-pages.ts'
import { decide } from '../../lib/domain/connect/decide.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { checkForm } from '../../lib/runtime/browser-cookie.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { landingReply } from '../../lib/runtime/landing-reply.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(decideConnect)(async ({ body, cookies }) => {
  const browser = checkForm(cookies, body.flow, body.csrf)
  const ports = { providers, grants, flows, vault, oauth, audit }
  return landingReply(await decide(ports, browser, body.decision === 'keep'), 303)
})
