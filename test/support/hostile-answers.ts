import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

/** A request of the client, already read, and the answer that is yet to be given. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  /** Does the endpoint's honest work (e.g. rotates) and gives what it would have answered. */
  work(): Promise<HonestAnswer>
  /** A URL of the listener that records whether credentials were carried there. */
  elsewhere: string
}

export interface HonestAnswer {
  status: number
  headers: Record<string, string>
  /** A JSON object, or undefined for an empty body. */
  body: Record<string, unknown> | undefined
}

/** How one request is answered; it may never answer at all. */
export type HostileBehaviour = (exchange: Exchange) => void | Promise<void>

const MIB = 1024 * 1024
const JSON_TYPE = { 'content-type': 'application/json' }
const BIG_BODY_MIB = 300
const DRIP_LIMIT_BYTES = 600

/** The server as it should be. */
export const honest = (): HostileBehaviour => answerWith({})

/** The honest answer with members changed; undefined removes one, e.g. `{ expires_in: undefined }`. */
export const answerWith =
  (changes: Record<string, unknown>, status?: number): HostileBehaviour =>
  async ({ response, work }) => {
    const { status: honestStatus, headers, body } = await work()
    const text = body ? JSON.stringify({ ...body, ...changes }) : ''
    response.writeHead(status ?? honestStatus, headers).end(text)
  }

/** Any answer, without doing the work; objects are sent as JSON unless the headers say otherwise. */
export const answer =
  (status: number, body: string | object, headers: Record<string, string> = {}): HostileBehaviour =>
  ({ response }) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { ...JSON_TYPE, ...headers }).end(text)
  }

/** The honest JSON under another content type, or with other headers. */
export const answerUnder =
  (headers: Record<string, string>): HostileBehaviour =>
  async ({ response, work }) => {
    const { status, headers: honestHeaders, body } = await work()
    response.writeHead(status, { ...honestHeaders, ...headers }).end(JSON.stringify(body))
  }

/** GitHub's way: an error with status 200. */
export const errorAs200 = (error: string): HostileBehaviour => answer(200, { error, error_description: 'No.' })

/** An OAuth error, with its code in WWW-Authenticate as well, as GitLab does. */
export const errorInHeader = (status: number, error: string): HostileBehaviour =>
  answer(status, { error }, { 'www-authenticate': `Bearer realm="hostile", error="${error}"` })

export const tooManyRequests = (retryAfter: string): HostileBehaviour =>
  answer(429, { error: 'rate_limited' }, { 'retry-after': retryAfter })

export const html = (status = 200): HostileBehaviour =>
  answer(status, '<!doctype html><title>Hello</title><h1>Hello</h1>', { 'content-type': 'text/html' })

export const noContent = (): HostileBehaviour => async (exchange) => {
  await exchange.work()
  exchange.response.writeHead(204).end()
}

/** Works, then ends in the middle of the JSON, with a length that fits. */
export const truncatedJson = (): HostileBehaviour => async (exchange) => {
  const { status, headers, body } = await exchange.work()
  exchange.response.writeHead(status, headers).end(JSON.stringify(body).slice(0, -10))
}

/** 300 MiB of valid JSON, sent as fast as it is read. */
export const hugeBody =
  (mebibytes = BIG_BODY_MIB): HostileBehaviour =>
  async ({ response }) => {
    response.writeHead(200, JSON_TYPE).write(OPENING)
    const filler = Buffer.alloc(MIB, 'a')
    for (let sent = 0; sent < mebibytes && !response.destroyed; sent += 1) {
      if (!response.write(filler)) await drained(response)
    }
    response.end(CLOSING)
  }

/** About 300 kB of gzip that unpack to 300 MiB of valid JSON. */
export const gzipBomb =
  (mebibytes = BIG_BODY_MIB): HostileBehaviour =>
  ({ response }) => {
    // A gzip file may have many members, so one packed MiB is enough.
    const packed = gzipSync(Buffer.alloc(MIB, 'a'))
    const members = Array.from({ length: mebibytes }, () => packed)
    const body = Buffer.concat([gzipSync(OPENING), ...members, gzipSync(CLOSING)])
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(body)
  }

const OPENING = '{"token_type":"bearer","sub":"mallory","access_token":"'
const CLOSING = '"}'

/** Headers at once, then one byte each interval, until the client goes. */
export const slowDrip =
  (intervalMs = 1000): HostileBehaviour =>
  async ({ response }) => {
    response.writeHead(200, JSON_TYPE)
    for (let sent = 0; sent < DRIP_LIMIT_BYTES && !response.destroyed; sent += 1) {
      response.write(' ')
      await delay(intervalMs, undefined, { ref: false })
    }
    response.end()
  }

/** Never answers. With `work` the server has done what was asked. */
export const hang =
  (options: { work: boolean } = { work: false }): HostileBehaviour =>
  async (exchange) => {
    if (options.work) await exchange.work()
  }

/** Answers honestly, but late. */
export const late =
  (milliseconds: number): HostileBehaviour =>
  async (exchange) => {
    const { status, headers, body } = await exchange.work()
    await delay(milliseconds, undefined, { ref: false })
    exchange.response.writeHead(status, headers).end(body ? JSON.stringify(body) : '')
  }

/** Sends the client, with what it carries, to the recording listener. */
export const redirectElsewhere =
  (status = 307): HostileBehaviour =>
  ({ response, elsewhere }) => {
    response.writeHead(status, { location: elsewhere }).end()
  }

/** Cuts the connection: before the work, after it, or in the middle of its answer. */
export const reset =
  (when: 'beforeWork' | 'afterWork' | 'inAnswer'): HostileBehaviour =>
  async ({ request, response, work }) => {
    if (when !== 'beforeWork') await work()
    if (when === 'inAnswer') {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' })
      await new Promise<void>((resolve) => response.write('{"access_token":"', () => resolve()))
    }
    request.socket.resetAndDestroy()
  }

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}
