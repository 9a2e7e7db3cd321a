import type { Issue, Members, TokenSet } from './facts.ts'
import { type Played, personIn } from './played.ts'
import { randomText } from './random-text.ts'
import type { ClientRecord, GrantRecord, TokenRecord } from './records.ts'

/** For what tokens are issued. */
export interface IssueOrder {
  readonly grant: GrantRecord
  readonly client: ClientRecord
  readonly host: string
  readonly grantType: string
  readonly refreshToken: 'new' | 'none' | { readonly same: string }
  /** The one set that is refreshed; all of the grant unless told. */
  readonly set?: TokenSet
  /** Those of a new refresh token; as the access token's unless told. */
  readonly refreshScopes?: readonly string[]
}

/** Issues tokens and gives the provider's answer (RFC 6749 section 5.1). */
export function issueTokens(played: Played, order: IssueOrder): Members {
  const { tokens } = played.facts
  const { grant } = order
  const whole = { label: '', scopes: grant.scopes }
  const [set = whole, ...otherSets] = order.set ? [order.set] : (tokens.sets?.(grant) ?? [whole])
  const standard = standardAnswer(played, order, set)
  const others = otherSets.map((other) => standardAnswer(played, order, other))
  endOldest(played, grant)
  return tokens.answer?.(standard, issueOf(played, order, set, others)) ?? standard
}

function standardAnswer(played: Played, order: IssueOrder, set: TokenSet): Members {
  const { facts, quirks } = played
  const access = newAccessToken(played, order, set)
  const refresh = refreshToken(played, order, set)
  const seconds = expiresIn(played, order)
  const listed = set.scopes.filter((scope) => !facts.scopes.unlisted?.includes(scope))
  return {
    access_token: access,
    token_type: facts.tokens.tokenType,
    ...(seconds === undefined ? {} : { expires_in: quirks.expiresInAsString ? String(seconds) : seconds }),
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(quirks.scopeField === 'none' ? {} : { [quirks.scopeField]: listed.join(quirks.scopeJoin) }),
  }
}

function issueOf(played: Played, order: IssueOrder, set: TokenSet, others: readonly Members[]): Issue {
  const { client, grant, host, grantType } = order
  const now = Math.floor(played.books.clock.now() / 1000)
  const nonce = grant.params['nonce']
  return {
    ...set,
    client,
    grant,
    person: personIn(played, grant.account),
    host,
    grantType,
    now,
    others,
    idToken: (claims) =>
      played.sign({
        aud: client.clientId,
        ...(nonce === undefined ? {} : { nonce }),
        ...claims,
        iat: now,
        exp: now + 3600,
      }),
  }
}

function expiresIn({ facts, quirks }: Played, { grant, client }: IssueOrder): number | undefined {
  const expires = facts.tokens.expires?.(grant, client) ?? true
  return expires ? (quirks.accessTokenSeconds ?? undefined) : undefined
}

function newAccessToken(played: Played, order: IssueOrder, set: TokenSet): string {
  const { facts, quirks, books } = played
  const form = facts.tokens.forms.access(order.client, set.label)
  const seconds = expiresIn(played, order)
  const now = books.clock.now()
  const token: TokenRecord = {
    ...set,
    id: randomText(form, quirks.bigTokens?.access),
    kind: 'access',
    grantId: order.grant.id,
    issuedAt: now,
    ...(seconds === undefined ? {} : { expiresAt: now + seconds * 1000 }),
  }
  books.saveToken(token)
  return token.id
}

function refreshToken(played: Played, order: IssueOrder, set: TokenSet): string | null | undefined {
  const { facts, quirks, books } = played
  if (quirks.nullRefreshToken) return null
  if (order.refreshToken === 'none') return undefined
  if (order.refreshToken !== 'new') return order.refreshToken.same
  const now = books.clock.now()
  const { refreshTokenSeconds = Infinity, grantSeconds = Infinity } = facts.tokens
  const end = Math.min(now + refreshTokenSeconds * 1000, order.grant.createdAt + grantSeconds * 1000)
  const token: TokenRecord = {
    label: set.label,
    scopes: order.refreshScopes ?? set.scopes,
    id: randomText(facts.tokens.forms.refresh(order.client), quirks.bigTokens?.refresh),
    kind: 'refresh',
    grantId: order.grant.id,
    issuedAt: now,
    ...(Number.isFinite(end) ? { expiresAt: end } : {}),
  }
  books.saveToken(token)
  return token.id
}

/** Some providers silently end the oldest of too many tokens. */
function endOldest({ facts, books }: Played, grant: GrantRecord): void {
  const { most } = facts.tokens
  if (!most) return
  const live = books
    .grantsLike(grant)
    .filter(({ scopes }) => !most.sameScopes || scopes.join() === grant.scopes.join())
    .flatMap(({ id }) => books.tokensOf(id))
    .filter((token) => token.kind === most.kind && books.isLive(token))
  for (const token of live.slice(0, Math.max(0, live.length - most.count))) books.endToken(token)
}
