import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { ApiDefinition } from '../model.ts'
import { GatewayError } from './gateway-error.ts'
import { isBinary } from './media-type.ts'
import { isRecord } from './policy.ts'
import type { Reply } from './reply.ts'

type Header = readonly [name: string, value: string]

/** A REST API keeps these for itself and delivers the function's under another name. */
const REMAPPED = [
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'trailer',
  'upgrade',
  'user-agent',
  'www-authenticate',
]
const FIELDS = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * What the client gets for a proxy integration's result; `accept` is the client's header.
 * Throws a GatewayError for a result that API Gateway would not understand (502), or base64 that is none (500).
 */
export function proxyReply(api: ApiDefinition, payload: unknown, accept: string | undefined): Reply {
  if (!isRecord(payload) || Object.keys(payload).some((field) => !FIELDS.includes(field))) throw malformed()
  const headers = mergedHeaders(payload)
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push(['Content-Type', 'application/json'])
  }
  return { status: statusOf(payload.statusCode), headers, body: bodyOf(api, payload, accept) }
}

function malformed(): GatewayError {
  return new GatewayError('INTEGRATION_FAILURE')
}

/** Final statuses only: a client would wait for ever behind a 1xx. */
function statusOf(statusCode: unknown): number {
  const status = typeof statusCode === 'string' && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) throw malformed()
  return status
}

function bodyOf(api: ApiDefinition, payload: Record<string, unknown>, accept: string | undefined): Buffer {
  const body = payload.body ?? ''
  const encoded = payload.isBase64Encoded ?? false
  if (typeof body !== 'string' || typeof encoded !== 'boolean') throw malformed()
  if (!encoded || !isBinary(api.binaryMediaTypes, accept)) return Buffer.from(body)
  if (!BASE64.test(body)) throw new GatewayError('API_CONFIGURATION_ERROR')
  return Buffer.from(body, 'base64')
}

/** Both maps in one list; a pair that is in both comes once. */
function mergedHeaders(payload: Record<string, unknown>): Header[] {
  const multi = Object.entries(mapOf(payload.multiValueHeaders)).flatMap(([name, values]) => {
    if (!Array.isArray(values)) throw malformed()
    return values.map((value: unknown) => headerFrom(name, value))
  })
  const single = Object.entries(mapOf(payload.headers)).map(([name, value]) => headerFrom(name, value))
  const added = single.filter(([name, value]) => !multi.some((each) => sameName(each[0], name) && each[1] === value))
  return [...multi, ...added]
    .filter(([name]) => !sameName(name, 'transfer-encoding'))
    .map(([name, value]) => [REMAPPED.includes(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name, value])
}

function mapOf(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw malformed()
  return value
}

function headerFrom(name: string, value: unknown): Header {
  if (!['string', 'number', 'boolean'].includes(typeof value)) throw malformed()
  const text = String(value)
  try {
    validateHeaderName(name)
    validateHeaderValue(name, text)
  } catch {
    throw malformed()
  }
  return [name, text]
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
