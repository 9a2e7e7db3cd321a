import type { Chunk, Job } from '../jobs/job.ts'
import type { JobStore, Page, PageRequest } from '../ports.ts'

/** The most authorization ids that a job's details hold. */
const MOST_IDS = 1000

/** What a deletion has come to. */
export interface Summary {
  readonly details: Job['details']
  /** Changes whenever a grant was deleted or a chunk cut. */
  readonly mark: string
  /** When something was last done. */
  readonly movedAt: number | undefined
  readonly open: readonly Chunk[]
}

/** What a deletion has come to, summed from its chunks, open and done. */
export const summarize = async (jobs: JobStore, job: Job): Promise<Summary> => {
  const { chunks, open } = await allChunks(jobs, job)
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
  const times = [job, ...chunks].flatMap(({ movedAt }) => movedAt ?? [])
  return { details, mark: `${chunks.length}:${sum.deleted}`, movedAt: latest(times), open }
}

/**
 * The open ones first: a chunk that is finished meanwhile is then met twice and counts as it ended, where the other way
 * round it would be missed.
 */
const allChunks = async (jobs: JobStore, job: Job): Promise<{ chunks: Chunk[]; open: Chunk[] }> => {
  const open = await listChunks((page) => jobs.openChunks(job, page))
  const done = await listChunks((page) => jobs.doneChunks(job, page))
  return { chunks: [...new Map([...open, ...done].map((chunk) => [chunk.id, chunk])).values()], open }
}

/** All chunks of a list that comes in pages. */
export const listChunks = async (list: (page: PageRequest) => Promise<Page<Chunk>>): Promise<Chunk[]> => {
  const chunks: Chunk[] = []
  let after: string | undefined
  do {
    const page = await list({ limit: 200, after })
    chunks.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return chunks
}

const latest = (times: readonly number[]): number | undefined =>
  times.reduce<number | undefined>((last, at) => Math.max(last ?? at, at), undefined)
