import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda'
import type { Operation } from '../../contract/operation.ts'
import { flowRefusals } from '../../domain/connect/refusing.ts'
import type { Problem, ProblemCode } from '../../domain/problem.ts'
import { isReason } from '../../domain/reasons.ts'
import { UpstreamFailure } from '../../domain/upstream-failure.ts'
import { allDone } from '../before-answering.ts'
import { crossOriginHeaders } from '../cors.ts'
import { describeError, logger } from '../logger.ts'
import { measure } from '../metrics.ts'
import { problemOf } from '../problem-of.ts'
import { render, renderProblem } from '../render.ts'
import { found } from './request.ts'

/** Turns what the handler answered, or what anything threw, into the gateway's response, and says so in the log. */
export const answer = (operation: Operation): MiddlewareObj<APIGatewayProxyEvent, unknown> => ({
  after: async (request) => {
    await allDone()
    const reply = request.response as Parameters<typeof render>[1] & { reason?: string }
    const rendered = render(operation.surface, reply)
    request.response = readable(operation, request.event, rendered)
    report(operation, request.event, rendered, reply)
  },
  onError: async (request) => {
    // It is an error already, and holds nothing that had to be on record.
    await allDone().catch((error: unknown) => logger.error('audit record not kept', describeError(error)))
    const problem = problemOf(request.error)
    const response = renderProblem(operation.surface, problem)
    request.response = readable(operation, request.event, response)
    report(operation, request.event, response, { reason: problem.reason, problem, error: request.error })
  },
})

/** Pages are for people, and not for the scripts of other pages. */
const readable = (
  { surface }: Operation,
  event: APIGatewayProxyEvent,
  response: APIGatewayProxyResult,
): APIGatewayProxyResult =>
  surface === 'pages' ? response : { ...response, headers: { ...response.headers, ...crossOriginHeaders(event) } }

const report = (
  operation: Operation,
  event: APIGatewayProxyEvent,
  { statusCode }: APIGatewayProxyResult,
  { reason, problem, error }: { readonly reason?: string; readonly problem?: Problem; readonly error?: unknown },
): void => {
  const { caller } = found(event)
  const line = {
    operation: operation.id,
    status: statusCode,
    requestId: event.requestContext?.requestId,
    orgId: caller?.orgId,
    userId: caller?.userId,
    reason,
    ...(problem && upstreamOf(problem)),
  }
  // Without an error it is the status of another server, relayed.
  const failed = statusCode >= 500 && error !== undefined
  const latency = { Latency: Math.max(0, Date.now() - receivedAt(event)) }
  measure(failed ? { ...latency, Failures: 1 } : latency, { Operation: operation.id })
  if (reason !== undefined && isCounted(reason)) measure({ Refused: 1 }, { Reason: reason })
  if (failed) logger.error('request failed', { ...line, ...describeError(error) })
  else logger.info('request answered', line)
}

/** What the provider said, in codes; its sentences are kept nowhere. */
const upstreamOf = ({ cause }: Problem): Record<string, unknown> =>
  cause instanceof UpstreamFailure
    ? { upstream: { status: cause.status, error: cause.codes.error, subErrors: cause.codes.subErrors } }
    : {}

/** What is refused, and not only wrong in the request: as many metrics as there are of it, and no more. */
const isCounted = (reason: string): boolean => isReason(reason) || flowRefusals.includes(reason as ProblemCode)

/** By the clock of the gateway, so that a cold start counts as what it is to the caller. */
const receivedAt = ({ requestContext }: APIGatewayProxyEvent): number => requestContext?.requestTimeEpoch ?? Date.now()
