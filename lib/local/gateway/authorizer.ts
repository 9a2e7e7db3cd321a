import type { ApiDefinition, AuthorizerDefinition, Functions } from '../model.ts'
import { type AuthorizerContext, authorizerEvent, methodArn } from './event.ts'
import { GatewayError } from './gateway-error.ts'
import { notPermitted } from './integration.ts'
import { invokeWithin } from './invoke-within.ts'
import { evaluate, isRecord, type Policy, PolicyInvalid, parsePolicy } from './policy.ts'
import { type GatewayRequest, headerOf } from './request.ts'
import type { Match } from './router.ts'

/** Lets a request through with the authorizer's context, or throws the GatewayError that answers it. */
export type Authorize = (
  authorizer: AuthorizerDefinition,
  request: GatewayRequest,
  match: Match,
) => Promise<AuthorizerContext>

interface Decision {
  readonly policy: Policy
  readonly context: AuthorizerContext
}

const CACHE_LIMIT = 10_000
const TIMEOUT_MS = 29_000

/**
 * REQUEST authorizers with their cache. A cached policy answers for every route with the same identity, so one that
 * names a single method refuses the next, as on AWS.
 */
export function createAuthorize(api: ApiDefinition, functions: Functions): Authorize {
  const cache = new Map<string, { readonly decision: Decision; readonly until: number }>()

  async function decide(authorizer: AuthorizerDefinition, request: GatewayRequest, match: Match): Promise<Decision> {
    const { functionId, identitySources, ttlSeconds } = authorizer
    const identity = identitySources.map((source) => identityValue(source, request, match))
    if (identity.some((value) => !value)) throw new GatewayError('UNAUTHORIZED')
    const cached = ttlSeconds > 0 && identity.length > 0
    const key = JSON.stringify([functionId, ttlSeconds, identitySources, identity])
    const known = cache.get(key)
    if (cached && known && known.until > performance.now()) return known.decision

    if (!authorizer.isPermitted) {
      console.error(notPermitted(functionId))
      throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR')
    }
    const decision = await ask(functions, functionId, authorizerEvent(api, request, match))
    if (cached) {
      cache.delete(key)
      cache.set(key, { decision, until: performance.now() + ttlSeconds * 1000 })
      const oldest = cache.keys().next()
      if (cache.size > CACHE_LIMIT && !oldest.done) cache.delete(oldest.value)
    }
    return decision
  }

  return async (authorizer, request, match) => {
    const begun = performance.now()
    const { policy, context } = await decide(authorizer, request, match)
    const effect = evaluate(policy, methodArn(api, request))
    if (effect === 'none') throw new GatewayError('ACCESS_DENIED')
    if (effect === 'deny') {
      throw new GatewayError('ACCESS_DENIED', 'User is not authorized to access this resource with an explicit deny')
    }
    return { ...context, integrationLatency: Math.round(performance.now() - begun) }
  }
}

/** The value an identity source has in the request; undefined when it is missing. */
function identityValue(source: string, request: GatewayRequest, match: Match): string | undefined {
  const [, place, name] = /^method\.request\.(header|querystring|path)\.(.+)$/.exec(source) ?? []
  if (name === undefined) throw new Error(`identity source ${source} is not supported`)
  if (place === 'header') return headerOf(request, name)
  return place === 'path' ? match.pathParameters?.[name] : request.query.get(name)?.at(-1)
}

async function ask(functions: Functions, functionId: string, event: object): Promise<Decision> {
  const result = await invokeWithin(TIMEOUT_MS, functions, functionId, event)
  if (result?.kind === 'error' && result.errorMessage === 'Unauthorized') throw new GatewayError('UNAUTHORIZED')
  if (result?.kind !== 'ok') throw new GatewayError('AUTHORIZER_FAILURE')
  try {
    return parseDecision(result.payload)
  } catch (error) {
    if (error instanceof PolicyInvalid) throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR')
    throw error
  }
}

function parseDecision(payload: unknown): Decision {
  if (!isRecord(payload)) throw new PolicyInvalid('no object')
  const { principalId, policyDocument, context = {} } = payload
  if (typeof principalId !== 'string' || principalId === '') throw new PolicyInvalid('principalId is no text')
  if (!isRecord(context)) throw new PolicyInvalid('context is no object')
  const entries = Object.entries(context).map(([name, value]): [string, string] => {
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw new PolicyInvalid(`context.${name} is not flat`)
    return [name, String(value)]
  })
  return { policy: parsePolicy(policyDocument), context: { ...Object.fromEntries(entries), principalId } }
}
