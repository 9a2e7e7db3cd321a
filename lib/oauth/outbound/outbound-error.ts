/**
 * What went wrong with a call:
 * - `refused`: not allowed (address, scheme, header ...), and nothing was sent;
 * - `offline`: the local stack may call nobody beyond this machine, and nothing was sent;
 * - `unreachable`: the name, the connection or TLS failed, and nothing was sent;
 * - `timeout`, `aborted`: given up, by a limit of time or by the caller;
 * - `interrupted`: the connection was cut, or what came was not HTTP, after the request had been written;
 * - `tooLarge`, `badEncoding`: the answer was dropped because of its size or its broken compression.
 */
export type OutboundErrorCode =
  | 'refused'
  | 'offline'
  | 'unreachable'
  | 'timeout'
  | 'interrupted'
  | 'tooLarge'
  | 'badEncoding'
  | 'aborted'

/**
 * A call to a provider without a complete answer. The message holds the target's origin and path and a reason, never
 * its query, headers or bodies; there is no `cause`, since the errors of Node can hold raw bytes of an answer.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
  readonly code: OutboundErrorCode
  /** Whether the request may have reached the server: its outcome is then unknown. */
  readonly sent: boolean

  constructor(code: OutboundErrorCode, target: URL | undefined, reason: string, sent: boolean) {
    super(`${target ? target.origin + target.pathname : 'URL'}: ${reason}`)
    this.code = code
    this.sent = sent
  }
}
