import { invalid } from '../problem.ts'

/** What servers take, more or less; whoever asks for more sends a body. */
const LONGEST = 8192
/** So often a path is decoded. Nobody means one that still changes then. */
const DECODINGS = 5

/** What is refused wherever it stands in a URL. */
const nowhere: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/[\s\p{Cc}\p{Cs}]/u, 'must hold no white space and no control characters: percent-encode them'],
  [/\\/, 'must hold no backslash'],
  [/#/, 'must have no fragment'],
  // A scheme-relative URL (RFC 3986 section 4.2) names another host.
  [/^\/\//, 'must not begin with //'],
]

/** What is refused in a path, as it was sent and however often it is decoded. */
const tricks: readonly (readonly [pattern: RegExp, reason: string])[] = [
  // `..;x` is `..` to servers that cut off path parameters, `.. ` to those that cut off spaces.
  [/(^|\/)[.\s]*\.[.\s]*(;[^/]*)?(\/|$)/, 'must have no path segment of dots'],
  [/[\\\p{Cc}]/u, 'must hold no encoded backslash and no encoded control character'],
  [/\ufffd|%u[0-9a-f]{4}/iu, 'must be percent-encoded UTF-8'],
]

/**
 * The URL that a request goes to: `url`, relative to the provider's `apiBaseUri` by simple concatenation, or absolute and
 * inside of it. It is parsed once, and exactly what was looked at is sent. A percent-encoded slash may stand in a path,
 * since GitLab and others name files so: what could climb with it is refused, however often a server decodes.
 * Throws `invalidRequest` for `field`.
 */
export const targetOf = (apiBaseUri: string, url: string, field = 'url'): URL => {
  const base = new URL(apiBaseUri)
  const target = URL.parse(/^[a-z][a-z0-9+.-]*:/i.test(url) ? url : join(base, url))
  const reason = refusal(url) ?? (target && isInside(base, target) ? undefined : outside(base))
  if (!target || reason !== undefined) throw invalid(field, reason ?? outside(base))
  return target
}

/** Whether a URL has the origin and the base path, and brings nothing besides path and query. */
const isInside = (base: URL, target: URL): boolean =>
  target.origin === base.origin &&
  target.username + target.password + target.hash === '' &&
  (target.pathname === base.pathname || target.pathname.startsWith(`${pathOf(base)}/`))

const pathOf = (base: URL): string => base.pathname.replace(/\/$/, '')

const outside = (base: URL): string => `must stay inside ${base.origin}${pathOf(base)}/`

const join = (base: URL, url: string): string => {
  if (url === '' || url.startsWith('?')) return base.origin + base.pathname + url
  return `${base.origin}${pathOf(base)}${url.startsWith('/') ? '' : '/'}${url}`
}

/** Why the text is refused whatever the base; undefined when it is not. */
const refusal = (url: string): string | undefined => {
  if (url.length > LONGEST) return `must be at most ${LONGEST} characters`
  const found = nowhere.find(([pattern]) => pattern.test(url))
  if (found) return found[1]
  const [, authority, path = ''] = /^(?:[a-z][a-z0-9+.-]*:(.{0,2}[^/?]*))?([^?]*)/i.exec(url) ?? []
  // `https:host` and `https:/host` are URLs of a host to browsers, and paths to others.
  if (authority !== undefined && !/^\/\/[^/?@]+$/.test(authority)) return 'must begin with https://host, or be relative'
  if (/%(?![0-9a-f]{2})/i.test(path)) return 'must be percent-encoded UTF-8'
  return deception(path)
}

/** What a path turns out to be when it is decoded again and again, as the servers on its way may do. */
const deception = (path: string): string | undefined => {
  let text = path
  for (let decodings = 0; decodings <= DECODINGS; decodings++) {
    // Full-width dots and slashes become those of ASCII in servers that normalise.
    const seen = text.normalize('NFKC')
    const found = tricks.find(([pattern]) => pattern.test(seen))
    if (found) return found[1]
    const decoded = decode(text)
    if (decoded === text) return undefined
    text = decoded
  }
  return 'must not be percent-encoded so often'
}

/** Each run of percent signs as the text it stands for; what is no UTF-8 becomes U+FFFD. */
const decode = (text: string): string =>
  text.replace(/(%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
