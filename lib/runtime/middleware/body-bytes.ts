import type { APIGatewayProxyEvent } from 'aws-lambda'

/** The body of a request as bytes, which API Gateway delivers base64-encoded. */
export const bodyBytes = ({ body, isBase64Encoded }: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>): Buffer =>
  Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8')

/** Whether bytes begin as gzip does (RFC 1952 section 2.3.1). */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Whether bytes begin as zlib does (RFC 1950 section 2.2), which is what HTTP calls deflate. */
const isZlib = ([method = 0, flags = 0]: Uint8Array): boolean =>
  (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0

const looksEncoded: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = { gzip: isGzip, deflate: isZlib }

/**
 * Whether a body is still in the content coding that its header names. API Gateway undoes gzip and deflate by itself, and
 * its documents do not say whether it leaves the header there.
 */
export const isEncoded = (coding: string, bytes: Uint8Array): boolean =>
  looksEncoded[coding.trim().toLowerCase()]?.(bytes) ?? true
