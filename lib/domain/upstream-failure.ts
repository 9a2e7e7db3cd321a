import type { Reason } from './reasons.ts'

/**
 * What a failed call to a provider means, which alone decides what may change here:
 * `grantDead`: this token or code is refused for good; `needsUser`: nothing more is given until the user has acted at the
 * provider; `codeBad`: what is refused is the authorization code, or the redirect URI beside it; `clientRejected`: the
 * client's own credentials are refused; `transient`: try later, nothing is known to be wrong; `badAnswer`: it answered,
 * but nothing that can be used; `pending`: the user of a device flow has not decided yet; `unsupported`: it does not do
 * this for this client.
 */
export type FailureClass =
  | 'grantDead'
  | 'needsUser'
  | 'codeBad'
  | 'clientRejected'
  | 'transient'
  | 'badAnswer'
  | 'pending'
  | 'unsupported'

/** What a provider says of a failure besides free text, which is never repeated. */
export interface FailureCodes {
  /** Its OAuth error code (RFC 6749 section 5.2), or its own. */
  readonly error?: string | undefined
  /** Its codes of the second rank: Google's `error_subtype`, Microsoft's `suberror` and AADSTS numbers. */
  readonly subErrors?: readonly string[]
  /** What the next authorization request is to ask for (OpenID Connect Core section 5.5), as JSON. */
  readonly claims?: string | undefined
}

/** A failure as it is kept, for whoever asks what is wrong. */
export interface NotedFailure extends FailureCodes {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly failure: FailureClass
}

/** A call to a provider that did not give what was asked. Carries no token, no body, no URL query. */
export class UpstreamFailure extends Error {
  readonly failure: FailureClass
  /** The provider may have done what was asked, but its answer never came or cannot be read. */
  readonly outcomeUnknown: boolean
  /** It did not answer in time. */
  readonly timedOut: boolean
  /** Nobody was asked: the local stack calls nobody beyond this machine. */
  readonly offline: boolean
  /** The API does not take the access token any more. */
  readonly tokenRefused: boolean
  readonly codes: FailureCodes
  /** What is wrong with its answer, where that is known. */
  readonly reason: Reason | undefined
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
      offline?: boolean
      tokenRefused?: boolean
      codes?: FailureCodes
      reason?: Reason | undefined
      status?: number | undefined
      retryAfterSeconds?: number | undefined
      intervalSeconds?: number | undefined
      message?: string
    } = {},
  ) {
    super(details.message ?? details.codes?.error ?? failure)
    this.name = 'UpstreamFailure'
    this.failure = failure
    this.outcomeUnknown = details.outcomeUnknown ?? false
    this.timedOut = details.timedOut ?? false
    this.offline = details.offline ?? false
    this.tokenRefused = details.tokenRefused ?? false
    this.codes = details.codes ?? {}
    this.reason = details.reason
    this.status = details.status
    this.retryAfterSeconds = details.retryAfterSeconds
    this.intervalSeconds = details.intervalSeconds
  }

  /** The provider's error code, if it gave one. */
  get error(): string | undefined {
    return this.codes.error
  }
}

/** What is kept of a failure. */
export const noted = ({ failure, codes }: UpstreamFailure): NotedFailure => ({ at: Date.now(), failure, ...codes })

/** Whether the provider takes this token or code no more, whoever sends it again. */
export const isRefusal = ({ failure }: UpstreamFailure): boolean =>
  failure === 'grantDead' || failure === 'needsUser' || failure === 'codeBad'
