import type { Issue, Members } from './facts.ts'
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
  /** Those of the grant unless told. */
  readonly scopes?: readonly string[]
}

/** Issues tokens and gives the provider's answer (RFC 6749 section 5.1). */
export function issueTokens(played: Played, order: IssueOrder): Members {
  const { facts, quirks } = played
  const { grant, scopes = grant.scopes } = order
  const access = newAccessToken(played, order, scopes, '')
  const refresh = refreshToken(played, order, scopes)
  endOldest(played, grant)

  const seconds = expiresIn(played, order)
  const listed = scopes.filter((scope) => !facts.scopes.unlisted?.includes(scope))
  const standard = {
    access_token: access,
    token_type: facts.tokens.tokenType,
    ...(seconds === undefined ? {} : { expires_in: quirks.expiresInAsString ? String(seconds) : seconds }),
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(quirks.scopeField === 'none' ? {} : { [quirks.scopeField]: listed.join(quirks.scopeJoin) }),
  }
  return facts.tokens.answer?.(standard, issueOf(played, order, scopes)) ?? standard
}

function issueOf(played: Played, order: IssueOrder, scopes: readonly string[]): Issue {
  const { client, grant, host, grantType } = order
  const now = Math.floor(played.books.clock.now() / 1000)
  return {
    client,
    grant,
    person: personIn(played, grant.account),
    host,
    grantType,
    scopes,
    now,
    access: (some, label) => newAccessToken(played, order, some, label),
    idToken: (claims) =>
      played.sign({
        aud: client.clientId,
        ...(grant.params['nonce'] === undefined ? {} : { nonce: grant.params['nonce'] }),
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

function newAccessToken(played: Played, order: IssueOrder, scopes: readonly string[], label: string): string {
  const { facts, quirks, books } = played
  const form = facts.tokens.forms.access(order.client, label)
  const seconds = expiresIn(played, order)
  const now = books.clock.now()
  const token: TokenRecord = {
    id: randomText(form, quirks.bigTokens?.access),
    kind: 'access',
    grantId: order.grant.id,
    scopes,
    issuedAt: now,
    ...(seconds === undefined ? {} : { expiresAt: now + seconds * 1000 }),
  }
  books.saveToken(token)
  return token.id
}

function refreshToken(played: Played, order: IssueOrder, scopes: readonly string[]): string | null | undefined {
  const { facts, quirks, books } = played
  if (quirks.nullRefreshToken) return null
  if (order.refreshToken === 'none') return undefined
  if (order.refreshToken !== 'new') return order.refreshToken.same
  const now = books.clock.now()
  const { refreshTokenSeconds = Infinity, grantSeconds = Infinity } = facts.tokens
  const end = Math.min(now + refreshTokenSeconds * 1000, order.grant.createdAt + grantSeconds * 1000)
  const token: TokenRecord = {
    id: randomText(facts.tokens.forms.refresh(order.client), quirks.bigTokens?.refresh),
    kind: 'refresh',
    grantId: order.grant.id,
    scopes,
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
  const live: TokenRecord[] = []
  for (const other of books.grants()) {
    const isSame =
      other.provider === grant.provider &&
      other.instance === grant.instance &&
      other.clientId === grant.clientId &&
      other.account === grant.account &&
      (!most.sameScopes || other.scopes.join() === grant.scopes.join())
    if (isSame)
      live.push(...books.tokensOf(other.id).filter((token) => token.kind === most.kind && books.isLive(token)))
  }
  for (const token of live.slice(0, Math.max(0, live.length - most.count))) books.endToken(token)
}
