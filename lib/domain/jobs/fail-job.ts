import { summarize } from '../deletion/summary.ts'
import type { JobMessage, JobStore } from '../ports.ts'
import { isFinished } from './job.ts'

/** Ends a job that cannot go on; what was done until then stays in its details. */
export const failJob = async (
  { jobs }: { jobs: JobStore },
  { orgId, jobId }: JobMessage,
  error: string,
): Promise<void> => {
  const job = await jobs.get(orgId, jobId)
  if (!job || isFinished(job)) return
  const details = job.type === 'DELETE_PROVIDER' ? (await summarize(jobs, job)).details : job.details
  await jobs.fail(job, [...details, { name: 'error', value: error }])
}
