import { newId } from '../ids.ts'
import type { Audit, JobStore, Queue } from '../ports.ts'

/** Whose secrets are sealed anew, and who wants it: an admin, or nobody when it is time. */
interface Wish {
  readonly orgId: string
  readonly userId?: string | undefined
  /** Whether new data keys are made first. Without, a job goes on with what an earlier one has left. */
  readonly newKeys: boolean
}

/** Starts a job that seals anew all that an organization keeps; answers its id. */
export const startResealing = async (
  { jobs, queue, audit }: { jobs: JobStore; queue: Queue; audit: Audit },
  { orgId, userId, newKeys }: Wish,
): Promise<string> => {
  const id = newId()
  audit.record({ action: 'resealing.started', orgId, userId, jobId: id, reason: newKeys ? 'newKeys' : 'goOn' })
  await jobs.create({
    orgId,
    id,
    type: 'RESEAL',
    name: 'Seal anew',
    status: 'PENDING',
    newKeys,
    details: [],
    mark: '',
    createdAt: Date.now(),
  })
  // Best effort: the sweeper sends the message of a job that does not move.
  await queue.send('jobs', [{ orgId, jobId: id }]).catch(() => undefined)
  return id
}
