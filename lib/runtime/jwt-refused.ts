import { decodeJwt, decodeProtectedHeader, errors } from 'jose'
import type { Reason } from '../domain/reasons.ts'

/** A caller's token that is not good, and the claim by which it is not. */
export class JwtRefused extends Error {
  override readonly name = 'JwtRefused'
  readonly reason: Reason
  readonly claim: string | undefined

  constructor(reason: Reason, claim?: string) {
    super(reason)
    this.reason = reason
    this.claim = claim
  }
}

/** What is logged of it. `iss`, `aud` and `kid` are what the token says of itself; nobody has vouched for them. */
interface Refusal {
  readonly reason: Reason
  readonly claim?: string | undefined
  readonly iss?: string | undefined
  readonly aud?: string | readonly string[] | undefined
  readonly kid?: string | undefined
}

const reasonByCode: Readonly<Record<string, Reason>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'jwtAlgorithm',
  ERR_JOSE_NOT_SUPPORTED: 'jwtAlgorithm',
  ERR_JWKS_NO_MATCHING_KEY: 'jwtKeyUnknown',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'jwtKeyUnknown',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'jwtSignature',
  ERR_JWT_EXPIRED: 'jwtExpired',
  ERR_JWK_INVALID: 'jwtKeysUnavailable',
  ERR_JWKS_INVALID: 'jwtKeysUnavailable',
}
const reasonByClaim: Readonly<Record<string, Reason>> = {
  iss: 'jwtIssuer',
  aud: 'jwtAudience',
  nbf: 'jwtNotYetValid',
}

/** Why a token was refused; undefined when it was not, and the keys of its issuer could not be had. */
export const refusalOf = (error: unknown, token: string | undefined, issuer: string): Refusal | undefined => {
  const found = reasonIn(error)
  if (!found) return undefined
  const said = saidBy(token)
  // Its keys are not those of another issuer, so that the signature is the first thing that is wrong, and tells nothing.
  const strange = typeof said.iss === 'string' && said.iss !== issuer.slice(0, LONGEST)
  return { ...found, ...(strange && { reason: 'jwtIssuer', claim: undefined }), ...said }
}

const reasonIn = (error: unknown): Refusal | undefined => {
  if (error instanceof JwtRefused) return { reason: error.reason, claim: error.claim }
  if (error instanceof errors.JWTClaimValidationFailed) return ofClaim(error)
  // jose says JOSEError itself, without a kind of its own, when the keys cannot be fetched.
  const unknown = !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC'
  if (unknown || error instanceof errors.JWKSTimeout) return undefined
  return { reason: reasonByCode[error.code] ?? 'jwtUnreadable' }
}

const ofClaim = ({ claim, reason }: errors.JWTClaimValidationFailed): Refusal => {
  if (reason === 'missing') return { reason: 'jwtClaimMissing', claim }
  const failed = reason === 'check_failed' ? reasonByClaim[claim] : undefined
  return failed ? { reason: failed } : { reason: 'jwtClaimInvalid', claim }
}

/** Enough to know an issuer, an audience or a key by; a log line is no place to put more. */
const LONGEST = 200
const MOST_AUDIENCES = 4

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, LONGEST) : undefined)

const saidBy = (token = ''): Pick<Refusal, 'iss' | 'aud' | 'kid'> => {
  try {
    const { kid } = decodeProtectedHeader(token)
    const { iss, aud } = decodeJwt(token)
    const audiences = Array.isArray(aud) ? aud.slice(0, MOST_AUDIENCES).flatMap((one) => text(one) ?? []) : text(aud)
    return { iss: text(iss), aud: audiences, kid: text(kid) }
  } catch {
    return {}
  }
}
