import { invalid } from '../problem.ts'

/** The body that the `data` of a request stands for, and the type that it has unless the caller says another. */
interface DataBody {
  readonly body: Uint8Array
  readonly contentType: string
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * A text is sent as it is, anything else as JSON, and with the encoding `base64` the bytes that a text holds; nothing, or
 * `null`, is no body. Throws `invalidRequest` (`data`).
 */
export const dataBody = (data: unknown, encoding: 'base64' | undefined): DataBody | undefined => {
  if (data === undefined || data === null) return undefined
  if (encoding === 'base64') return { body: decode(data), contentType: 'application/octet-stream' }
  if (typeof data !== 'string') return { body: Buffer.from(json(data)), contentType: 'application/json' }
  if (!data.isWellFormed()) throw invalid('data', 'must be valid text; send bytes as base64')
  return { body: Buffer.from(data), contentType: 'text/plain; charset=utf-8' }
}

const decode = (data: unknown): Uint8Array => {
  const whole = typeof data === 'string' && base64.test(data) && data.replace(/=+$/, '').length % 4 !== 1
  if (!whole) throw invalid('data', 'must be base64')
  return Buffer.from(data, 'base64')
}

const json = (data: unknown): string => {
  try {
    return JSON.stringify(data)
  } catch {
    // Writing takes more of the stack than reading did.
    throw invalid('data', 'is nested too deep')
  }
}
