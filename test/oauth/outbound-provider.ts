import type { lookup as systemLookup } from 'node:dns'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Server as TlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import { OutboundError } from '../../lib/oauth/outbound/outbound.ts'

/** A provider on loopback that answers as told and records what it was sent. */
export interface Provider {
  /** Without a trailing slash. */
  readonly origin: string
  readonly seen: { method: string; path: string; headers: IncomingMessage['headers']; body: string }[]
  connections: number
  answer: (response: ServerResponse, request: IncomingMessage) => void
  /** Forgets what it saw and answers `{}`. */
  reset(): void
  close(): Promise<void>
}

/** Listens on a free port of 127.0.0.1 and tells which. */
export async function listen(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts a provider; over TLS when `create` makes such a server. */
export async function startProvider(
  create: (listener: RequestListener) => Server | TlsServer = createServer,
): Promise<Provider> {
  const server = create(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    provider.seen.push({ method, path, headers, body: await text(request) })
    provider.answer(response, request)
  })
  server.on('connection', () => provider.connections++)
  const port = await listen(server)
  const provider: Provider = {
    origin: `http://127.0.0.1:${port}`,
    seen: [],
    connections: 0,
    answer: (response) => response.end('{}'),
    reset() {
      provider.seen.length = 0
      provider.connections = 0
      provider.answer = (response) => response.end('{}')
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return provider
}

/** A `dns.lookup` that answers every name by `resolve`. */
export function resolving(resolve: () => { address: string; family: number }[] | Error): typeof systemLookup {
  const lookup = (_name: string, _options: object, callback: (error: Error | null, found?: object[]) => void) => {
    const found = resolve()
    if (found instanceof Error) callback(found)
    else callback(null, found)
  }
  // The overloads of `lookup` for other options are never called.
  return lookup as unknown as typeof systemLookup
}

/** The `OutboundError` of a call, which must fail. */
export async function failureOf(call: Promise<unknown>): Promise<OutboundError> {
  const outcome = await call.then(
    () => 'an answer',
    (error) => error,
  )
  expect(outcome).toBeInstanceOf(OutboundError)
  return outcome as OutboundError
}
