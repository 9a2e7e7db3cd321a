import { newId } from '../ids.ts'
import type { Claimed, Sealed } from '../ports.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import { upstreamProblem } from '../upstream-problem.ts'
import { type Flow, isDeviceFlow } from './flow.ts'
import type { KeepPorts } from './keep-grant.ts'
import { isEnding } from './refusing.ts'

/** As long as a request may last: then whoever had the claim is no longer exchanging. */
const CLAIM_MS = 30_000
/** When the sweeper takes up a code that was sent and never accounted for; tokens that were noted wait for the flow's end. */
const SETTLE_MS = 60_000

/**
 * Works on a flow that nobody else works on, as it stands then: what others noted since it was read is in it. Its code is
 * on record from before it is sent. What fails for now gives the flow back, so that the same call may be made again.
 * Undefined when somebody else has the claim.
 * Throws what `work` throws, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const withClaim = async <Kind extends Flow, Result>(
  ports: Pick<KeepPorts, 'flows'>,
  flow: Kind,
  code: Sealed,
  work: (claimed: Claimed<Kind>) => Promise<Result>,
): Promise<Result | undefined> => {
  const now = Date.now()
  const id = newId()
  const claim = ports.flows.claim(flow, {
    id,
    until: now + CLAIM_MS,
    code,
    dueAt: now + SETTLE_MS,
    ...(isDeviceFlow(flow) && { nextPollAt: now + flow.intervalSeconds * 1000 }),
  })
  const claimed = await claim.catch(async (error: unknown) => {
    // It may have been written nevertheless, and nobody would know whose it is.
    await ports.flows.release(flow, id).catch(() => undefined)
    throw error
  })
  if (!claimed) return undefined
  try {
    return await work(claimed)
  } catch (error) {
    if (!isSettled(error)) await ports.flows.release(claimed, claimed.claimId).catch(() => undefined)
    throw upstreamProblem(error)
  }
}

/** After these the flow is over, or has been put back; after anything else the same call may be made again. */
const settled: readonly ProblemCode[] = ['sharedConnection', 'accountMismatch', 'authorizationPending', 'slowDown']

const isSettled = (error: unknown): boolean =>
  isEnding(error) || (error instanceof Problem && settled.includes(error.code))
