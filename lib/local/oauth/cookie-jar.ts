interface Cookie {
  name: string
  value: string
  path: string
}

/** A browser's cookies: kept by host, name and path. Like a browser's they do not know ports. */
export class CookieJar {
  readonly #byHost = new Map<string, Map<string, Cookie>>()

  /** The Cookie header for a request, longer paths first; empty when there are none. */
  header(url: URL): string {
    return [...(this.#byHost.get(url.hostname)?.values() ?? [])]
      .filter(({ path }) => pathMatches(url.pathname, path))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** Takes the Set-Cookie headers of an answer. */
  store(url: URL, setCookies: readonly string[]): void {
    const cookies = this.#byHost.get(url.hostname) ?? new Map<string, Cookie>()
    this.#byHost.set(url.hostname, cookies)
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const [name = '', ...value] = pair.split('=')
      const given = new Map(attributes.map((attribute) => split(attribute)))
      const path = given.get('path') ?? url.pathname.replace(/\/[^/]*$/, '')
      const cookie = { name, value: value.join('='), path: path === '' ? '/' : path }
      const key = `${name};${cookie.path}`
      if (isOver(given)) cookies.delete(key)
      else cookies.set(key, cookie)
    }
  }
}

function split(attribute: string): [string, string] {
  const at = attribute.indexOf('=')
  return at < 0 ? [attribute.toLowerCase(), ''] : [attribute.slice(0, at).toLowerCase(), attribute.slice(at + 1)]
}

function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined) return Number(maxAge) <= 0
  const expires = attributes.get('expires')
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

function pathMatches(requested: string, path: string): boolean {
  return requested === path || requested.startsWith(path.endsWith('/') ? path : `${path}/`)
}
