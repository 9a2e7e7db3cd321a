import { maskTokenIn } from './mask-token.ts'

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
 * followed here: `Location` of a 3xx is handed on as an absolute URL wherever it leads, since APIs give downloads at other
 * hosts; what is no web address, or holds credentials, is left out.
 */
export const answerHeaders = (
  { status, headers }: { readonly status: number; readonly headers: Headers },
  target: URL,
  token: string,
): Record<string, string> => {
  const redirect = status >= 300 && status < 400 ? URL.parse(headers.get('location') ?? '', target.href) : undefined
  const own = [...headers]
    .filter(([name]) => kept.test(name) && !(redirect !== undefined && name === 'location' && !isWebAddress(redirect)))
    .map(([name, value]) => [name, maskTokenIn(redirect && name === 'location' ? redirect.href : value, token)])
  return { ...always, ...Object.fromEntries(own) }
}

const isWebAddress = (url: URL | null): boolean =>
  url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === ''
