import type { ClientRecord } from './records.ts'

/** Whether an app with a registered URI may be sent to the one it asks for. Both are URIs. */
export type RedirectRule = (asked: string, registered: string, client: ClientRecord) => boolean

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Compared as text (RFC 6749 section 3.1.2.3). */
export function exactly(asked: string, registered: string): boolean {
  return asked === registered
}

/** As registered; on this machine any port (RFC 8252 section 7.3). */
export function exactlyButLoopbackPort(asked: string, registered: string): boolean {
  const [one, other] = [new URL(asked), new URL(registered)]
  return asked === registered || (isLoopback(one) && withoutPort(one) === withoutPort(other))
}

/** As registered or further down its path. */
export function orBelow(asked: string, registered: string): boolean {
  const [one, other] = [new URL(asked), new URL(registered)]
  return one.origin === other.origin && isBelow(one.pathname, other.pathname)
}

/** Whether the app may be sent to this URI by the provider's rule; the URI itself must be absolute and plain. */
export function redirectUriAllowed(rule: RedirectRule, client: ClientRecord, uri: string): boolean {
  const asked = URL.parse(uri)
  if (asked?.hash !== '' || asked.username !== '' || asked.password !== '') return false
  if (client.readyMade)
    return asked.protocol === 'http:' && isLoopback(asked) && isBelow(asked.pathname, '/oauth2/callback')
  return client.redirectUris.some((registered) => rule(uri, registered, client))
}

/** Whether one path is another or lies below it. */
export function isBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(parent.endsWith('/') ? parent : `${parent}/`)
}

/** Whether a URL is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.has(hostname)
}

/** The URL as text, without its port. */
function withoutPort(url: URL): string {
  const copy = new URL(url)
  copy.port = ''
  return copy.href
}
