import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import type { Operation } from '../../contract/operation.ts'
import { describeError, logger } from '../logger.ts'
import { problemOf } from '../problem-of.ts'
import { render, renderProblem } from '../render.ts'
import { found } from './request.ts'

/** Turns what the handler answered, or what anything threw, into the gateway's response, and says so in the log. */
export const answer = (operation: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  after: (request) => {
    request.response = render(operation.surface, request.response as Parameters<typeof render>[1])
    report(operation, request.event, request.response as APIGatewayProxyResult)
  },
  onError: (request) => {
    const problem = problemOf(request.error)
    const response = renderProblem(operation.surface, problem)
    request.response = response
    report(operation, request.event, response, request.error)
  },
})

const report = (
  operation: Operation,
  event: APIGatewayProxyEvent,
  { statusCode }: APIGatewayProxyResult,
  error?: unknown,
): void => {
  const { caller } = found(event)
  const line = {
    operation: operation.id,
    status: statusCode,
    requestId: event.requestContext?.requestId,
    orgId: caller?.orgId,
    userId: caller?.userId,
  }
  // Without an error it is the status of another server, relayed.
  if (statusCode >= 500 && error !== undefined) logger.error('request failed', { ...line, ...describeError(error) })
  else logger.info('request answered', line)
}
