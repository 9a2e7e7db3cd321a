import { authenticateClient } from './client-authentication.ts'
import { exchangeCode } from './exchange-code.ts'
import type { Members } from './facts.ts'
import { type Answer, bodyKind, bodyMembers, type Call } from './message.ts'
import type { Played } from './played.ts'
import { pollDevice } from './poll-device.ts'
import type { ClientRecord } from './records.ts'
import { refresh } from './refresh.ts'
import { Refused } from './refusals.ts'
import { tokenAnswer } from './token-answer.ts'

interface GrantType {
  readonly secret: (played: Played, members: Readonly<Record<string, string>>) => 'required' | 'optional'
  readonly give: (played: Played, call: Call, client: ClientRecord) => Members
}

const grantTypes: Readonly<Record<string, GrantType>> = {
  authorization_code: { secret: () => 'required', give: exchangeCode },
  refresh_token: { secret: secretOfRefresh, give: refresh },
  'urn:ietf:params:oauth:grant-type:device_code': {
    secret: ({ facts }) => (facts.device?.secret === 'required' ? 'required' : 'optional'),
    give: pollDevice,
  },
}

/** The token endpoint (RFC 6749 section 3.2): finds the client, then does what the grant type asks for. */
export function token(played: Played, call: Call): Answer {
  const { clientAuth, bodies } = played.facts.tokens
  return tokenAnswer(played, call, () => {
    if (!bodies.some((kind) => kind === bodyKind(call))) throw new Refused('bodyUnreadable')
    const members = bodyMembers(call)
    const grantType = grantTypes[members['grant_type'] ?? '']
    const secret = grantType?.secret(played, members) ?? 'required'
    const client = authenticateClient(played, call, clientAuth, secret)
    if (members['grant_type'] === undefined) throw new Refused('parameterMissing')
    if (!grantType) throw new Refused('grantTypeUnsupported')
    return grantType.give(played, call, client)
  })
}

/** What a device got is refreshed without the secret that a device has not. */
function secretOfRefresh({ facts, books }: Played, members: Readonly<Record<string, string>>): 'required' | 'optional' {
  const grant = books.grant(books.token(members['refresh_token'] ?? '')?.grantId ?? '')
  return grant?.byDevice && facts.device?.secret !== 'required' ? 'optional' : 'required'
}
