import { pause, remainingMs } from '../deadline.ts'
import { Problem } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import type { Api, ApiAnswer, ApiRequest } from './api.ts'

/** RFC 9110 section 9.2.2: to send them twice does what once does. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
/** Statuses that say "not now". */
const passing = new Set([429, 502, 503, 504])

const TRIES = 3
const backoffMs = (tries: number): number => 250 * 2 ** tries * (0.75 + Math.random() / 2)
/** A try that has less time than this is none. */
const LEAST_MS = 1_000

/**
 * Calls an API, and what is idempotent again where it says "not now" or gives no answer: after some time, or as long as
 * `Retry-After` asks, if the deadline allows it. The last answer stands.
 * Throws `upstreamUnavailable`, `upstreamTimeout`, `responseTooLarge`, `upstreamAnswer`.
 */
export const callPatiently = async (
  api: Api,
  target: URL,
  request: ApiRequest,
  accessToken: string,
): Promise<ApiAnswer> => {
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(() => api.call(target, request, accessToken))
    const failed = outcome instanceof UpstreamFailure
    const waitMs = Math.max(backoffMs(tries), (outcome.retryAfterSeconds ?? 0) * 1000)
    const again =
      (failed || passing.has(outcome.status)) &&
      idempotent.has(request.method) &&
      tries < TRIES &&
      remainingMs() > waitMs + LEAST_MS
    if (again) await pause(waitMs)
    else if (failed) throw new Problem('upstreamUnavailable', { cause: outcome })
    else return outcome
  }
}

/** What came of it, a failure without an answer included. */
const attempt = (call: () => Promise<ApiAnswer>): Promise<ApiAnswer | UpstreamFailure> =>
  call().catch((error: unknown) => {
    if (error instanceof UpstreamFailure) return error
    throw error
  })
