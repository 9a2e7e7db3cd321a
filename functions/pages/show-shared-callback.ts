import { showSharedCallback } from '../../lib/contract/operations/connect-pages.ts'
import { comeBack } from '../../lib/domain/connect/come-back.ts'
import { sharedCallbackUrl } from '../../lib/domain/providers/provider.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { secretIn } from '../../lib/runtime/browser-cookie.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { landingReply } from '../../lib/runtime/landing-reply.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(showSharedCallback)(async ({ query, cookies }) => {
  const redirect = { ...query, redirectUri: sharedCallbackUrl(configuration.publicBaseUrl()) }
  const ports = { providers, grants, flows, vault, oauth, audit }
  return landingReply(await comeBack(ports, redirect, secretIn(cookies)), 302)
})
