/**
 * What a failed call to a provider means, which alone decides what may change here:
 * `grantDead`: this token or code is refused for good; `clientRejected`: the client's own credentials are refused;
 * `transient`: try later, nothing is known to be wrong; `badAnswer`: it answered, but nothing that can be used;
 * `pending`: the user of a device flow has not decided yet; `unsupported`: it does not do this for this client.
 */
export type FailureClass = 'grantDead' | 'clientRejected' | 'transient' | 'badAnswer' | 'pending' | 'unsupported'

/** A call to a provider that did not give what was asked. Carries no token, no body, no URL query. */
export class UpstreamFailure extends Error {
  readonly failure: FailureClass
  /** The provider may have done what was asked, but its answer never came or cannot be read. */
  readonly outcomeUnknown: boolean
  /** It did not answer in time. */
  readonly timedOut: boolean
  /** The provider's own OAuth error code, if it is one of the registered ones. */
  readonly error: string | undefined
  /** The HTTP status of its answer, where there was one. */
  readonly status: number | undefined
  readonly retryAfterSeconds: number | undefined
  /** How long it wants to be left alone between two polls of a device flow from now on. */
  readonly intervalSeconds: number | undefined

  constructor(
    failure: FailureClass,
    details: {
      outcomeUnknown?: boolean
      timedOut?: boolean
      error?: string | undefined
      status?: number | undefined
      retryAfterSeconds?: number | undefined
      intervalSeconds?: number | undefined
      message?: string
    } = {},
  ) {
    super(details.message ?? details.error ?? failure)
    this.name = 'UpstreamFailure'
    this.failure = failure
    this.outcomeUnknown = details.outcomeUnknown ?? false
    this.timedOut = details.timedOut ?? false
    this.error = details.error
    this.status = details.status
    this.intervalSeconds = details.intervalSeconds
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}
