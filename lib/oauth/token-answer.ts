import type { ProviderSettings } from '../domain/providers/settings.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { failureOf, type Reading } from './failure.ts'
import { codeAt } from './failure-codes.ts'
import { lifetimeOf, readSeconds } from './lifetime.ts'
import { isMembers, type Members } from './members.ts'
import { readJson } from './read-json.ts'

/** Where the lifetime goes while openid-client, which refuses odd ones, looks at the answer. */
export const LIFETIME = 'grantkeeper_expires_in'

/**
 * Makes a token endpoint's answer one that RFC 6749 section 5.1 knows, before openid-client validates it.
 * A rotated refresh token must not be lost to an oddity beside it: lifetimes are set aside, empty members and
 * unreadable scopes dropped, a missing token type supplied, and an ID token that nobody needs, as on a refresh, is not
 * looked at.
 * Throws `UpstreamFailure` for an error, in whatever form it comes; what was `sent` in secret is not repeated by it.
 */
export const normaliseTokenAnswer = async (
  response: Response,
  {
    errors: own,
    errorIn,
    tokensIn,
    expiresIn,
  }: Pick<ProviderSettings, 'errors' | 'errorIn' | 'tokensIn' | 'expiresIn'>,
  { wantsIdToken, sent = [] }: { wantsIdToken: boolean; sent?: readonly string[] },
): Promise<Response> => {
  const answered = readMembers(await response.text())
  const body = answered && withTokensOnTop(answered, tokensIn)
  if (!response.ok || (body && isError(body, { own, errorIn }))) {
    const answer = { ...body, error: body?.error ?? errorInChallenge(response.headers) }
    const { headers, status } = response
    const intervalSeconds = readSeconds(body?.interval)
    throw failureOf({ headers, status: response.ok ? 400 : status }, answer, { own, errorIn, sent, intervalSeconds })
  }
  if (!body) {
    throw new UpstreamFailure('badAnswer', {
      outcomeUnknown: true,
      message: 'The token endpoint answered with something else than tokens',
    })
  }
  const { error: _, expires_in: __, id_token: idToken, scope, ...rest } = body
  const answer: Members = {
    ...rest,
    [LIFETIME]: lifetimeOf(body, expiresIn),
    token_type: tokenType(body.token_type),
    scope: readScope(scope),
    ...(idToken !== undefined && wantsIdToken && { id_token: idToken }),
  }
  return new Response(JSON.stringify(answer), { status: 200, headers: { 'content-type': 'application/json' } })
}

/** A form by its look: servers send it as text, as HTML, or without a type. */
const FORM = /^[\w.-]+=[^\s<>{}"]*$/

/** The members of a JSON or form-encoded answer, whatever type it says it has; undefined for anything else. */
export const readMembers = (text: string): Members | undefined => {
  const parsed =
    readJson(text) ?? (FORM.test(text.trim()) ? Object.fromEntries(new URLSearchParams(text.trim())) : undefined)
  if (!isMembers(parsed)) return undefined
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== null && value !== ''))
}

/** What stands for "no error" where an `error` is always there. */
const nothing: readonly unknown[] = [undefined, false, 0, '0', 'false']

/**
 * Whether a success is an error all the same: providers say so with 200, by `ok: false`, or where they keep their codes.
 * A code there that nothing is known of may as well be that of a success, where there are tokens.
 */
export const isError = (body: Members, { own = {}, errorIn }: Reading): boolean => {
  if (!nothing.includes(body.error) || body.ok === false) return true
  const code = codeAt(body, errorIn)
  return code !== undefined && ((body.access_token ?? body.device_code) === undefined || Object.hasOwn(own, code))
}

/** Slack answers a user's tokens below a member, and a bot's at the top. */
const withTokensOnTop = (body: Members, tokensIn: string | undefined): Members => {
  const inner = tokensIn === undefined ? undefined : body[tokensIn]
  return isMembers(inner) && body.access_token === undefined ? { ...body, ...inner } : body
}

/** GitLab says `invalid_grant` in the challenge of a 400 as well, other servers only there (RFC 6750 section 3). */
const errorInChallenge = (headers: Headers): string | undefined =>
  /\berror="([a-z_]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1]

/** Scopes as text; undefined, which JSON leaves out, for anything that is neither text nor a list. */
const readScope = (scope: unknown): string | undefined =>
  Array.isArray(scope) ? scope.join(' ') : typeof scope === 'string' ? scope : undefined

/** Slack says `bot` and others nothing where `Bearer` is meant. */
const tokenType = (type: unknown): string =>
  typeof type === 'string' && /^(bearer|dpop)$/i.test(type) ? type : 'bearer'
