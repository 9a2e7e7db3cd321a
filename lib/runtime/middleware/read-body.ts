import type { APIGatewayProxyEvent } from 'aws-lambda'
import { invalid, Problem } from '../../domain/problem.ts'

/** The most that a JSON body may hold, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024

/** The JSON body of a request, which API Gateway delivers base64-encoded. Throws `tooLarge`, `invalidRequest`. */
export const readBody = (event: APIGatewayProxyEvent): unknown => {
  const bytes = bytesOf(event)
  if (bytes.length === 0) throw invalid('body', 'is required: a JSON object')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid('body', 'must be valid JSON in UTF-8')
  }
}

/** The fields of a form, as browsers send it from a page of ours. Throws `tooLarge`. */
export const readForm = (event: APIGatewayProxyEvent): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(bytesOf(event).toString()))

const bytesOf = ({ body, isBase64Encoded }: APIGatewayProxyEvent): Buffer => {
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > MAX_BODY_BYTES) throw new Problem('tooLarge', { detail: 'At most 1 MiB.' })
  return bytes
}
