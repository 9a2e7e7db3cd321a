/**
 * How every AWS client is made: the SDK has no request timeout of its own, so one hung call would hang the request.
 * The endpoint is passed explicitly when there is one, since the SDK would otherwise follow a queue's URL to AWS.
 */
export const clientOptions = (endpoint: string | undefined) => ({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  ...(endpoint !== undefined && { endpoint }),
})
