import type { Audit, AuditRecord } from '../ports.ts'
import { Problem, type ProblemCode } from '../problem.ts'

/** The problems by which a flow is refused. Any other says nothing of it, or lets the same call be made again. */
export const flowRefusals: readonly ProblemCode[] = [
  'stateRefused',
  'issuerRefused',
  'consentDenied',
  'otherBrowser',
  'handleRefused',
  'providerNotActive',
  'codeRefused',
  'refreshTokenRefused',
  'sharedConnection',
  'accountMismatch',
  'upstreamAnswer',
  'tokenRefused',
  'deviceNotFound',
  'deviceUnsupported',
  'accessDenied',
  'expiredToken',
]

/** Whose flow it is, as far as that is known by now. */
export type Whose = Pick<AuditRecord, 'orgId' | 'userId' | 'actorId'> & { providerId?: string | undefined }

const ends = new WeakMap<Problem, () => Promise<unknown>>()

/** The problem, by which the flow ends: `end` sees to that once it is on record. */
export const ending = (problem: Problem, end: () => Promise<unknown>): Problem => {
  ends.set(problem, end)
  return problem
}

/** Whether the flow ends by it. */
export const isEnding = (error: unknown): boolean => error instanceof Problem && ends.has(error)

/**
 * Does work of a flow, and puts it on record when the flow is refused by it: the one place where that is done, so that no
 * refusal is forgotten. Throws what `work` throws, and `notRecorded`, and then the flow is not over.
 */
export const refusing = async <Result>(
  { audit }: { readonly audit: Audit },
  whose: Whose,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Problem) || !flowRefusals.includes(error.code)) throw error
    const { orgId, userId, actorId, providerId } = whose
    audit.record({ action: 'connect.refused', orgId, userId, actorId, providerId, reason: error.reason })
    // What is known is answered, whatever becomes of the row: it is over at its time in any case.
    await ends
      .get(error)?.()
      .catch(() => undefined)
    throw error
  }
}
