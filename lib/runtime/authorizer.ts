import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { createRemoteJWKSet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { tokenHeaders } from '../contract/operation.ts'
import type { Reason } from '../domain/reasons.ts'
import { type AuthorizerContext, LEEWAY_SECONDS } from './authorizer-context.ts'
import { bearerToken, plainToken } from './bearer-token.ts'
import { JwtRefused, refusalOf } from './jwt-refused.ts'
import { describeError, logger } from './logger.ts'
import { measure } from './metrics.ts'
import { headerValues } from './middleware/request.ts'

export interface AuthorizerSettings {
  readonly issuer: string
  readonly audience: string
  readonly orgClaim: string
  readonly rolesClaim: string
}

/** Asymmetric algorithms only: a shared secret, or none at all, proves nothing about an issuer. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
/** An unknown key id makes us ask the issuer again, but not more often than this. */
const JWKS_COOLDOWN_MS = 60_000
const JWKS_MAX_AGE_MS = 600_000
const ISSUER_TIMEOUT_MS = 5_000

const knownRoles = ['admin', 'service']

/**
 * The Lambda authorizer: verifies the caller's JWT against the organization's own issuer. Throws exactly `Unauthorized`
 * for a token that is not good (API Gateway makes 401 of it), anything else when the issuer cannot be asked.
 */
export const authorizer = (settings: AuthorizerSettings) => {
  let keys: Promise<JWTVerifyGetKey> | undefined
  const issuerKeys = (): Promise<JWTVerifyGetKey> => {
    keys ??= findKeys(settings.issuer).catch((error: unknown) => {
      keys = undefined
      throw error
    })
    return keys
  }

  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const requestId = event.requestContext?.requestId
    let token: string | undefined
    try {
      token = tokenOf(event)
      const context = await verify(token, await issuerKeys(), settings)
      return { principalId: context.userId, policyDocument: allowEverything(event.methodArn), context: { ...context } }
    } catch (error) {
      const refused = refusalOf(error, token, settings.issuer)
      if (refused) {
        measure({ Refused: 1 }, { Reason: refused.reason })
        logger.warn('token refused', { requestId, ...refused })
        throw new Error('Unauthorized')
      }
      // A token that is not good is a refusal: this is the issuer.
      const reason: Reason = 'jwtKeysUnavailable'
      measure({ AuthorizerFailures: 1 })
      measure({ Refused: 1 }, { Reason: reason })
      logger.error('token not checked', { requestId, reason, ...describeError(error) })
      throw error
    }
  }
}

const findKeys = async (issuer: string): Promise<JWTVerifyGetKey> => {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) })
  const metadata = response.ok ? ((await response.json()) as { issuer?: unknown; jwks_uri?: unknown }) : {}
  if (metadata.issuer !== issuer || typeof metadata.jwks_uri !== 'string')
    throw new Error('The issuer has no usable metadata')
  return createRemoteJWKSet(new URL(metadata.jwks_uri), {
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_MAX_AGE_MS,
    timeoutDuration: ISSUER_TIMEOUT_MS,
  })
}

/**
 * The one token of the request: that of `Authorization`, or without one that of a surface's own header. The gateway asks
 * nobody without `Authorization` on the other surfaces; which surface it is cannot be told here, so that two tokens that
 * differ are refused by the endpoint.
 */
const tokenOf = (event: APIGatewayRequestAuthorizerEvent): string => {
  const bearers = headerValues(event, 'authorization')
  if (bearers.length > 0) return single(bearers.map(bearerToken))
  return single(Object.values(tokenHeaders).flatMap((name) => headerValues(event, name.toLowerCase()).map(plainToken)))
}

const single = (tokens: readonly (string | undefined)[]): string => {
  const [token] = tokens
  if (tokens.length > 1) throw new JwtRefused('jwtAmbiguous')
  if (token === undefined) throw new JwtRefused(tokens.length === 0 ? 'jwtMissing' : 'jwtUnreadable')
  return token
}

const verify = async (
  token: string,
  keys: JWTVerifyGetKey,
  settings: AuthorizerSettings,
): Promise<AuthorizerContext> => {
  const { payload } = await jwtVerify(token, keys, {
    issuer: settings.issuer,
    audience: settings.audience,
    algorithms: ALGORITHMS,
    clockTolerance: LEEWAY_SECONDS,
    requiredClaims: ['sub', 'exp'],
  })
  return contextOf(payload, settings)
}

/** An id that can be part of a key and of a log line: 1 to 255 characters that UTF-8 can carry. Throws `JwtRefused`. */
const idIn = (payload: JWTPayload, claim: string): string => {
  const value = payload[claim]
  if (value === undefined) throw new JwtRefused('jwtClaimMissing', claim)
  if (typeof value === 'string' && value.length >= 1 && value.length <= 255 && value.isWellFormed()) return value
  throw new JwtRefused('jwtClaimInvalid', claim)
}

const contextOf = (payload: JWTPayload, { orgClaim, rolesClaim }: AuthorizerSettings): AuthorizerContext => {
  const claimed = payload[rolesClaim]
  const roles = typeof claimed === 'string' ? claimed.split(' ') : Array.isArray(claimed) ? claimed : []
  return {
    userId: idIn(payload, 'sub'),
    // No organization means nobody: there is no default to fall back to.
    orgId: idIn(payload, orgClaim),
    roles: knownRoles.filter((role) => roles.includes(role)).join(','),
    exp: String(payload.exp),
  }
}

/** The decision is cached and then holds for every route, so it covers the whole stage. */
const allowEverything = (methodArn: string): APIGatewayAuthorizerResult['policyDocument'] => {
  const [api, stage] = methodArn.split('/')
  return {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${api}/${stage}/*` }],
  }
}
