import { gunzipSync } from 'node:zlib'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { invalid, Problem } from '../../domain/problem.ts'
import { bodyBytes, isGzip } from './body-bytes.ts'

const MEBIBYTE = 1024 * 1024

/** Numbers with more digits, or a greater exponent, than JavaScript has. */
const mayRound = /[\d.]{16}|\de[+-]?\d{3}/i

/** A number that JavaScript would round is kept as it is written, for a body that is handed on. */
const exact = (_name: string, value: unknown, { source }: { source?: string } = {}): unknown =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? rawJson(source) : value

/** TypeScript does not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * The JSON body of a request, which API Gateway delivers base64-encoded, and which may be sent gzipped: it is known by how
 * it begins, as no JSON does. Throws `tooLarge` for one that is larger than so many MiB, unzipped; `invalidRequest`.
 */
export const readBody = (event: APIGatewayProxyEvent, mebibytes = 1): unknown => {
  const bytes = bytesOf(event, mebibytes)
  if (bytes.length === 0) throw invalid('body', 'is required: a JSON object')
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return mayRound.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
  } catch {
    throw invalid('body', 'must be valid JSON in UTF-8')
  }
}

/** The fields of a form, as browsers send it from a page of ours. Throws `tooLarge`. */
export const readForm = (event: APIGatewayProxyEvent): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(bytesOf(event, 1).toString()))

const bytesOf = (event: APIGatewayProxyEvent, mebibytes: number): Buffer => {
  const most = mebibytes * MEBIBYTE
  const sent = bodyBytes(event)
  const bytes = isGzip(sent) ? unzip(sent, most) : sent
  if (!bytes || bytes.length > most) throw new Problem('tooLarge', { detail: `At most ${mebibytes} MiB.` })
  return bytes
}

/** Undefined for what is larger unzipped; no more than that is ever unzipped. */
const unzip = (bytes: Buffer, most: number): Buffer | undefined => {
  try {
    return gunzipSync(bytes, { maxOutputLength: most })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw invalid('body', 'begins as gzip, and is none')
  }
}
