import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { parse } from 'node:querystring'
import { decodeBody } from './decode-body.ts'
import { GatewayError } from './gateway-error.ts'

/** A request as the gateway took it in: the client's spelling kept, its body read. */
export interface GatewayRequest {
  readonly id: string
  readonly extendedId: string
  readonly receivedAt: Date
  readonly method: string
  /** Still encoded, every slash as sent, without the query. */
  readonly path: string
  readonly protocol: string
  readonly sourceIp: string
  /** The gateway's own. */
  readonly port: number
  /** In the order and the case in which they were sent; those that end at the gateway left out. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Decoded, each name with its values in order. */
  readonly query: ReadonlyMap<string, readonly string[]>
  readonly body: Buffer
}

const HEADERS_LIMIT_BYTES = 10_240
const BODY_LIMIT_BYTES = 10 * 1024 * 1024
const DRAIN_LIMIT_BYTES = 10 * BODY_LIMIT_BYTES

/** Never seen by an integration. */
const OWN_HEADERS = [
  'connection',
  'content-length',
  'content-md5',
  'expect',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]
/** Whatever the client wrote. */
const SPELLINGS = new Map([
  ['authorization', 'Authorization'],
  ['user-agent', 'User-Agent'],
])

/** What is known of a request before its headers and its body were looked at. */
export function identify(message: IncomingMessage) {
  const target = (message.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
  const mark = target.indexOf('?')
  return {
    id: randomUUID(),
    extendedId: `${randomBytes(11).toString('base64url')}=`,
    receivedAt: new Date(),
    method: message.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    rawQuery: mark < 0 ? '' : target.slice(mark + 1),
    protocol: `HTTP/${message.httpVersion}`,
    sourceIp: (message.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    port: message.socket.localPort ?? 0,
  }
}

/** Reads the rest. Throws a GatewayError for what API Gateway refuses by itself, any other when the client is gone. */
export async function readRequest(
  message: IncomingMessage,
  { rawQuery, ...known }: ReturnType<typeof identify>,
): Promise<GatewayRequest> {
  const sent = await readBody(message)
  const headers = pairs(message.rawHeaders)
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (bytes > HEADERS_LIMIT_BYTES) throw new GatewayError('HEADERS_TOO_LARGE')
  // API Gateway takes the pipe only percent-encoded.
  if (rawQuery.includes('|')) throw new GatewayError('BAD_REQUEST')
  const passed = headers
    .filter(([name]) => !OWN_HEADERS.includes(name.toLowerCase()))
    .map(([name, value]) => [SPELLINGS.get(name.toLowerCase()) ?? name, value] as const)
  // Whether the header stays is in no document: here it does, which is the harder case.
  const body = decodeBody(sent, message.headers['content-encoding'], BODY_LIMIT_BYTES)
  return { ...known, headers: passed, query: parseQuery(rawQuery), body }
}

/** The value of a header whatever its case; the last one counts. */
export function headerOf(request: GatewayRequest, name: string): string | undefined {
  return request.headers.findLast(([each]) => each.toLowerCase() === name.toLowerCase())?.[1]
}

/** A plus is a space; what cannot be decoded stays as it is; an unescaped semicolon parts two parameters. */
function parseQuery(raw: string): ReadonlyMap<string, readonly string[]> {
  const parsed = Object.entries(parse(raw.replaceAll(';', '&'), '&', '=', { maxKeys: 0 }))
  return new Map(parsed.map(([name, value]) => [name, Array.isArray(value) ? value : [value ?? '']]))
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, at) => [
    rawHeaders[2 * at] ?? '',
    rawHeaders[2 * at + 1] ?? '',
  ])
}

/** What is too large is still read, though not kept: a client that cannot finish sending may never see the answer. */
async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message) {
    bytes += chunk.length
    if (bytes <= BODY_LIMIT_BYTES) chunks.push(chunk)
    if (bytes > DRAIN_LIMIT_BYTES) throw new Error('the client sends without end')
  }
  if (bytes > BODY_LIMIT_BYTES) throw new GatewayError('REQUEST_TOO_LARGE')
  return Buffer.concat(chunks)
}
