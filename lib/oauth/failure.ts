import { type FailureClass, UpstreamFailure } from '../domain/upstream-failure.ts'

/**
 * The error codes of token endpoints, by what they mean here. The code decides and not the HTTP status: providers answer
 * errors with 200, and 403 can mean a dead token, a rate limit or a missing scope.
 */
const classes: Readonly<Record<string, FailureClass>> = {
  // RFC 6749 section 5.2, and what providers say in its place
  invalid_grant: 'grantDead',
  bad_refresh_token: 'grantDead',
  invalid_refresh_token: 'grantDead',
  bad_verification_code: 'grantDead',
  token_expired: 'grantDead',
  token_revoked: 'grantDead',
  // The user must act again before anything can be had.
  interaction_required: 'grantDead',
  login_required: 'grantDead',
  consent_required: 'grantDead',
  invalid_rapt: 'grantDead',
  admin_policy_enforced: 'grantDead',
  // The client's own credentials
  invalid_client: 'clientRejected',
  incorrect_client_credentials: 'clientRejected',
  deleted_client: 'clientRejected',
  // The server's own trouble
  temporarily_unavailable: 'transient',
  server_error: 'transient',
  slow_down: 'transient',
}

/** Said of a client that has no device flow, which does not mean that its secret is wrong. */
export const noDeviceFlow: Readonly<Record<string, FailureClass>> = {
  device_flow_disabled: 'unsupported',
  unauthorized_client: 'unsupported',
  unsupported_grant_type: 'unsupported',
}

/** What codes mean to who polls (RFC 8628 section 3.5), with those that providers say in their place. */
export const deviceErrors: Readonly<Record<string, FailureClass>> = {
  ...noDeviceFlow,
  authorization_pending: 'pending',
  slow_down: 'pending',
  access_denied: 'grantDead',
  authorization_declined: 'grantDead',
  expired_token: 'grantDead',
  incorrect_device_code: 'grantDead',
}

/** A date of RFC 9110 section 5.6.7; `Date.parse` alone would also make one of "wait until 2030". */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*, .* GMT$/

/** Seconds of a `Retry-After`, given as seconds or as a date (RFC 9110 section 10.2.3); at most an hour. */
export const retryAfterSeconds = (headers: Headers, now = Date.now()): number | undefined => {
  const value = headers.get('retry-after')?.trim()
  if (!value) return undefined
  const date = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((date - now) / 1000)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) : undefined
}

/**
 * What an error answer means: by its code, and only where there is none that is known, by its status. A server that fails
 * or limits is not believed whatever code it gives, because a grant that is declared dead does not come back. A code that
 * is not known here, or to the provider's entry in the catalogue (`own`), is text that we do not repeat.
 */
export const failureOf = (
  status: number,
  headers: Headers,
  code: unknown,
  own: Readonly<Record<string, FailureClass>> = {},
  intervalSeconds?: number,
): UpstreamFailure => {
  const known = { ...classes, ...own }
  const error = typeof code === 'string' && Object.hasOwn(known, code) ? code : undefined
  const failing = status >= 500 || status === 429
  const passes = failing || status === 408 || (status === 403 && isRateLimit(headers))
  const byStatus: FailureClass = passes ? 'transient' : 'badAnswer'
  const byCode = error === undefined ? undefined : known[error]
  // That a user has not decided yet is believed of a server that limits, too.
  const meant = failing && byCode !== 'pending' ? byStatus : (byCode ?? byStatus)
  return new UpstreamFailure(meant, {
    error,
    status,
    // A success that holds no tokens: they may have been made all the same.
    outcomeUnknown: status < 300,
    retryAfterSeconds: retryAfterSeconds(headers),
    intervalSeconds,
    message: `The provider answered ${status}${error ? ` ${error}` : ''}`,
  })
}

/** GitHub and others say 403 where they mean 429. */
const isRateLimit = (headers: Headers): boolean =>
  headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after')
