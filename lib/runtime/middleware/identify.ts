import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { type Operation, tokenHeaders } from '../../contract/operation.ts'
import type { Caller } from '../../domain/caller.ts'
import { invalid, Problem } from '../../domain/problem.ts'
import { type AuthorizerContext, LEEWAY_SECONDS } from '../authorizer-context.ts'
import { bearerToken, plainToken } from '../bearer-token.ts'
import { found, headerValues } from './request.ts'

/**
 * Who calls: only what the authorizer has put into the context. Without it, or past the token's end (a decision may be
 * cached longer than its token lives), the request is refused, so that a route without an authorizer lets nobody in.
 */
export const identify = (operation: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  before: ({ event }) => {
    if (operation.access === 'public') return
    if (isAmbiguous(event, operation)) throw new Problem('unauthorized', { reason: 'jwtAmbiguous' })
    found(event).caller = callerOf(event)
  },
})

/** The authorizer has looked at one token; a cached decision, or one by the other header, knows of no other. */
const isAmbiguous = (event: APIGatewayProxyEvent, { surface }: Operation): boolean => {
  const bearers = headerValues(event, 'authorization')
  const others = headerValues(event, tokenHeaders[surface]?.toLowerCase() ?? '')
  const tokens = new Set([...bearers.map(bearerToken), ...others.map(plainToken)])
  return bearers.length > 1 || others.length > 1 || tokens.size > 1
}

const callerOf = (event: APIGatewayProxyEvent): Caller => {
  const { userId, orgId, roles = '', exp } = (event.requestContext?.authorizer ?? {}) as Partial<AuthorizerContext>
  const expired = !(Number(exp) + LEEWAY_SECONDS > Date.now() / 1000)
  if (!userId || !orgId) throw new Problem('unauthorized', { reason: 'jwtMissing' })
  if (expired) throw new Problem('unauthorized', { reason: 'jwtExpired' })
  const held = roles.split(',')

  const behalf = headerValues(event, 'x-on-behalf-of')
  const [target] = behalf
  const service = held.includes('service')
  if (target === undefined) return { orgId, userId, admin: held.includes('admin'), ...(service && { service }) }
  if (!service) throw new Problem('serviceOnly')
  if (behalf.length > 1 || target.length < 1 || target.length > 255) {
    throw invalid('X-On-Behalf-Of', 'must be given once, with a user id of 1 to 255 characters')
  }
  // Acting for a user is acting with that user's rights, whatever else the service may do for itself.
  return { orgId, userId: target, admin: false, actorId: userId }
}
