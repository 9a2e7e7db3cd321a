import { randomBytes } from 'node:crypto'
import { wantsNonce } from '../../connect/start-flow.ts'
import type { AuthorizationAnswer, OAuth } from '../../ports.ts'
import { UpstreamFailure } from '../../upstream-failure.ts'
import type { Provider } from '../provider.ts'
import { type Check, failed, passed, skipped, unknown, withinTime } from './check.ts'

type Part = NonNullable<AuthorizationAnswer['about']>

const parts: readonly Part[] = ['clientId', 'callbackUrl', 'scopes', 'pkce']
const random = (): string => randomBytes(32).toString('base64url')

/** The redirect URI is not registered with the provider. */
export const unregistered = (redirectUri: string): Check =>
  failed(
    'callbackUrl',
    'The provider does not know the redirect URI.',
    `Register exactly this redirect URI with the provider: ${redirectUri}`,
  )

/**
 * Makes the authorization request that a user would make, and the same with one part made wrong at a time. A part that
 * is refused when it is wrong, and not as it is, is right. Many providers look at nothing before somebody has signed in:
 * of these nothing can be told.
 */
export const checkRequest = async (
  oauth: Pick<OAuth, 'authorizationUrl' | 'probeAuthorization'>,
  provider: Provider,
  redirectUri: string,
): Promise<readonly Check[]> => {
  const secrets = { codeVerifier: random(), ...(wantsNonce(provider, provider.scopes) && { nonce: random() }) }
  const request = { redirectUri, state: random(), scopes: provider.scopes, forceConsent: false, ...secrets }
  const url = oauth.authorizationUrl(provider, request)
  const ask = (asked: string): Promise<AuthorizationAnswer | undefined> =>
    withinTime(() => oauth.probeAuthorization(asked)).catch((error: unknown) => {
      if (error instanceof UpstreamFailure) return undefined
      throw error
    })
  const [real, ...wrong] = await Promise.all([ask(url), ...parts.map((part) => ask(madeWrong(url, part, provider)))])
  return parts.map((part, place) => judge(part, provider, redirectUri, real, wrong[place]))
}

/** The request with a part that nobody has registered, or that does not exist. */
const madeWrong = (url: string, part: Part, { settings, scopes }: Provider): string => {
  const changed = new URL(url)
  const set = (name: string, value: string) => changed.searchParams.set(name, value)
  if (part === 'clientId') set('client_id', `nobody-${random()}`)
  if (part === 'callbackUrl') set('redirect_uri', `https://${randomBytes(16).toString('hex')}.invalid/`)
  if (part === 'scopes') set('scope', [...scopes, 'grantkeeper_no_such_scope'].join(settings.scopeSeparator))
  if (part === 'pkce') set('code_challenge_method', 'no-such-method')
  return changed.href
}

const judge = (
  part: Part,
  provider: Provider,
  redirectUri: string,
  real: AuthorizationAnswer | undefined,
  wrong: AuthorizationAnswer | undefined,
): Check => {
  if (real?.refused && real.about === part) return refused(part, redirectUri)
  if (part === 'pkce' && !provider.settings.pkce) return skipped(part, 'PKCE is not used with this provider.')
  if (part === 'scopes' && provider.scopes.length === 0) return skipped(part, 'No scopes are asked for.')
  if (!real) return unknown(part, 'The authorization endpoint could not be reached just now, or failed.')
  if (real.refused) {
    // A provider sends nobody back for a client or to a place that it does not know (RFC 6749 section 4.1.2.1).
    const isKnown = real.atRedirectUri && (part === 'clientId' || part === 'callbackUrl')
    if (isKnown) return passed(part, 'The provider knows it.')
    return unknown(part, 'The provider refuses the authorization request for another reason, or without telling one.')
  }
  if (wrong?.refused) return passed(part, 'The provider takes it, and refuses a wrong one.')
  return unknown(part, 'The provider does not look at it before somebody has signed in, if at all.')
}

const refused = (part: Part, redirectUri: string): Check => {
  switch (part) {
    case 'callbackUrl':
      return unregistered(redirectUri)
    case 'scopes':
      return failed(
        part,
        'The provider refuses the scopes.',
        'Allow them for the client at the provider, or PATCH the provider with the scopes that it has.',
      )
    case 'pkce':
      return failed(
        part,
        'The provider refuses the PKCE parameters, or misses them.',
        'Register the provider anew, with `pkce` the other way.',
      )
    default:
      return failed(
        part,
        'The provider does not know the client id, or does not let it ask.',
        'Compare clientId with the console of the provider. It cannot be changed here: register the provider anew.',
      )
  }
}
