import { CookieJar } from './cookie-jar.ts'
import { type HtmlForm, readForms } from './html-form.ts'

/** Where a walk came to rest: on a page, or at the door of the client, whose URL was not requested. */
export type Arrival =
  | { kind: 'page'; url: URL; status: number; html: string; forms: HtmlForm[] }
  | { kind: 'client'; url: URL }

const MAX_STEPS = 20
const TIMEOUT_MS = 35_000
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * A browser without a screen: cookies, forms and redirects over plain HTTP, on this machine only.
 * A redirect to the `redirect_uri` of an authorization request that it made itself is where it stops.
 */
export class ScriptedBrowser {
  readonly #cookies = new CookieJar()
  #redirectUri: URL | undefined

  /** Requests a URL and follows redirects. Throws when there are too many, or one leads off this machine. */
  open(url: string | URL): Promise<Arrival> {
    return this.#walk(new URL(url), {})
  }

  /** Sends a form with these values over its preset ones. */
  submit(form: HtmlForm, values: Record<string, string>): Promise<Arrival> {
    const fields = new URLSearchParams({ ...Object.fromEntries(form.fields), ...values })
    if (form.method === 'POST') return this.#walk(form.action, { method: 'POST', body: fields })
    return this.#walk(new URL(`?${fields}`, form.action), {})
  }

  async #walk(start: URL, first: RequestInit): Promise<Arrival> {
    let url = start
    let request = first
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const asked = url.searchParams.get('redirect_uri')
      if (asked !== null && URL.canParse(asked)) this.#redirectUri = new URL(asked)

      const response = await this.#request(url, request)
      const location = response.headers.get('location')
      if (location === null || response.status < 300 || response.status > 399) {
        const html = await response.text()
        return { kind: 'page', url, status: response.status, html, forms: readForms(html, url) }
      }
      await response.body?.cancel()
      url = new URL(location, url)
      if (this.#isClient(url)) return { kind: 'client', url }
      // 307 and 308 repeat the request, every other redirect is a GET.
      if (response.status < 307) request = {}
    }
    throw new Error(`More than ${MAX_STEPS} redirects from ${start.origin}${start.pathname}.`)
  }

  async #request(url: URL, request: RequestInit): Promise<Response> {
    if (url.protocol !== 'http:' || !LOOPBACK.has(url.hostname))
      throw new Error(`${url.origin} is not on this machine.`)
    const cookie = this.#cookies.header(url)
    const response = await fetch(url, {
      ...request,
      headers: { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    this.#cookies.store(url, response.headers.getSetCookie())
    return response
  }

  #isClient(url: URL): boolean {
    return url.origin === this.#redirectUri?.origin && url.pathname === this.#redirectUri.pathname
  }
}

/**
 * Logs in and consents (or denies) on the demo upstream's pages and gives the redirect back to the client, with
 * `code` or `error`, unrequested. The URL may also be one that redirects to the authorization request.
 * Each call is a new browser unless one is given. Throws with what the page said when it comes to rest elsewhere.
 */
export async function consent(
  authorizationUrl: string | URL,
  choice: { account: string; deny?: boolean; browser?: ScriptedBrowser },
): Promise<URL> {
  const browser = choice.browser ?? new ScriptedBrowser()
  let arrival = await browser.open(authorizationUrl)
  for (let page = 0; page < MAX_STEPS && arrival.kind === 'page'; page += 1) {
    const [form] = arrival.forms
    if (!form || arrival.status !== 200) {
      const said = arrival.html.replace(/<style.*?<\/style>|<[^>]*>/gs, ' ').replace(/\s+/g, ' ')
      throw new Error(`No way on from ${arrival.url.origin}${arrival.url.pathname} (${arrival.status}):${said}`)
    }
    arrival = await browser.submit(
      form,
      form.fields.has('account') ? { account: choice.account } : { decision: choice.deny ? 'deny' : 'allow' },
    )
  }
  if (arrival.kind === 'page') throw new Error('The pages did not end.')
  return arrival.url
}
