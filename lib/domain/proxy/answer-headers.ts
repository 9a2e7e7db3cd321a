import { maskTokenIn } from './mask-token.ts'
import { isInside } from './target.ts'

/** Not the caller's: credentials and challenges, the connection, and what a browser would believe of our own origin. */
const kept = new RegExp(
  `^(?!(${[
    'set-cookie2?',
    '.*-authenticate',
    '(proxy-)?authentication-info',
    'authorization',
    'proxy-.*',
    'access-control-.*',
    'alt-svc',
    'cache-control',
    'clear-site-data',
    'connection',
    'content-encoding',
    'content-length',
    'content-md5',
    'content-security-policy.*',
    'cross-origin-.*',
    'date',
    'expect',
    'host',
    'keep-alive',
    'max-forwards',
    'nel',
    'origin-trial',
    'permissions-policy',
    'public-key-pins.*',
    'referrer-policy',
    'refresh',
    'report(-to|ing-endpoints)',
    'server',
    'service-worker-allowed',
    'sourcemap',
    'strict-transport-security',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'user-agent',
    'via',
    'x-amz(n|-apigw)-.*',
    'x-content-type-options',
    'x-frame-options',
    'x-grantkeeper-.*',
  ].join('|')})$)`,
)

/** A page of the provider must not pass for one of ours, wherever a browser shows it. */
const always = { 'content-security-policy': "default-src 'none'; sandbox", 'content-type': 'application/octet-stream' }

/**
 * The headers of a provider's answer that go to the caller, without the token. Rate limits stay. A redirect is not
 * followed here, and it is the caller's to follow only inside the base: elsewhere it would be asked without this proxy,
 * maybe with the caller's own token, so that `Location` of a 3xx is left out there.
 */
export const answerHeaders = (
  { status, headers }: { readonly status: number; readonly headers: Headers },
  target: URL,
  apiBaseUri: string,
  token: string,
): Record<string, string> => {
  const isRedirect = status >= 300 && status < 400
  const location = URL.parse(headers.get('location') ?? '', target.href)
  const leadsAway = isRedirect && !(location && isInside(new URL(apiBaseUri), location))
  const own = [...headers]
    .filter(([name]) => kept.test(name) && !(leadsAway && name === 'location'))
    .map(([name, value]) => [name, maskTokenIn(isRedirect && name === 'location' ? String(location) : value, token)])
  return { ...always, ...Object.fromEntries(own) }
}
