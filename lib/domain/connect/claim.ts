import { newId } from '../ids.ts'
import type { Sealed } from '../ports.ts'
import { Problem } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import type { Flow } from './flow.ts'
import type { ClaimedFlow, KeepPorts } from './keep-grant.ts'

/** As long as a request may last: then whoever had the claim is no longer exchanging. */
const CLAIM_MS = 30_000
/** When the sweeper takes up a code that was sent and never accounted for; tokens that were noted wait for the flow's end. */
const SETTLE_MS = 60_000

/**
 * Works on a flow that nobody else is working on; `code` is on record from before it is sent. What fails for now gives
 * the flow back, so that the same call may be made again.
 * Throws `stateRefused` when somebody has the flow, `upstreamUnavailable` and `upstreamAnswer` for failures of the
 * provider, and what `work` throws.
 */
export const withClaim = async <Result>(
  ports: Pick<KeepPorts, 'flows'>,
  flow: Flow,
  code: Sealed,
  work: (claimed: ClaimedFlow) => Promise<Result>,
): Promise<Result> => {
  const claimId = newId()
  const now = Date.now()
  if (!(await ports.flows.claim(flow, { id: claimId, until: now + CLAIM_MS, code, dueAt: now + SETTLE_MS }))) {
    throw new Problem('stateRefused')
  }
  const claimed = { ...flow, claimId }
  try {
    return await work(claimed)
  } catch (error) {
    if (!isFinal(error)) await ports.flows.release(claimed, claimId).catch(() => undefined)
    throw asProblem(error)
  }
}

/** After these the flow is over; after anything else the same call may be made again. */
const isFinal = (error: unknown): boolean =>
  error instanceof Problem && (error.code === 'codeRefused' || error.code === 'sharedConnection')

const asProblem = (error: unknown): unknown => {
  if (!(error instanceof UpstreamFailure)) return error
  if (error.failure === 'badAnswer' || error.failure === 'grantDead')
    return new Problem('upstreamAnswer', { cause: error })
  return new Problem('upstreamUnavailable', {
    cause: error,
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  })
}
