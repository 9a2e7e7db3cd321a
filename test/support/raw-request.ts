import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/**
 * Sends a request as it is written, where `fetch` would tidy it: the path and its percent signs, repeated headers, their
 * case, a body on any method. `headers` are name and value in turn. Redirects are not followed.
 */
export const rawRequest = (
  base: string,
  method: string,
  path: string,
  headers: readonly string[] = [],
  body?: string | Buffer,
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(base)
    const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]
    const request = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: ['Host', host, ...headers, ...length],
      timeout: 40_000,
    })
      .on('response', (response) => {
        const entries = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        text(response).then(
          (content) =>
            resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(entries), text: content }),
          reject,
        )
      })
      .on('timeout', () => request.destroy(new Error(`${method} ${path} was not answered in 40 s`)))
      .on('error', reject)
    request.end(body)
  })
