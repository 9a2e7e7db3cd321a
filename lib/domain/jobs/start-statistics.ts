import type { Caller } from '../caller.ts'
import { newId } from '../ids.ts'
import type { JobStore, Queue } from '../ports.ts'

/** Starts a statistics job; answers its id. */
export const startStatistics = async (
  { jobs, queue }: { jobs: JobStore; queue: Queue },
  caller: Caller,
): Promise<string> => {
  const id = newId()
  await jobs.create({
    orgId: caller.orgId,
    id,
    type: 'STATS',
    name: 'Statistics',
    status: 'PENDING',
    details: [],
    mark: '',
    createdAt: Date.now(),
  })
  // Best effort: the sweeper sends the message of a job that does not move.
  await queue.send('jobs', [{ orgId: caller.orgId, jobId: id }]).catch(() => undefined)
  return id
}
