import type { Caller } from '../caller.ts'
import { summarize } from '../deletion/summary.ts'
import type { JobStore, Page } from '../ports.ts'
import { Problem } from '../problem.ts'
import { isFinished, type Job } from './job.ts'

/** A job with its details as they stand now. Throws `jobNotFound`. */
export const getJob = async (jobs: JobStore, caller: Caller, id: string): Promise<Job> => {
  const job = await jobs.get(caller.orgId, id)
  if (!job) throw new Problem('jobNotFound')
  if (job.type === 'STATS' || isFinished(job)) return job
  return { ...job, details: (await summarize(jobs, job)).details }
}

/** The most that is answered without a page size. */
const MOST = 1000

/** The organization's jobs, newest first, with the details that were saved last. */
export const listJobs = async (
  jobs: JobStore,
  caller: Caller,
  filter: {
    types?: readonly string[] | undefined
    statuses?: readonly string[] | undefined
    limit?: number | undefined
    after?: string | undefined
  },
): Promise<Page<Job>> => {
  const wanted = filter.limit ?? MOST
  const items: Job[] = []
  let after = filter.after
  do {
    const page = await jobs.list(caller.orgId, { limit: wanted - items.length, after, descending: true })
    items.push(
      ...page.items.filter(
        (job) =>
          (!filter.types?.length || filter.types.includes(job.type)) &&
          (!filter.statuses?.length || filter.statuses.includes(job.status)),
      ),
    )
    after = page.next
  } while (after !== undefined && items.length < wanted)
  return { items, ...(after !== undefined && { next: after }) }
}
