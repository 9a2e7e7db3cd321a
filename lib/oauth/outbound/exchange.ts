import type { ClientRequest } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorCode } from './error-code.ts'
import { AddressRefused } from './guarded-lookup.ts'
import type { CallLimits } from './limits.ts'
import { OutboundError, type OutboundErrorCode } from './outbound-error.ts'
import { BodyEncodingBroken, BodyTooLarge, readBody } from './read-body.ts'
import { toResponse } from './to-response.ts'

/** Connections that can carry a request: connected, and for TLS past the handshake and the certificate. */
const established = new WeakSet<Duplex>()

/**
 * Sends a request that was made and not yet ended, and reads its answer within the limits.
 * Throws `OutboundError`; the connection is then closed.
 */
export async function exchange(
  request: ClientRequest,
  target: URL,
  body: Buffer | undefined,
  limits: CallLimits,
  signals: readonly AbortSignal[],
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  let sent = false
  const fail = (code: OutboundErrorCode, reason: string) => {
    reject(new OutboundError(code, target, reason, sent))
    request.destroy()
  }
  const failWith = (error: unknown) => fail(...judge(error, sent))
  const expire = (reason: string, ms: number) => setTimeout(() => fail('timeout', `${reason} within ${ms} ms`), ms)
  const onAbort = () => {
    const isDeadline = signals.some((signal) => signal.reason?.name === 'TimeoutError')
    if (isDeadline) fail('timeout', 'was not complete by the deadline')
    else fail('aborted', 'was given up by the caller')
  }

  const { firstByteMs, bodyMs, wholeMs = firstByteMs + bodyMs } = limits
  const timers = [expire('was not complete', wholeMs), expire('gave no answer', firstByteMs)]
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })

  request.on('error', failWith)
  request.on('socket', (socket) => {
    const establish = () => {
      established.add(socket)
      sent = true
    }
    if (established.has(socket)) sent = true
    else socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', establish)
  })
  request.on('response', (message) => {
    clearTimeout(timers.pop())
    timers.push(expire('gave no complete body', bodyMs))
    readBody(message, limits.maxBytes)
      .then((content) => resolve(toResponse(message, content)))
      .catch(failWith)
  })
  // Without a listener Node would drop the connection and say nothing.
  request.on('upgrade', () => fail('interrupted', 'switched to another protocol'))
  request.end(body)
  if (signals.some((signal) => signal.aborted)) onAbort()

  try {
    return await promise
  } finally {
    for (const timer of timers) clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
    // An answer before the whole request was read: what is left of it would hold the connection.
    if (!request.writableFinished) request.destroy()
  }
}

function judge(error: unknown, sent: boolean): [OutboundErrorCode, string] {
  if (error instanceof AddressRefused) return ['refused', error.message]
  if (error instanceof BodyTooLarge) return ['tooLarge', error.message]
  if (error instanceof BodyEncodingBroken) return ['badEncoding', error.message]
  // Only Node's code is repeated: its errors can hold the bytes that could not be parsed.
  const code = errorCode(error) ?? 'malformed answer'
  if (code === 'HPE_HEADER_OVERFLOW') return ['tooLarge', 'has too many headers']
  return sent ? ['interrupted', `was cut off (${code})`] : ['unreachable', `cannot be reached (${code})`]
}
