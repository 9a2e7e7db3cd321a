import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import type { Operation } from '../../contract/operation.ts'
import type { Caller } from '../../domain/caller.ts'
import { invalid, Problem } from '../../domain/problem.ts'
import { type AuthorizerContext, LEEWAY_SECONDS } from '../authorizer-context.ts'
import { found, headerValues } from './request.ts'

/**
 * Who calls: only what the authorizer has put into the context. Without it, or past the token's end (a decision may be
 * cached longer than its token lives), the request is refused, so that a route without an authorizer lets nobody in.
 */
export const identify = (operation: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  before: ({ event }) => {
    if (operation.access === 'public') return
    found(event).caller = callerOf(event)
  },
})

const callerOf = (event: APIGatewayProxyEvent): Caller => {
  const { userId, orgId, roles = '', exp } = (event.requestContext?.authorizer ?? {}) as Partial<AuthorizerContext>
  const expired = !(Number(exp) + LEEWAY_SECONDS > Date.now() / 1000)
  // The authorizer takes one Authorization header; a cached decision has not looked at the others.
  const ambiguous = headerValues(event, 'authorization').length > 1
  if (!userId || !orgId || expired || ambiguous) throw new Problem('unauthorized')
  const held = roles.split(',')

  const behalf = headerValues(event, 'x-on-behalf-of')
  const [target] = behalf
  if (target === undefined) return { orgId, userId, admin: held.includes('admin') }
  if (!held.includes('service')) throw new Problem('serviceOnly')
  if (behalf.length > 1 || target.length < 1 || target.length > 255) {
    throw invalid('X-On-Behalf-Of', 'must be given once, with a user id of 1 to 255 characters')
  }
  // Acting for a user is acting with that user's rights, whatever else the service may do for itself.
  return { orgId, userId: target, admin: false, actorId: userId }
}
