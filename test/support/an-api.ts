import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request as it arrived: its target as it was written, its headers with their names in lower case. */
export interface Arrived {
  readonly method: string
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** The API of a provider, on loopback: it answers as told and records what it was sent. */
export interface AnApi {
  /** Without a trailing slash. */
  readonly origin: string
  readonly seen: Arrived[]
  answer: (response: ServerResponse, request: Arrived) => void
  /** Forgets what it saw, and answers `{}`. */
  reset(): void
  close(): Promise<void>
}

const plainly = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}

export const anApi = async (): Promise<AnApi> => {
  const server = createServer({ maxHeaderSize: 65_536 }, async (request, response) => {
    const { method = '', url: target = '', headers } = request
    const arrived = { method, target, headers, body: await buffer(request) }
    api.seen.push(arrived)
    api.answer(response, arrived)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const api: AnApi = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    answer: plainly,
    reset: () => {
      api.seen.length = 0
      api.answer = plainly
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return api
}
