import type { AuthorizationAnswer } from '../domain/ports.ts'
import { call, limits } from './call.ts'
import { failureOf } from './failure.ts'
import type { Outbound } from './outbound/outbound.ts'

type About = NonNullable<AuthorizationAnswer['about']>

/** Error codes that say what of a request is refused, wherever they stand. */
const codes: readonly (readonly [RegExp, About])[] = [
  [/\b(redirect_uri_mismatch|invalid_redirect_uri|redirect_uri_missing|bad_redirect_uri|AADSTS50011)\b/, 'callbackUrl'],
  [/\b(invalid_client|invalid_client_id|unauthorized_client|deleted_client|AADSTS700016)\b/, 'clientId'],
  [/\b(invalid_scope|AADSTS70011|AADSTS28000|AADSTS650053)\b/, 'scopes'],
]
/** Words for it, which are believed of what is an error by itself. */
const words: readonly (readonly [RegExp, About])[] = [
  [/redirect[ _-]?ur[il]|callback url/i, 'callbackUrl'],
  [/code_challenge|\bpkce\b/i, 'pkce'],
  [/\bscopes?\b/i, 'scopes'],
  [/\bclient(_id)?\b|\bapplication\b/i, 'clientId'],
]

const search = (table: readonly (readonly [RegExp, About])[], text: string): About | undefined =>
  table.find(([pattern]) => pattern.test(text))?.[1]

/**
 * Makes an authorization request as a browser would that nobody has signed in with, and tells whether it is refused and
 * for what: by an error in the redirect (RFC 6749 section 4.1.2.1), or on a page. Follows nothing.
 * Throws `UpstreamFailure` where the provider does not answer, or fails.
 */
export const probeAuthorization = async (outbound: Outbound, url: string): Promise<AuthorizationAnswer> => {
  const request = { method: 'GET', headers: { accept: 'text/html', 'user-agent': 'grantkeeper' } }
  const response = await call(outbound, url, request, limits.ordinary)
  const { status, headers } = response
  if (status >= 500 || status === 429) throw failureOf(response)
  if (status >= 300 && status < 400) return inRedirect(headers.get('location') ?? '', url)
  const text = await response.text()
  const about = search(codes, text)
  if (status < 400) return about ? { refused: true, about } : { refused: false }
  const meant = about ?? search(words, text)
  return { refused: true, ...(meant && { about: meant }) }
}

const inRedirect = (location: string, url: string): AuthorizationAnswer => {
  const target = URL.canParse(location, url) ? new URL(location, url) : undefined
  const error = target?.searchParams.get('error')
  const encoded = target?.searchParams.get('authError')
  if (!target || (!error && !encoded)) return { refused: false }
  // Google's error page has the code in the base64 of a parameter.
  const decoded = Buffer.from(encoded ?? '', 'base64').toString('latin1')
  const text = `${error ?? ''} ${target.searchParams.get('error_description') ?? ''} ${decoded}`
  const about = search(codes, text) ?? search(words, text)
  const redirectUri = new URL(url).searchParams.get('redirect_uri') ?? ''
  const isOurs = URL.canParse(redirectUri) && samePlace(new URL(redirectUri), target)
  return { refused: true, ...(about && { about }), ...(isOurs && { atRedirectUri: true }) }
}

const samePlace = (one: URL, other: URL): boolean => one.origin === other.origin && one.pathname === other.pathname
