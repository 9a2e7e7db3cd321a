import { Problem } from './problem.ts'
import { UpstreamFailure } from './upstream-failure.ts'

/** What a failed call to a provider is to the caller; any other error stays what it is. */
export const upstreamProblem = (error: unknown): unknown => {
  if (!(error instanceof UpstreamFailure)) return error
  const { failure, retryAfterSeconds } = error
  return new Problem(failure === 'transient' ? 'upstreamUnavailable' : 'upstreamAnswer', {
    cause: error,
    ...(failure === 'transient' && retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}
