import { Problem } from './problem.ts'
import { UpstreamFailure } from './upstream-failure.ts'

/** What a failed call to a provider is to the caller, and why. */
export const failureProblem = (cause: UpstreamFailure): Problem => {
  const { failure, offline, tokenRefused, error, reason, retryAfterSeconds } = cause
  if (offline) return new Problem('internetOff', { cause })
  if (failure === 'transient') return new Problem('upstreamUnavailable', { cause, error, retryAfterSeconds })
  return new Problem(tokenRefused ? 'tokenRefused' : 'upstreamAnswer', { cause, error, reason })
}

/** The same of anything that was thrown; any other error stays what it is. */
export const upstreamProblem = (error: unknown): unknown =>
  error instanceof UpstreamFailure ? failureProblem(error) : error
