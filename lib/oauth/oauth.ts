import type { OAuth } from '../domain/ports.ts'
import { authorizationUrl } from './authorization-url.ts'
import { discover } from './discovery.ts'
import type { Outbound } from './outbound/outbound.ts'
import { profile } from './profile.ts'
import { revoke } from './revocation.ts'
import { exchangeCode, refresh } from './token-request.ts'

/** All that is asked of providers, over the one way out. */
export const oauth = (outbound: Outbound): OAuth => ({
  authorizationUrl,
  discover: (issuer) => discover(outbound, issuer),
  exchangeCode: (client, exchange) => exchangeCode(outbound, client, exchange),
  refresh: (client, refreshToken, scopes) => refresh(outbound, client, refreshToken, scopes),
  profile: (client, tokens) => profile(outbound, client, tokens),
  revoke: (client, tokens, whole) => revoke(outbound, client, tokens, whole),
})
