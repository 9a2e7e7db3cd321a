import type { Members } from './facts.ts'
import { issueTokens } from './issue-tokens.ts'
import { bodyMembers, type Call } from './message.ts'
import { instanceOf, type Played } from './played.ts'
import type { ClientRecord } from './records.ts'
import { Refused } from './refusals.ts'

/** Answers a device that asks whether its user has decided (RFC 8628 section 3.4). Throws `Refused`. */
export function pollDevice(played: Played, call: Call, client: ClientRecord): Members {
  const { facts, books, deviceCodes } = played
  const members = bodyMembers(call)
  if (!facts.device) throw new Refused('grantTypeUnsupported')
  if (facts.device.secret === 'refused' && members['client_secret'] !== undefined) throw new Refused('secretUnwanted')
  if (members['device_code'] === undefined) throw new Refused('parameterMissing')
  const code = deviceCodes.get(members['device_code'])
  const instance = instanceOf(played, call.host)
  if (code?.instance !== instance || code.clientId !== client.clientId || code.used) throw new Refused('deviceCodeBad')
  const now = books.clock.now()
  if (code.expiresAt <= now) throw new Refused('deviceCodeExpired')

  const tooSoon = code.polledAt !== undefined && now < code.polledAt + code.intervalSeconds * 1000
  // RFC 8628 section 3.5: from then on five seconds more.
  const intervalSeconds = code.intervalSeconds + (tooSoon ? 5 : 0)
  deviceCodes.save({ ...code, intervalSeconds, polledAt: now })
  if (tooSoon)
    throw new Refused('deviceSlow', facts.device.namesInterval ? { members: { interval: intervalSeconds } } : {})
  if (code.decision === undefined) throw new Refused('devicePending')
  if (code.decision === 'denied') throw new Refused('deviceDenied')

  const owner = { provider: facts.type, instance, clientId: client.clientId, account: code.decision.account }
  // The user may have removed the app meanwhile.
  if (!books.consented(owner)) throw new Refused('deviceDenied')

  deviceCodes.save({ ...code, used: true })
  const grant = books.addGrant({
    ...owner,
    scopes: code.scopes,
    params: {},
    consentShown: true,
    byDevice: true,
  })
  const refreshToken = facts.tokens.givesRefreshToken(grant, client) ? 'new' : 'none'
  return issueTokens(played, { grant, client, host: call.host, grantType: 'device_code', refreshToken })
}
