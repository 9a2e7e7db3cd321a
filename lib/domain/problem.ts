import { type Reason, toldOf } from './reasons.ts'

/**
 * Everything that the product answers with an error, in one table: the status, what a person reads, and the error code
 * where a standard has one. The README's list of errors is checked against it.
 */
export const problems = {
  invalidRequest: [422, 'The request is not valid.'],
  tooLarge: [413, 'The body is larger than this operation takes.'],
  unauthorized: [401, 'Unauthorized'],
  adminOnly: [403, 'This needs the role admin.'],
  serviceOnly: [403, 'X-On-Behalf-Of needs the role service.'],
  managerOnly: [403, 'This needs the role admin or service.'],
  ownerOnly: [403, 'Only the owner of this authorization may use it.'],
  providerNotFound: [404, 'OAuth provider not found.'],
  grantNotFound: [404, 'OAuth provider authorization not found.'],
  deviceNotFound: [404, 'Device code not found.'],
  jobNotFound: [404, 'Job not found.'],
  organizationNotFound: [404, 'Organization not found.'],
  credentialNotFound: [404, 'Credential not found.'],
  pageNotFound: [404, 'Invalid page.'],
  slugTaken: [409, 'Another provider of the organization has this slug.'],
  providerNotActive: [409, 'The provider is not active.'],
  providerDeleting: [409, 'The provider is being deleted.'],
  sharedConnection: [
    409,
    'This provider is shared and connected already; its owner or an admin must disconnect it first.',
  ],
  accountMismatch: [
    409,
    'The provider has signed in another account than the one to be reconnected. Sign in there with that one, or connect this one as another.',
  ],
  deletionGoesOn: [409, 'A deletion cannot be stopped: what it has begun cannot be taken back.'],
  connecting: [409, 'Another request is connecting with this already.'],
  noApiBaseUri: [409, 'The provider has no apiBaseUri, so that no request can be sent to its API.'],
  auditNotKept: [409, 'This deployment keeps no audit records in its table: see auditInTable.'],
  stateRefused: [400, 'The state is unknown, used, too old, or belongs to another user or provider. Start again.'],
  issuerRefused: [400, 'The iss of the redirect is not the issuer of this provider.'],
  consentDenied: [400, 'The provider did not grant access.'],
  ticketRefused: [400, 'This link is unknown, used or too old. Go back to the application and start again.'],
  handleRefused: [400, 'The handle is unknown, used, too old, or belongs to another user. Start again.'],
  otherBrowser: [400, 'The connection was begun in another browser, and can only be finished there.'],
  formRefused: [403, 'The form was not sent from its own page in this browser.'],
  codeRefused: [400, 'The provider refused the authorization code. Start again.'],
  refreshTokenRefused: [400, 'The provider refused the refresh token.'],
  deviceUnsupported: [400, 'The provider has no device flow, or none for this client.'],
  authorizationPending: [400, 'The user has not allowed access yet.', 'authorization_pending'],
  slowDown: [400, 'The provider wants to be asked less often: wait five seconds more from now on.', 'slow_down'],
  expiredToken: [400, 'The device code has expired. Start again.', 'expired_token'],
  accessDenied: [400, 'The user did not allow access.', 'access_denied'],
  programmaticConnectOff: [403, 'An admin must set programmaticConnect on this provider first.'],
  providerUnusable: [403, 'The provider is not active, so its authorizations cannot be used.'],
  clientUnusable: [403, 'The provider refuses the registered OAuth client. An admin must set its client secret anew.'],
  sharedOwnerOnly: [403, 'Only the owner of a shared connection, or an admin, may disconnect it.'],
  tokenRefused: [410, 'The provider refuses the access token before its time. Connect the account again.'],
  grantExpired: [410, 'The authorization has expired or was revoked. Connect the account again.'],
  upstreamUnavailable: [502, 'The provider could not be reached, or answered with a failure.'],
  internetOff: [502, 'This local stack calls nobody beyond this machine. Start it by npm start -- --internet.'],
  upstreamAnswer: [502, 'The provider gave an answer that cannot be used.'],
  responseTooLarge: [502, 'The answer of the API is larger than 4 MiB.'],
  upstreamTimeout: [504, 'The API did not answer in time. The request may have been carried out.'],
  backingOff: [503, 'The provider failed lately. Try again after the time in Retry-After.'],
  tryAgain: [503, 'Could not finish in time. Try again after the time in Retry-After.'],
  sealBroken: [
    500,
    'A stored secret cannot be opened: it was altered, or belongs to something else. An operator must look.',
  ],
  internal: [500, 'Something went wrong here. It is logged under the request id of this answer.'],
  notCopied: [
    503,
    'The audit record could not be kept. What was asked for may have been done, but nothing secret was given.',
  ],
  notRecorded: [503, 'The audit record could not be written, so nothing was done.'],
} as const satisfies Record<string, readonly [status: number, message: string, error?: string]>

export type ProblemCode = keyof typeof problems

/** A field of the request, and what would be right for it. */
export interface FieldError {
  readonly name: string
  readonly message: string
}

interface ProblemDetails {
  readonly fields?: readonly FieldError[]
  /** What is known beyond the table's sentence; never a secret, never text that a provider sent. */
  readonly detail?: string
  /** The provider's own error code, where that is what happened. */
  readonly error?: string | undefined
  /** Why, where that is more than the code says. */
  readonly reason?: Reason | undefined
  /** Seconds until another try makes sense. */
  readonly retryAfterSeconds?: number | undefined
  /** Where the caller can mend it in a browser. */
  readonly connect?: ConnectLink | undefined
  readonly cause?: unknown
}

/** A link that connects an account, good once. */
export interface ConnectLink {
  readonly url: string
  readonly expiresAt: string
}

/** An answer that is an error, thrown where it is found and turned into a reply once, in the runtime. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  /** The error code of RFC 8628 section 3.5, or the provider's own, where that is what happened. */
  readonly error: string | undefined
  /** Why, for the log, the audit record and the metrics. */
  readonly reason: ProblemCode | Reason
  readonly fields: readonly FieldError[]
  readonly retryAfterSeconds: number | undefined
  readonly connect: ConnectLink | undefined

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    const { fields = [], error, reason, retryAfterSeconds, connect, cause } = details
    const detail = details.detail ?? toldOf(reason)
    const [status, message, ownError]: readonly [number, string, string?] = problems[code]
    super(detail === undefined ? message : `${message} ${detail}`, { cause })
    this.name = 'Problem'
    this.code = code
    this.status = status
    this.error = error ?? ownError
    this.reason = reason ?? code
    this.fields = fields
    this.connect = connect
    this.retryAfterSeconds = retryAfterSeconds ?? (status === 503 ? 1 : undefined)
  }
}

/** The answer to a request whose field is not valid. */
export const invalid = (name: string, message: string): Problem =>
  new Problem('invalidRequest', { fields: [{ name, message }] })
