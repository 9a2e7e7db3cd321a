import { newId } from '../ids.ts'
import { CHUNK_SIZE, type Chunk, type Job } from '../jobs/job.ts'
import type { Audit, GrantStore, JobStore, ProviderStore, Queue } from '../ports.ts'
import { silentChunks } from './silent-chunks.ts'
import { listChunks, summarize } from './summary.ts'

export interface AdvancePorts {
  readonly providers: ProviderStore
  readonly grants: Pick<GrantStore, 'listOfProvider'>
  readonly jobs: JobStore
  readonly queue: Queue
  readonly audit: Audit
}

/**
 * Takes a deletion one step on: chunks for whatever the provider's partition still holds, or, when it holds nothing, the
 * end of provider and job. Runs at the start, after every last chunk and at every revival; running twice does no harm,
 * because a grant is counted where it is deleted, and an end is reached once.
 */
export const advance = async (ports: AdvancePorts, job: Job): Promise<void> => {
  const open = await ports.jobs.openChunks(job, { limit: 1 })
  if (open.items.length > 0) return
  const chunks = await cutChunks(ports, job)
  if (chunks.length > 0) {
    // All chunks stand before the first message goes out, or the first to finish would take itself for the last.
    await ports.jobs.putChunks(job, chunks)
    await sendChunks(ports, chunks)
    return
  }
  const provider = await ports.providers.get(job.orgId, job.providerId ?? '')
  const { details } = await summarize(ports.jobs, job)
  if (!provider || provider.jobId !== job.id) {
    await ports.jobs.complete(job, details)
    return
  }
  ports.audit.record({ action: 'provider.deleted', orgId: job.orgId, providerId: provider.id, jobId: job.id })
  await ports.jobs.completeDeletion(job, provider, details)
}

/** Sends the messages of chunks that a crash or a lost message has left behind. */
export const resendChunks = async (ports: AdvancePorts, job: Job): Promise<void> => {
  const silent = silentChunks(await listChunks((page) => ports.jobs.openChunks(job, page)))
  await sendChunks(ports, silent)
  // Should this fail they are sent once more than needed.
  await ports.jobs.noteSent(job, silent)
}

const sendChunks = ({ queue }: AdvancePorts, chunks: readonly Chunk[]): Promise<void> =>
  queue.send(
    'chunks',
    chunks.map(({ orgId, jobId, id }) => ({ orgId, jobId, chunkId: id })),
  )

const cutChunks = async ({ grants }: AdvancePorts, job: Job): Promise<Chunk[]> => {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await grants.listOfProvider(job.orgId, job.providerId ?? '', { limit: 1000, after })
    ids.push(...page.items.map((member) => member.grantId))
    after = page.next
  } while (after !== undefined)
  const sentAt = Date.now()
  return Array.from({ length: Math.ceil(ids.length / CHUNK_SIZE) }, (_, index) => ({
    orgId: job.orgId,
    jobId: job.id,
    id: newId(),
    grantIds: ids.slice(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE),
    deleted: 0,
    revoked: 0,
    revocationFailed: 0,
    revocationUnsupported: 0,
    spared: 0,
    sentAt,
  }))
}
