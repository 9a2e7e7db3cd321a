import type { Client, RevocableTokens } from '../domain/ports.ts'
import type { RevocationStyle } from '../domain/providers/settings.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits, type Request } from './call.ts'
import { failureOf, type Reading } from './failure.ts'
import { basic, clientForm, form } from './form.ts'
import { isMembers } from './members.ts'
import type { Outbound } from './outbound/outbound.ts'
import { readJson } from './read-json.ts'
import { refresh } from './token-request.ts'

/** What is asked of the provider, for one token. */
type Ask = (client: Client, token: string, hint: 'access_token' | 'refresh_token') => Request

const json = (
  method: string,
  members: Record<string, string | string[]>,
  headers: Record<string, string>,
): Request => ({
  method,
  headers: { accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'grantkeeper', ...headers },
  body: JSON.stringify(members),
})

interface Style {
  readonly ask: Ask
  /** Both in turn; one of them, for all; or the access token only, which must be alive. */
  readonly tokens: 'both' | 'one' | 'accessToken'
  /** Statuses that say, besides 404, that the token is gone already. */
  readonly gone?: readonly number[]
}

/** The ways to revoke. */
const styles: Readonly<Record<Exclude<RevocationStyle, 'none'>, Style>> = {
  // RFC 7009 section 2.1. A server that revokes refresh tokens only ends the access token with them.
  rfc7009: {
    tokens: 'both',
    ask: (client, token, token_type_hint) => clientForm(client, { token, token_type_hint }),
  },
  // Google: any token of the grant ends it.
  tokenOnly: { tokens: 'one', ask: (_client, token) => form({ token }) },
  // Slack, Dropbox
  bearer: {
    tokens: 'accessToken',
    gone: [401],
    ask: ({ provider: { settings } }, token) => ({
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(settings.revocationBody !== undefined && { 'content-type': 'application/json' }),
      },
      ...(settings.revocationBody !== undefined && { body: settings.revocationBody }),
    }),
  },
  // Notion
  basicJson: {
    tokens: 'accessToken',
    ask: (client, token) => json('POST', { token }, { ...client.provider.settings.tokenHeaders, ...basic(client) }),
  },
  // https://docs.github.com/rest/apps/oauth-applications
  github: {
    tokens: 'accessToken',
    gone: [422],
    ask: (client, token) =>
      json(
        'DELETE',
        { access_token: token },
        { ...basic(client), accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
      ),
  },
}

/**
 * Revokes the tokens of a grant in the provider's way; with `whole` everything of the user with this client, where the
 * provider can be asked for either. A token that the provider does not know any more counts as revoked (RFC 7009 section
 * 2.2). Throws `UpstreamFailure`.
 */
export const revoke = async (
  outbound: Outbound,
  client: Client,
  tokens: RevocableTokens,
  whole: boolean,
): Promise<void> => {
  const { revocationUri, wholeRevocationUri, leftoverRevocationUri, revocationStyle } = client.provider.settings
  const url = whole ? (wholeRevocationUri ?? revocationUri) : revocationUri
  if (url === undefined || revocationStyle === 'none') return
  const style = styles[revocationStyle]
  const living = style.tokens === 'accessToken' ? await withLivingAccessToken(outbound, client, tokens) : tokens
  // Its refresh token is refused: there is nothing left to end.
  if (!living) return
  const { accessToken, refreshToken } = living
  const { errors: own, errorIn } = client.provider.settings
  const reading = { gone: style.gone, own, errorIn, sent: [accessToken, refreshToken ?? '', client.clientSecret] }

  if (style.tokens !== 'accessToken' && refreshToken !== undefined) {
    await ask(outbound, url, style.ask(client, refreshToken, 'refresh_token'), reading)
    if (style.tokens === 'one') return
  }
  const tolerated = refreshToken === undefined ? undefined : 'unsupported_token_type'
  await ask(outbound, url, style.ask(client, accessToken, 'access_token'), reading, tolerated)
  if (!whole && leftoverRevocationUri !== undefined && refreshToken !== undefined) {
    await ask(outbound, leftoverRevocationUri, json('POST', { credentials: [refreshToken] }, {}), reading)
  }
}

/** Where only a living access token can be revoked, and this one's time is over, its successor ends the grant. */
const withLivingAccessToken = async (
  outbound: Outbound,
  client: Client,
  tokens: RevocableTokens,
): Promise<RevocableTokens | undefined> => {
  const { accessTokenExpired, refreshToken } = tokens
  if (!accessTokenExpired || refreshToken === undefined) return tokens
  try {
    const fresh = await refresh(outbound, client, refreshToken, [])
    return { accessToken: fresh.accessToken, refreshToken: fresh.refreshToken ?? refreshToken }
  } catch (error) {
    if (error instanceof UpstreamFailure && error.failure === 'grantDead') return undefined
    throw error
  }
}

/** What providers say of a token that is gone already. */
const gone = new Set<unknown>(['invalid_token', 'token_revoked', 'token_expired', 'invalid_auth'])

const ask = async (
  outbound: Outbound,
  url: string,
  request: Request,
  { gone: statuses = [], ...reading }: Reading & { readonly gone: Style['gone'] | undefined },
  tolerated?: string,
): Promise<void> => {
  const response = await call(outbound, url, request, limits.ordinary)
  const parsed = readJson(await response.text())
  const answer = isMembers(parsed) ? parsed : undefined
  // Providers answer errors with 200, or with `ok: false` beside them.
  if (response.ok && answer?.ok !== false && !answer?.error) return
  if (gone.has(answer?.error) || [404, ...statuses].includes(response.status)) return
  if (tolerated !== undefined && answer?.error === tolerated) return
  const { status, headers } = response
  throw failureOf({ headers, status: response.ok ? 400 : status }, answer, reading)
}
