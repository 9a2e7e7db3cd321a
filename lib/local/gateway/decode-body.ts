import { gunzipSync, inflateSync } from 'node:zlib'
import { GatewayError } from './gateway-error.ts'

const decoders: Readonly<Record<string, typeof gunzipSync>> = { gzip: gunzipSync, deflate: inflateSync }

/**
 * API Gateway undoes the content codings that it knows before the request goes anywhere, and refuses all others and what is
 * not in the coding that it says. Throws a GatewayError.
 */
export function decodeBody(body: Buffer, coding: string | undefined, limitBytes: number): Buffer {
  const name = coding?.trim().toLowerCase() ?? 'identity'
  if (name === 'identity' || name === '') return body
  try {
    const decoder = decoders[name]
    if (decoder) return decoder(body, { maxOutputLength: limitBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new GatewayError('REQUEST_TOO_LARGE')
  }
  throw new GatewayError('UNSUPPORTED_MEDIA_TYPE')
}
