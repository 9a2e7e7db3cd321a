import { type RequestListener, Server, type ServerOptions } from 'node:http'

/** Names under which browsers reach this machine: who else asks by loopback was led here by its DNS. */
const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|(.+\.)?localhost\.?)$/

/**
 * Whether the `Host` of a request is a name of this machine, or of the public URL. A page of a name that now resolves to
 * 127.0.0.1 (DNS rebinding) may send anything to its own origin, and that is what its `Host` says.
 */
export const isOwnHost = (host: string | undefined, publicBaseUrl?: string): boolean => {
  // A browser always sends one.
  if (host === undefined) return true
  const name = URL.parse(`http://${host}`)?.hostname
  if (name === undefined) return false
  return LOOPBACK.test(name) || (publicBaseUrl !== undefined && name === URL.parse(publicBaseUrl)?.hostname)
}

/** What the requests of others are answered (RFC 9110 section 15.5.20). */
export const misdirected = {
  status: 421,
  body: JSON.stringify({ message: 'This address answers to no such host: see PUBLIC_BASE_URL' }),
} as const

/** An HTTP server that no listener of is asked for a host that is not ours: that is answered 421. */
export class OwnServer extends Server {
  readonly #publicBaseUrl: string | undefined

  constructor(options: ServerOptions, publicBaseUrl?: string, listener?: RequestListener) {
    super(options, listener)
    this.#publicBaseUrl = publicBaseUrl
  }

  override emit(event: string, ...args: unknown[]): boolean {
    if (event !== 'request') return super.emit(event, ...args)
    const [request, response] = args as Parameters<RequestListener>
    if (isOwnHost(request.headers.host, this.#publicBaseUrl)) return super.emit(event, ...args)
    request.resume()
    response.writeHead(misdirected.status, { 'Content-Type': 'application/json' }).end(misdirected.body)
    return true
  }
}
