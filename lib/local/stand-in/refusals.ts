import type { Members, TokenFacts } from './facts.ts'

/** Why a token, revocation or device request is refused. */
export type RefusalReason =
  | 'bodyUnreadable'
  | 'parameterMissing'
  | 'clientMissing'
  | 'clientUnknown'
  | 'secretWrong'
  | 'grantTypeUnsupported'
  | 'codeBad'
  | 'redirectUriMismatch'
  | 'verifierWrong'
  | 'refreshTokenBad'
  | 'refreshTokenExpired'
  | 'scopeBad'
  | 'tokenUnknown'
  | 'secretUnwanted'
  | 'deviceOff'
  | 'deviceCodeBad'
  | 'deviceCodeExpired'
  | 'devicePending'
  | 'deviceSlow'
  | 'deviceDenied'
  | 'refreshRefused'

/** How a refusal is worded. */
export interface Wording {
  readonly status: number
  readonly error: string
  readonly description?: string
  /** Further members of the body. */
  readonly members?: Members
}

/** What a provider words otherwise than the RFCs. */
export type RefusalTable = Readonly<Partial<Record<RefusalReason, Wording>>>

const badGrant = {
  status: 400,
  error: 'invalid_grant',
  description: 'The provided authorization grant is invalid, expired or revoked.',
}
const badRequest = { status: 400, error: 'invalid_request' }
const badClient = { status: 401, error: 'invalid_client', description: 'Client authentication failed.' }

/** RFC 6749 section 5.2, RFC 7009 section 2.2 and RFC 8628 section 3.5. */
const standard: Record<RefusalReason, Wording> = {
  bodyUnreadable: { ...badRequest, description: 'The body is not of a content type that is read here.' },
  parameterMissing: { ...badRequest, description: 'A required parameter is missing.' },
  clientMissing: badClient,
  clientUnknown: badClient,
  secretWrong: badClient,
  grantTypeUnsupported: { status: 400, error: 'unsupported_grant_type' },
  codeBad: badGrant,
  redirectUriMismatch: badGrant,
  verifierWrong: badGrant,
  refreshTokenBad: badGrant,
  refreshTokenExpired: badGrant,
  scopeBad: { status: 400, error: 'invalid_scope' },
  tokenUnknown: { status: 400, error: 'invalid_token' },
  secretUnwanted: badClient,
  deviceOff: { status: 400, error: 'unauthorized_client' },
  deviceCodeBad: badGrant,
  deviceCodeExpired: { status: 400, error: 'expired_token' },
  devicePending: { status: 400, error: 'authorization_pending' },
  deviceSlow: { status: 400, error: 'slow_down' },
  deviceDenied: { status: 400, error: 'access_denied' },
  refreshRefused: badGrant,
}

/** A request that is refused; what is thrown anywhere below an endpoint is worded once, by the endpoint. */
export class Refused extends Error {
  readonly reason: RefusalReason
  /** Wins over the provider's wording. */
  readonly wording: Partial<Wording>

  constructor(reason: RefusalReason, wording: Partial<Wording> = {}) {
    super(reason)
    this.reason = reason
    this.wording = wording
  }
}

/** The status and body of a refusal in the provider's words. */
export function refusalBody(facts: TokenFacts, { reason, wording }: Refused): { status: number; body: Members } {
  const { status, error, description, members } = { ...(facts.refusals[reason] ?? standard[reason]), ...wording }
  const body = { error, ...(description === undefined ? {} : { error_description: description }), ...members }
  return { status, body: facts.errorBody?.(body, reason) ?? body }
}

/** A wording in short. */
export function worded(status: number, error: string, description?: string, members?: Members): Wording {
  return { status, error, ...(description === undefined ? {} : { description }), ...(members ? { members } : {}) }
}

/** One wording for everything that can be wrong with the client's authentication. */
export function clientRefusals(wording: Wording): RefusalTable {
  return { clientMissing: wording, clientUnknown: wording, secretWrong: wording }
}
