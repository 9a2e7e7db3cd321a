import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { request as httpsRequest, Agent as SecureAgent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { OwnServer } from '../own-server.ts'
import type { Refusal } from './refusal.ts'

/** A server on 127.0.0.1 before another one. */
export interface Proxy {
  readonly endpoint: string
  close(): Promise<void>
}

/** Sees every request before it is passed on; what it answers is the answer. `body` is undefined when it is too large. */
export type Inspect = (request: IncomingMessage, body: Buffer | undefined) => Refusal | undefined

/** More than any of the services takes. */
const MAX_BODY_BYTES = 20 * 1024 * 1024
/** Idle connections end here before a service ends them, which would look like a failure to the client. */
const IDLE_MS = 2000

/** What belongs to one connection, and what the body's length replaces. */
const hopByHop = /^(connection|keep-alive|transfer-encoding|expect|content-length)$/i

/**
 * Starts a proxy. A request is read whole, an answer is passed on as it comes. A connection that the server cuts is cut
 * here too, and nothing is tried again: that is the client's affair.
 */
export async function startProxy(target: string, inspect: Inspect): Promise<Proxy> {
  const base = new URL(target)
  const isSecure = base.protocol === 'https:'
  const agent = new (isSecure ? SecureAgent : Agent)({ keepAlive: true, timeout: IDLE_MS })
  const send = isSecure ? httpsRequest : httpRequest
  const options = {
    agent,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port,
  }
  const prefix = base.pathname.replace(/\/$/, '')

  const forward = (from: IncomingMessage, body: Buffer, to: ServerResponse): void => {
    const headers = [...withoutHopByHop(from.rawHeaders), 'content-length', String(body.length)]
    const { method = 'GET', url = '/' } = from
    send({ ...options, method, path: prefix + url, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, withoutConnection(answer.rawHeaders))
      // Whichever end goes, the other goes too; `pipeline` does the same and costs a tenth of a millisecond more.
      to.on('error', () => undefined).on('close', () => answer.destroy())
      answer.on('error', () => to.destroy()).pipe(to)
    })
      .on('error', () => from.socket.destroy())
      .end(body)
  }

  const server = new OwnServer({ keepAliveTimeout: 0 }, undefined, (request, response) => {
    readBody(request, (body) => {
      const refusal = inspect(request, body)
      if (refusal) response.writeHead(refusal.status, refusal.headers).end(refusal.body)
      else if (body) forward(request, body, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

/** What is too large is read to its end, though not kept: a client that still sends would not see the answer. */
function readBody(request: IncomingMessage, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk)
    })
    .on('end', () => done(bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined))
}

function withoutHopByHop(headers: readonly string[]): string[] {
  return headers.filter((_, place) => !hopByHop.test(headers[place - (place % 2)] ?? ''))
}

/** An answer keeps its length, or the lack of one. */
function withoutConnection(headers: readonly string[]): string[] {
  return headers.filter((_, place) => !/^(connection|keep-alive)$/i.test(headers[place - (place % 2)] ?? ''))
}
