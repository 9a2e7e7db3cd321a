import { deadlineSignal } from '../domain/deadline.ts'
import { Problem, type ProblemCode } from '../domain/problem.ts'
import type { Api } from '../domain/proxy/api.ts'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { retryAfterSeconds } from './failure.ts'
import {
  type CallLimits,
  type Outbound,
  OutboundError,
  type OutboundErrorCode,
  ordinaryCall,
} from './outbound/outbound.ts'

/** As much as base64 makes fit into the answer of a function. */
const limits: CallLimits = { ...ordinaryCall, maxBytes: 4 * 1024 * 1024 }

/** What is no use to try again: it has taken its time already, or would come to the same. */
const final: Readonly<Partial<Record<OutboundErrorCode, ProblemCode>>> = {
  timeout: 'upstreamTimeout',
  aborted: 'upstreamTimeout',
  tooLarge: 'responseTooLarge',
  badEncoding: 'upstreamAnswer',
  refused: 'upstreamUnavailable',
  offline: 'internetOff',
}

/** The APIs behind providers, over the one way out. */
export const api = (outbound: Outbound): Api => ({
  call: async (target, { method, headers, body }, accessToken) => {
    const signal = deadlineSignal()
    const request = {
      method,
      headers: { ...headers, authorization: `Bearer ${accessToken}` },
      ...(body && { body: new Uint8Array(body) }),
    }
    try {
      const answer = await outbound(target, request, { ...limits, ...(signal && { signal }) })
      return {
        status: answer.status,
        headers: answer.headers,
        body: Buffer.from(await answer.arrayBuffer()),
        retryAfterSeconds: retryAfterSeconds(answer.headers),
      }
    } catch (error) {
      throw error instanceof OutboundError ? failureOf(error) : error
    }
  },
})

const failureOf = (error: OutboundError): Error => {
  const code = final[error.code]
  // Its message names the URL, which is not for a log.
  return code === undefined
    ? new UpstreamFailure('transient', { message: error.code })
    : new Problem(code, { cause: error })
}
