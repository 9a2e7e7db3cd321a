import { donePage, userCodePage } from '../oauth/pages.ts'
import type { DeviceCode } from './device-codes.ts'
import { type Answer, type Call, page } from './message.ts'
import { accountOf } from './person.ts'
import type { Played } from './played.ts'

/** The page where a person types the code of a device, then signs in and decides (RFC 8628 section 3.3). */
export function devicePage(played: Played, call: Call): Answer {
  const { facts, interactions } = played
  if (call.method !== 'POST')
    return page(200, userCodePage({ site: facts.name, userCode: call.query.get('user_code') ?? '' }))
  const typed = new URLSearchParams(call.body).get('user_code') ?? ''
  const code = waitingCode(played, typed)
  if (!code) {
    const problem = 'This code is not known or no longer valid.'
    return page(422, userCodePage({ site: facts.name, userCode: typed, problem }))
  }
  return interactions.open({
    site: facts.name,
    client: code.clientId,
    scopes: code.scopes,
    hint: facts.owner.account,
    accountOf: (name) => accountOf(facts.owner, name),
    consent: () => 'show',
    finish: (outcome) => {
      decideDevice(played, code.userCode, 'error' in outcome ? 'denied' : { account: outcome.account })
      return page(200, donePage())
    },
  })
}

/** Writes down what a person decided. Throws when no device waits with this code. */
export function decideDevice(played: Played, userCode: string, decision: NonNullable<DeviceCode['decision']>): void {
  const code = waitingCode(played, userCode)
  if (!code) throw new Error(`No device waits with the code ${userCode}.`)
  played.deviceCodes.save({ ...code, decision })
  if (decision === 'denied') return
  const { provider, instance, clientId } = code
  played.books.saveConsent({ provider, instance, clientId, account: decision.account }, code.scopes)
}

function waitingCode({ facts, books, deviceCodes }: Played, typed: string): DeviceCode | undefined {
  const code = deviceCodes.byUserCode(facts.type, typed)
  return code && !code.used && code.expiresAt > books.clock.now() ? code : undefined
}
