import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request on its way to a stack, as it was sent. */
export interface Passing {
  readonly method: string
  /** With its query, percent signs and all. */
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

export interface Returning {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What the front does that it should not; without either it only hands on. */
export interface Flaw {
  /** Another request, an answer of its own, no answer at all, or undefined for the request as it is. */
  readonly before?: (request: Passing) => Partial<Passing> | Returning | 'hang' | undefined
  /** Another answer, or none: the connection is cut. */
  readonly after?: (answer: Returning, request: Passing) => Partial<Returning> | 'cut' | Promise<Partial<Returning>>
}

/** Something that stands before a deployed stack, as gateways, firewalls and caches do. */
export interface Front {
  /** `http://127.0.0.1:<port>`; the stack's own URL is replaced by it in what passes, both ways. */
  readonly url: string
  /** What came, oldest first. */
  readonly seen: Passing[]
  flaw: Flaw
  close(): Promise<void>
}

const noStore = ['Cache-Control', 'no-store'] as const

/** An answer of the front's own; it says `no-store` as all do. */
export const itself = (status: number, body: object, ...headers: Returning['headers']): Returning => ({
  status,
  headers: [['Content-Type', 'application/json'], noStore, ...headers],
  body: JSON.stringify(body),
})

/** The value of a header, whatever its case. */
export const headerOf = ({ headers }: Pick<Passing, 'headers'>, name: string): string | undefined =>
  headers.find(([each]) => each.toLowerCase() === name)?.[1]

/** Starts one on loopback before the stack at `target`. */
export const aFront = async (target: string, flaw: Flaw = {}): Promise<Front> => {
  const server = createServer((message, response) => {
    const respond = async (): Promise<void> => {
      const { method = 'GET', url: path = '/', rawHeaders } = message
      const request = { method, path, headers: pairs(rawHeaders), body: await buffer(message) }
      front.seen.push(request)
      const done = front.flaw.before?.(request)
      if (done === 'hang') return
      const isAnswered = done !== undefined && 'status' in done
      const answer = isAnswered ? done : await forward(target, front.url, { ...request, ...done })
      const changed = (await front.flaw.after?.(answer, request)) ?? {}
      if (changed === 'cut') {
        message.socket.destroy()
        return
      }
      const { status, headers, body } = { ...answer, ...changed }
      response.writeHead(status, headers.flat()).end(method === 'HEAD' ? undefined : body)
    }
    respond().catch(() => message.socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    flaw,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return front
}

const pairs = (raw: readonly string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''])

const replaced = (text: string, from: string, to: string): string =>
  text.replaceAll(from, to).replaceAll(encodeURIComponent(from), encodeURIComponent(to))

const forward = async (target: string, own: string, { method, path, headers, body }: Passing): Promise<Returning> => {
  const { hostname, port } = new URL(target)
  const sent = httpRequest({
    hostname,
    port,
    method,
    path: replaced(path, own, target),
    headers: headers.flat(),
    agent: false,
  })
  sent.end(body)
  const [answer] = await once(sent, 'response')
  const text = replaced((await buffer(answer)).toString(), target, own)
  const kept = pairs(answer.rawHeaders).filter(([name]) => !/^(content-length|connection|keep-alive|date)$/i.test(name))
  return {
    status: answer.statusCode,
    headers: kept.map(([name, value]) => [name, replaced(value, target, own)]),
    body: text,
  }
}
