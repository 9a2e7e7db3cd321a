import type { IncomingMessage } from 'node:http'

// They describe the body as it was on the wire.
const aboutTheWire = new Set(['connection', 'content-encoding', 'content-length', 'keep-alive', 'transfer-encoding'])

/** A `Response` with a body that is already here. Throws a `RangeError` for a status outside of 200 to 599. */
export function toResponse(message: IncomingMessage, body: Buffer<ArrayBuffer>): Response {
  const headers = new Headers()
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = message.rawHeaders.slice(i, i + 2)
    if (!aboutTheWire.has(name.toLowerCase())) headers.append(name, value)
  }
  const status = message.statusCode ?? 0
  const hasNoBody = status === 204 || status === 205 || status === 304
  return new Response(hasNoBody ? null : body, { status, statusText: message.statusMessage ?? '', headers })
}
