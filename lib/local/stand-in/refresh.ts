import type { Members } from './facts.ts'
import { issueTokens } from './issue-tokens.ts'
import { bodyMembers, type Call } from './message.ts'
import { isOf, isUsedUp, type Played } from './played.ts'
import type { ClientRecord, TokenRecord } from './records.ts'
import { Refused } from './refusals.ts'
import { split } from './scopes.ts'

/** Gives new tokens for a refresh token (RFC 6749 section 6), by the provider's rotation. Throws `Refused`. */
export function refresh(played: Played, call: Call, client: ClientRecord): Members {
  const { facts, quirks, books } = played
  const sent = bodyMembers(call)
  if (sent['refresh_token'] === undefined) throw new Refused('parameterMissing')
  const token = books.token(sent['refresh_token'])
  const grant = token && books.grant(token.grantId)
  if (token?.kind !== 'refresh' || !grant || !isOf(played, call.host, client, grant))
    throw new Refused('refreshTokenBad')
  if (books.isExpired(token)) throw new Refused('refreshTokenExpired')
  if (isUsedUp(played, token)) {
    if (quirks.reuseEndsGrant) books.endGrant(grant.id)
    throw new Refused('refreshTokenBad')
  }
  if (quirks.refuseRefreshWith) {
    const { status = 400, error, members = {} } = quirks.refuseRefreshWith
    throw new Refused('refreshRefused', { status, error, members })
  }
  const set = { label: token.label, scopes: narrowed(played, call, client, token, sent['scope']) }
  const order = { grant, client, host: call.host, grantType: 'refresh_token', set }

  const { rotation } = quirks
  if (rotation === 'none') {
    extend(played, token)
    return issueTokens(played, {
      ...order,
      refreshToken: facts.tokens.repeatsRefreshToken ? { same: token.id } : 'none',
    })
  }
  if (rotation === 'singleUseKillAccess')
    for (const sibling of books.tokensOf(grant.id)) if (sibling.kind === 'access') books.endToken(sibling)
  if (rotation !== 'replaceKeepOld') books.saveToken({ usedAt: books.clock.now(), ...token })
  // RFC 6749 section 6: a new refresh token has the scopes of the old one, also where this answer has fewer.
  return issueTokens(played, { ...order, refreshToken: 'new', refreshScopes: token.scopes })
}

/** RFC 6749 section 6: a refresh may ask for less than was granted, never for more. */
function narrowed(
  { facts }: Played,
  { host }: Call,
  client: ClientRecord,
  token: TokenRecord,
  asked = '',
): readonly string[] {
  if (facts.scopes.fixed?.(client)) return token.scopes
  const wanted = split(facts.scopes, asked).map((scope) => facts.scopes.longName?.(scope, host) ?? scope)
  if (wanted.length === 0) return token.scopes
  if (wanted.some((scope) => !token.scopes.includes(scope))) throw new Refused('scopeBad')
  return token.scopes.filter((scope) => wanted.includes(scope) || facts.scopes.unlisted?.includes(scope))
}

/** A refresh token that stays starts its idle time anew. */
function extend({ facts, books }: Played, token: TokenRecord): void {
  const { refreshTokenSeconds } = facts.tokens
  if (refreshTokenSeconds === undefined) return
  books.saveToken({ ...token, expiresAt: books.clock.now() + refreshTokenSeconds * 1000 })
}
