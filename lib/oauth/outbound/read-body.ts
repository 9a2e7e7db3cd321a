import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, type ZlibOptions } from 'node:zlib'
import { errorCode } from './error-code.ts'

/** An answer larger than allowed. */
export class BodyTooLarge extends Error {}

/** An answer in an encoding that is unknown or broken. */
export class BodyEncodingBroken extends Error {}

type Decoder = (body: Buffer<ArrayBuffer>, options: ZlibOptions) => Promise<Buffer<ArrayBuffer>>

const decoders = new Map<string, Decoder>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
])

/**
 * Reads and decompresses a body. Throws `BodyTooLarge` when it has more than `maxBytes` before or after decompression,
 * `BodyEncodingBroken`, or what the connection failed with; what was not read by then never is.
 */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const body = await readAtMost(message, maxBytes)
  const encoding = (message.headers['content-encoding'] ?? '').trim().toLowerCase()
  // An answer without body (to HEAD, 304, some errors) may still name an encoding.
  if (body.length === 0 || encoding === '' || encoding === 'identity') return body

  const decode = decoders.get(encoding)
  if (!decode) throw new BodyEncodingBroken('has a body in an unknown encoding')
  try {
    return await decode(body, { maxOutputLength: maxBytes })
  } catch (error) {
    throw errorCode(error) === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge(maxBytes)
      : new BodyEncodingBroken('has a body with broken compression')
  }
}

async function readAtMost(message: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  let bytes = 0
  if (Number(message.headers['content-length']) > maxBytes) {
    message.destroy()
    throw tooLarge(maxBytes)
  }
  // Leaving the loop early destroys the message and its connection.
  for await (const chunk of message) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): BodyTooLarge {
  return new BodyTooLarge(`has a body of more than ${maxBytes} bytes`)
}
