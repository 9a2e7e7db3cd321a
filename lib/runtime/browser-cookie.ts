import { createHash } from 'node:crypto'
import type { BrowserSecret } from '../domain/connect/begin-in-browser.ts'
import { sameText } from '../domain/connect/secrets.ts'
import { Problem } from '../domain/problem.ts'

/**
 * `__Host-`: no other host, not even one below the same domain, can set or overwrite it (RFC 6265bis section 4.1.3.2).
 * One for each ticket and flow, so that what goes on in two tabs does not meet.
 */
const nameOf = (key: string): string => `__Host-gk-${key.slice(0, 16)}`

/** Longer than a flow may take with the time to decide at its end. */
const MAX_AGE_SECONDS = 1800

/**
 * The `Set-Cookie` of the browser that begins. `Lax`, since it must come along when a provider sends the browser back,
 * and must not when another site posts a form here.
 */
export const setCookie = ({ key, secret }: BrowserSecret): { readonly 'Set-Cookie': string } => ({
  'Set-Cookie': `${nameOf(key)}=${secret}; Path=/; Max-Age=${MAX_AGE_SECONDS}; Secure; HttpOnly; SameSite=Lax`,
})

/** The secret that this browser has for a ticket or flow. */
export const secretIn =
  (cookies: ReadonlyMap<string, string>) =>
  (key: string): string | undefined =>
    cookies.get(nameOf(key)) || undefined

/** What the form of a page must bring along with the browser's cookie: only who can read the page knows it. */
export const csrfToken = ({ key, secret }: BrowserSecret): string =>
  createHash('sha256')
    .update(JSON.stringify(['csrf', key, secret]))
    .digest('base64url')

/** The browser's secret, once its form has shown that it comes from our page. Throws `formRefused`. */
export const checkForm = (cookies: ReadonlyMap<string, string>, key: string, csrf: string): BrowserSecret => {
  const secret = secretIn(cookies)(key)
  if (secret === undefined || !sameText(csrf, csrfToken({ key, secret }))) throw new Problem('formRefused')
  return { key, secret }
}
