import type { Caller } from '../caller.ts'
import type { Audit, JobStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import { getJob } from './get-job.ts'
import { isFinished, type Job } from './job.ts'

/**
 * Stops a job that walks, after the page that it is at; what is done stays done. One that is finished is answered as it is.
 * Throws `jobNotFound`, and `deletionGoesOn` for a deletion: what it has begun cannot be taken back.
 */
export const stopJob = async (
  { jobs, audit }: { jobs: JobStore; audit: Audit },
  caller: Caller,
  id: string,
): Promise<Job> => {
  const job = await getJob(jobs, caller, id)
  if (isFinished(job)) return job
  if (job.type === 'DELETE_PROVIDER') throw new Problem('deletionGoesOn')
  audit.record({ action: 'job.stopped', orgId: caller.orgId, userId: caller.userId, jobId: id })
  await jobs.fail(job, [...job.details, { name: 'error', value: 'Stopped by an admin' }])
  return getJob(jobs, caller, id)
}
