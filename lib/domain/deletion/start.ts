import type { Caller } from '../caller.ts'
import { requireAdmin } from '../caller.ts'
import { newId } from '../ids.ts'
import type { Job } from '../jobs/job.ts'
import type { Audit, GrantStore, JobStore, ProviderStore, Queue } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Provider } from '../providers/provider.ts'

export interface DeletionPorts {
  readonly providers: ProviderStore
  readonly jobs: JobStore
  readonly queue: Queue
  readonly audit: Audit
}

/** How often a provider that changes under our hands is read again. */
const TRIES = 4

/**
 * Starts to delete a provider, and answers the id of the job that does it. While it runs, the same job is answered; after
 * a failed one a new job takes up what is left. Throws `providerNotFound`, `adminOnly`, `tryAgain`.
 */
export const startDeletion = async (ports: DeletionPorts, caller: Caller, id: string): Promise<string> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const provider = await findAsAdmin(ports.providers, caller, id)
    if (provider.state === 'deleting' && provider.jobId !== undefined) return provider.jobId

    const job = deletionJob(provider)
    ports.audit.record({ action: 'provider.deleting', ...caller, providerId: id, jobId: job.id })
    if (await ports.jobs.startDeletion(provider, job)) {
      // Best effort: the job is on record, and the sweeper sends the message of a job that does not move.
      await ports.queue.send('jobs', [{ orgId: job.orgId, jobId: job.id }]).catch(() => undefined)
      return job.id
    }
  }
  throw new Problem('tryAgain')
}

const findAsAdmin = async (providers: ProviderStore, caller: Caller, id: string): Promise<Provider> => {
  const provider = await providers.get(caller.orgId, id)
  if (!provider) throw new Problem('providerNotFound')
  requireAdmin(caller)
  return provider
}

const deletionJob = (provider: Provider): Job => ({
  orgId: provider.orgId,
  id: newId(),
  type: 'DELETE_PROVIDER',
  name: `Delete provider ${provider.name}`,
  status: 'PENDING',
  providerId: provider.id,
  details: [{ name: 'provider_id', value: provider.id }],
  mark: '',
  createdAt: Date.now(),
})

/** What a deletion would take with it. Throws `providerNotFound`, `adminOnly`. */
export const previewDeletion = async (
  { providers, grants }: { providers: ProviderStore; grants: Pick<GrantStore, 'listOfProvider'> },
  caller: Caller,
  id: string,
): Promise<{ providerId: string; name: string; authorizationCount: number; userCount: number }> => {
  const provider = await findAsAdmin(providers, caller, id)
  const users = new Set<string>()
  let authorizationCount = 0
  let after: string | undefined
  do {
    const page = await grants.listOfProvider(caller.orgId, id, { limit: 1000, after })
    for (const member of page.items) users.add(member.userId)
    authorizationCount += page.items.length
    after = page.next
  } while (after !== undefined)
  return { providerId: id, name: provider.name, authorizationCount, userCount: users.size }
}
