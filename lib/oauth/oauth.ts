import type { OAuth } from '../domain/ports.ts'
import { probeAuthorization } from './authorization-probe.ts'
import { authorizationUrl } from './authorization-url.ts'
import { startDevice } from './device.ts'
import { discover } from './discovery.ts'
import { installations } from './installations.ts'
import type { Outbound } from './outbound/outbound.ts'
import { profile } from './profile.ts'
import { revoke } from './revocation.ts'
import { exchangeCode, exchangeDeviceCode, refresh } from './token-request.ts'

/** All that is asked of providers, over the one way out. */
export const oauth = (outbound: Outbound): OAuth => ({
  authorizationUrl,
  probeAuthorization: (url) => probeAuthorization(outbound, url),
  discover: (issuer) => discover(outbound, issuer),
  exchangeCode: (client, exchange) => exchangeCode(outbound, client, exchange),
  startDevice: (client, scopes) => startDevice(outbound, client, scopes),
  exchangeDeviceCode: (client, deviceCode) => exchangeDeviceCode(outbound, client, deviceCode),
  refresh: (client, refreshToken, scopes) => refresh(outbound, client, refreshToken, scopes),
  profile: (client, tokens) => profile(outbound, client, tokens),
  installations: (provider, accessToken) => installations(outbound, provider, accessToken),
  revoke: (client, tokens, whole) => revoke(outbound, client, tokens, whole),
})
