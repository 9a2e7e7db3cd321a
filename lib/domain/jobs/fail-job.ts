import type { Audit, JobMessage, JobStore } from '../ports.ts'
import { asItStands } from './get-job.ts'
import { isFinished, type Job } from './job.ts'

/**
 * Ends a job that cannot go on; what was done until then stays in its details. Its open chunks are ended before it, so
 * that none is left that nobody looks after; should that break off, the job goes on with new ones.
 */
export const failJob = async (
  { jobs, audit }: { readonly jobs: JobStore; readonly audit: Audit },
  { orgId, jobId }: JobMessage,
  error: string,
): Promise<void> => {
  const job = await jobs.get(orgId, jobId)
  if (!job || isFinished(job)) return
  await finishChunks(jobs, job)
  const { details } = await asItStands(jobs, job)
  audit.record({ action: 'job.failed', orgId, providerId: job.providerId, jobId })
  await jobs.fail(job, [...details, { name: 'error', value: error }])
}

/** So many at a time: who gives up may have little time left. */
const AT_A_TIME = 25

const finishChunks = async (jobs: JobStore, job: Job): Promise<void> => {
  let after: string | undefined
  do {
    const page = await jobs.openChunks(job, { limit: AT_A_TIME, after })
    await Promise.all(page.items.map((chunk) => jobs.finishChunk(job, chunk)))
    after = page.next
  } while (after !== undefined)
}
