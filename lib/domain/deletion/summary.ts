import type { Chunk, Job } from '../jobs/job.ts'
import type { JobStore, Page, PageRequest } from '../ports.ts'

/** The most authorization ids that a job's details hold. */
const MOST_IDS = 1000

/**
 * What a deletion has come to, summed from its chunks, open and done. `mark` changes whenever something was done.
 */
export const summarize = async (jobs: JobStore, job: Job): Promise<{ details: Job['details']; mark: string }> => {
  const chunks = await allChunks(jobs, job)
  const ids = new Set<string>()
  const sum = { deleted: 0, revoked: 0, revocationFailed: 0, revocationUnsupported: 0, spared: 0 }
  for (const chunk of chunks) {
    for (const id of chunk.grantIds) ids.add(id)
    for (const count of Object.keys(sum) as (keyof typeof sum)[]) sum[count] += chunk[count] ?? 0
  }
  const details = [
    { name: 'provider_id', value: job.providerId ?? '' },
    { name: 'authorization_ids', value: JSON.stringify([...ids].slice(0, MOST_IDS)) },
    { name: 'authorization_count', value: String(ids.size) },
    { name: 'deleted_count', value: String(sum.deleted) },
    { name: 'revoked_count', value: String(sum.revoked) },
    { name: 'revocation_failed_count', value: String(sum.revocationFailed) },
    { name: 'revocation_unsupported_count', value: String(sum.revocationUnsupported) },
    { name: 'spared_count', value: String(sum.spared) },
  ]
  return { details, mark: `${chunks.length}:${sum.deleted}` }
}

/**
 * The open ones first: a chunk that is finished meanwhile is then met twice and counts as it ended, where the other way
 * round it would be missed.
 */
const allChunks = async (jobs: JobStore, job: Job): Promise<Chunk[]> => {
  const chunks = new Map<string, Chunk>()
  const lists = [
    (page: PageRequest): Promise<Page<Chunk>> => jobs.openChunks(job, page),
    (page: PageRequest): Promise<Page<Chunk>> => jobs.doneChunks(job, page),
  ]
  for (const list of lists) {
    let after: string | undefined
    do {
      const page = await list({ limit: 200, after })
      for (const chunk of page.items) chunks.set(chunk.id, chunk)
      after = page.next
    } while (after !== undefined)
  }
  return [...chunks.values()]
}
