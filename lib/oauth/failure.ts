import { type FailureClass, UpstreamFailure } from '../domain/upstream-failure.ts'
import { failureCodes } from './failure-codes.ts'
import type { Members } from './members.ts'

/**
 * The error codes of token endpoints, by what they mean here. The code decides and not the HTTP status: providers answer
 * errors with 200, and 403 can mean a dead token, a rate limit or a missing scope.
 */
const classes: Readonly<Record<string, FailureClass>> = {
  // RFC 6749 section 5.2, and what providers say in its place
  invalid_grant: 'grantDead',
  bad_refresh_token: 'grantDead',
  invalid_refresh_token: 'grantDead',
  token_expired: 'grantDead',
  token_revoked: 'grantDead',
  // The code alone, or what came with it
  bad_verification_code: 'codeBad',
  redirect_uri_mismatch: 'codeBad',
  // OpenID Connect Core section 3.1.2.6
  interaction_required: 'needsUser',
  login_required: 'needsUser',
  consent_required: 'needsUser',
  // Google: session control, and its administrators
  invalid_rapt: 'needsUser',
  admin_policy_enforced: 'needsUser',
  // Microsoft, as a `suberror`: https://learn.microsoft.com/entra/msal/dotnet/advanced/exceptions
  basic_action: 'needsUser',
  additional_action: 'needsUser',
  message_only: 'needsUser',
  user_password_expired: 'needsUser',
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

/**
 * Seconds of a `Retry-After`, given as seconds or as a date (RFC 9110 section 10.2.3), else until a rate limit ends of
 * which nothing is left; at most an hour.
 */
export const retryAfterSeconds = (headers: Headers, now = Date.now()): number | undefined => {
  const value = headers.get('retry-after')?.trim()
  const seconds = value ? secondsOf(value, now) : limitSeconds(headers, now)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) : undefined
}

const secondsOf = (value: string, now: number): number => {
  const date = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN
  return /^\d+$/.test(value) ? Number(value) : Math.ceil((date - now) / 1000)
}

/** GitHub and GitLab name the end of a limit in seconds since the epoch, others how long it lasts. */
const limitSeconds = (headers: Headers, now: number): number => {
  const prefix = ['x-ratelimit', 'ratelimit'].find((name) => headers.get(`${name}-remaining`) === '0')
  const reset = headers.get(`${prefix}-reset`) ?? ''
  if (!/^\d+(\.\d+)?$/.test(reset)) return Number.NaN
  return Math.ceil(Number(reset) > 1e9 ? Number(reset) - now / 1000 : Number(reset))
}

interface Refusal {
  readonly status: number
  readonly headers: Headers
}

/** How an error answer is read. */
export interface Reading {
  /** What codes mean to this provider otherwise than to others. */
  readonly own?: Readonly<Record<string, FailureClass>> | undefined
  readonly errorIn?: string | undefined
  /** The secrets of the request, which the answer may hand back. */
  readonly sent?: readonly string[]
  readonly tokenRefused?: boolean
  readonly intervalSeconds?: number | undefined
}

/**
 * What an error answer means: by its code, and only where there is none that is known, by its status. A server that fails
 * or limits is not believed whatever code it gives, because a grant that is declared dead does not come back.
 */
export const failureOf = (
  { status, headers }: Refusal,
  answer: Members = {},
  { own, tokenRefused = false, intervalSeconds, ...reading }: Reading = {},
): UpstreamFailure => {
  const codes = failureCodes(answer, { ...reading, isKnown: (code) => classOf(code, own) !== undefined })
  const failing = status >= 500 || status === 429
  const byStatus: FailureClass = failing || isPassing(status, headers) ? 'transient' : 'badAnswer'
  // Where a refusal has no code, a provider may be known to mean something by its status alone.
  const byCode = classOf(codes.error ?? String(status), own)
  // A dead grant that the user can bring back to life, says the second code, or that there is something to ask for.
  const revivable = codes.claims !== undefined || codes.subErrors?.some((code) => classOf(code, own) === 'needsUser')
  const meant = byCode === 'grantDead' && revivable ? 'needsUser' : (byCode ?? byStatus)
  // That a user has not decided yet is believed of a server that limits, too.
  return new UpstreamFailure(failing && meant !== 'pending' ? byStatus : meant, {
    codes,
    status,
    tokenRefused,
    // A success that holds no tokens: they may have been made all the same.
    outcomeUnknown: status < 300,
    retryAfterSeconds: retryAfterSeconds(headers),
    intervalSeconds,
    message: `The provider answered ${[status, codes.error, ...(codes.subErrors ?? [])].filter(Boolean).join(' ')}`,
  })
}

const classOf = (
  code: string | undefined,
  own: Readonly<Record<string, FailureClass>> = {},
): FailureClass | undefined =>
  [own, classes].flatMap((table) => (code !== undefined && Object.hasOwn(table, code) ? table[code] : []))[0]

/** The statuses by which nothing is known to be wrong. A page is not from the endpoint, unless there is none. */
const isPassing = (status: number, headers: Headers): boolean =>
  status === 408 ||
  (status === 403 && isRateLimit(headers)) ||
  (status >= 400 && ![404, 405, 410].includes(status) && /^text\/html\b/i.test(headers.get('content-type') ?? ''))

/** GitHub and others say 403 where they mean 429. */
const isRateLimit = (headers: Headers): boolean =>
  headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after')
