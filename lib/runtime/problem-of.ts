import { Problem } from '../domain/problem.ts'

/** Names of errors that AWS and the network have for "not now". */
const passing =
  /^(AbortError|TimeoutError|NetworkingError|Throttling(Exception|Error)?|ThrottledException|RequestLimitExceeded|RequestThrottled|ProvisionedThroughputExceededException|LimitExceededException|TransactionCanceledException|TransactionInProgressException|TransactionConflictException|InternalServerError|InternalFailure|ServiceUnavailable(Exception)?|KMSInternalException|DependencyTimeoutException|KeyUnavailableException|RequestTimeout(Exception)?)$/

/** The problem that an error is to the caller: itself, `tryAgain` for what passes, `internal` for what should not be. */
export const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  if (!(error instanceof Error)) return new Problem('internal', { cause: error })
  if (error.name === 'SealBroken') return new Problem('sealBroken', { cause: error })
  return new Problem(isPassing(error) ? 'tryAgain' : 'internal', { cause: error })
}

const isPassing = (error: Error): boolean => {
  const { code, $metadata, $retryable } = error as {
    code?: unknown
    $metadata?: { httpStatusCode?: number }
    $retryable?: unknown
  }
  return (
    passing.test(error.name) ||
    $retryable !== undefined ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(code))
  )
}
