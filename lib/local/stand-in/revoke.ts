import { authenticateClient } from './client-authentication.ts'
import { type Answer, bodyKind, bodyMembers, type Call } from './message.ts'
import { isUsedUp, type Played } from './played.ts'
import type { TokenRecord } from './records.ts'
import { Refused, refusalBody } from './refusals.ts'

/** Token revocation as in RFC 7009, with the provider's own answers. */
export function revoke(played: Played, call: Call): Answer {
  const { facts, books } = played
  const { revocation, tokens } = facts
  if (!revocation) throw new Error(`${facts.type} has no revocation.`)
  try {
    if (!revocation.bodies.some((kind) => kind === bodyKind(call))) throw new Refused('bodyUnreadable')
    const client = revocation.by === 'client' ? authenticateClient(played, call, tokens.clientAuth) : undefined
    const text = bodyMembers(call)['token']
    if (text === undefined) throw new Refused('parameterMissing')
    const token = books.token(text)
    const grant = token && books.grant(token.grantId)
    const isTheirs = grant?.provider === facts.type && (!client || grant.clientId === client.clientId)
    if (!token || !isTheirs || books.isExpired(token) || isUsedUp(played, token)) {
      if (revocation.unknown) throw new Refused(revocation.unknown)
      return revocation.done
    }
    endByToken(played, token)
    return revocation.done
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return refusalBody(tokens, error)
  }
}

/** Ends a token and, by the provider's rule, what goes with it. */
export function endByToken({ quirks, books }: Played, token: TokenRecord): void {
  const grant = books.grant(token.grantId)
  if (quirks.revocation === 'grant') books.endGrant(token.grantId)
  else if (quirks.revocation === 'userAndClient' && grant) books.endAll(grant)
  else books.endToken(token)
}
