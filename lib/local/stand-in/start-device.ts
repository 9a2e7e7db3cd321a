import { type Answer, bodyKind, bodyMembers, type Call } from './message.ts'
import { instanceOf, type Played } from './played.ts'
import { randomText } from './random-text.ts'
import { Refused } from './refusals.ts'
import { scopesFor } from './scopes.ts'
import { tokenAnswer } from './token-answer.ts'

/** The device authorization endpoint (RFC 8628 section 3.1): gives a device its codes. */
export function startDevice(played: Played, call: Call): Answer {
  const { facts, quirks, books, deviceCodes } = played
  return tokenAnswer(played, call, () => {
    if (!facts.device) throw new Error(`${facts.type} has no device flow.`)
    if (bodyKind(call) !== 'form') throw new Refused('bodyUnreadable')
    const members = bodyMembers(call)
    const client = books.client(facts.type, members['client_id'] ?? '')
    if (!client) throw new Refused('clientUnknown')
    if (!client.device) throw new Refused('deviceOff')
    const granted = scopesFor(facts, { client, host: call.host, parameters: new URLSearchParams(members) })
    if ('problem' in granted) throw new Refused('scopeBad', { description: granted.problem })

    const { seconds, intervalSeconds, forms, page, complete } = facts.device
    const code = {
      id: randomText(forms.deviceCode),
      userCode: forms.userCode(),
      provider: facts.type,
      instance: instanceOf(played, call.host),
      clientId: client.clientId,
      scopes: granted.scopes,
      expiresAt: books.clock.now() + seconds * 1000,
      intervalSeconds,
    }
    deviceCodes.save(code)
    const place = page(call.host)
    const uri = played.urlOf(place.host, place.path)
    return {
      device_code: code.id,
      user_code: code.userCode,
      [quirks.device === 'google428' ? 'verification_url' : 'verification_uri']: uri,
      ...(complete ? { verification_uri_complete: `${uri}?user_code=${code.userCode}` } : {}),
      expires_in: seconds,
      interval: intervalSeconds,
      ...facts.device.members,
    }
  })
}
