import type { Caller } from '../caller.ts'
import { collect, type Wanted } from '../collect.ts'
import { summarize } from '../deletion/summary.ts'
import type { JobStore, Page } from '../ports.ts'
import { Problem } from '../problem.ts'
import { type ResealProgress, resealDetails } from '../resealing/progress.ts'
import { isFinished, type Job } from './job.ts'

/** A job with its details as they stand now. Throws `jobNotFound`. */
export const getJob = async (jobs: JobStore, caller: Caller, id: string): Promise<Job> => {
  const job = await jobs.get(caller.orgId, id)
  if (!job) throw new Problem('jobNotFound')
  return asItStands(jobs, job)
}

/** The job with what it has done by now in its details. */
export const asItStands = async (jobs: JobStore, job: Job): Promise<Job> => {
  if (job.type === 'STATS' || isFinished(job)) return job
  // A job of this type has no other progress.
  if (job.type === 'RESEAL')
    return { ...job, ...(job.progress && { details: resealDetails(job.progress as ResealProgress) }) }
  const { details, movedAt } = await summarize(jobs, job)
  return { ...job, details, ...(movedAt !== undefined && { movedAt }) }
}

export interface JobFilter extends Wanted {
  readonly types?: readonly string[] | undefined
  readonly statuses?: readonly string[] | undefined
}

/** The organization's jobs, newest first, with the details that were saved last. Throws `invalidRequest` (`limit`). */
export const listJobs = (jobs: JobStore, caller: Caller, filter: JobFilter): Promise<Page<Job>> => {
  const matches = (job: Job): boolean =>
    (!filter.types?.length || filter.types.includes(job.type)) &&
    (!filter.statuses?.length || filter.statuses.includes(job.status))
  return collect(
    (page) => jobs.list(caller.orgId, page),
    async (rows) => rows.filter(matches).map((item) => ({ item, place: item.id })),
    { ...filter, descending: true },
  )
}
