import { type RevokePorts, revokeGrant } from '../grants/revoke.ts'
import { type Chunk, isFinished, type Job } from '../jobs/job.ts'
import type { ChunkMessage, RevocationOutcome } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'
import { type AdvancePorts, advance } from './advance.ts'

export type ChunkPorts = AdvancePorts & RevokePorts

/** So many grants of a chunk go at a time: 25 with two tries of 8 s each are through in 80 s, whatever the provider does. */
const AT_A_TIME = 5
/** How often a grant that a refresh changes under our hands is revoked anew. */
const TRIES = 5

/**
 * Deletes the grants of one chunk and, if it was the last, takes the job on. Safe to run again at any point: what is gone
 * is skipped, and was counted by whoever removed it. Throws when something is left to do.
 */
export const deleteChunk = async (ports: ChunkPorts, message: ChunkMessage): Promise<void> => {
  const job = await ports.jobs.get(message.orgId, message.jobId)
  if (job?.providerId === undefined) return
  const chunk = await ports.jobs.getChunk(job, message.chunkId)
  if (chunk) {
    // What a second run has cut out of the partition just before the end must end as well.
    if (!isFinished(job)) await deleteGrants(ports, job, chunk)
    await ports.jobs.finishChunk(job, chunk)
  }
  if (!isFinished(job)) await advance(ports, job)
}

const deleteGrants = async (ports: ChunkPorts, job: Job, chunk: Chunk): Promise<void> => {
  const provider = await ports.providers.get(job.orgId, job.providerId ?? '')
  if (!provider) return
  await ports.jobs.beginChunk(job, chunk)
  const left = [...chunk.grantIds]
  const worker = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await deleteGrant(ports, provider, chunk, id)
  }
  const outcomes = await Promise.allSettled(Array.from({ length: AT_A_TIME }, worker))
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}

const deleteGrant = async (ports: ChunkPorts, provider: Provider, chunk: Chunk, id: string): Promise<void> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const grant = await ports.grants.get(provider.orgId, id)
    if (!grant) return
    const outcome: RevocationOutcome = await revokeGrant(ports, grant, provider, true)
    ports.audit.record({
      action: 'grant.removed',
      orgId: grant.orgId,
      userId: grant.userId,
      providerId: provider.id,
      grantId: id,
      jobId: chunk.jobId,
    })
    if ((await ports.grants.remove(grant, provider, { chunk, outcome })) !== 'changed') return
  }
  throw new Error(`Grant ${id} kept changing while it was to be deleted`)
}
