import { remainingMs } from '../deadline.ts'
import { grantStatus } from '../grants/grant.ts'
import { newId } from '../ids.ts'
import type { GrantStore, JobStore, ProviderStore, Queue } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'
import type { Job, StatsProgress } from './job.ts'

export interface StatisticsPorts {
  readonly providers: ProviderStore
  readonly grants: GrantStore
  readonly jobs: JobStore
  readonly queue: Queue
}

/** So many providers are counted one by one, or the job would outgrow its row. */
const MOST_PROVIDERS = 1000
/** One page of the walk: as many grants as one batch read takes. */
const PAGE = 100
/** With less than this left the walk is handed on. */
const HANDOVER_MS = 20_000

/**
 * Counts the organization's providers and grants, by a walk over the providers' own partitions. Every page is saved, so
 * that a walk that is broken off, or longer than one run, goes on where it was; only one run at a time moves it.
 */
export const countStatistics = async (ports: StatisticsPorts, job: Job): Promise<void> => {
  const walk = newId()
  let progress: StatsProgress = job.progress ?? { walk, pages: 0, counts: {} }
  for (;;) {
    const provider = await currentProvider(ports, job, progress)
    if (!provider) {
      await ports.jobs.complete(job, detailsOf(progress.counts))
      return
    }
    const counts = { ...progress.counts }
    // The place is one of its own provider, which may be deleted by now.
    const after = provider.id === progress.providerId ? progress.after : undefined
    if (after === undefined) add(counts, 'providers')
    const page = await ports.grants.listOfProvider(job.orgId, provider.id, { limit: PAGE, after })
    const grants = await ports.grants.getMany(
      job.orgId,
      page.items.map((member) => member.grantId),
    )
    for (const grant of grants) {
      add(counts, 'authorizations')
      add(counts, `authorizations_${grantStatus(grant, provider)}`)
      if ((counts.providers ?? 0) <= MOST_PROVIDERS) add(counts, `authorizations_of_provider_${provider.id}`)
      add(counts, 'refreshes', grant.refreshCount)
      add(counts, 'refresh_failures', grant.refreshFailureCount)
    }
    const next: StatsProgress = {
      walk,
      pages: progress.pages + 1,
      providerId: provider.id,
      ...(page.next === undefined ? { finished: true } : { after: page.next }),
      counts,
    }
    // Somebody else is walking: leave it to them.
    if (!(await ports.jobs.saveProgress(job, progress, next))) return
    progress = next
    if (remainingMs() < HANDOVER_MS) {
      await ports.queue.send('jobs', [{ orgId: job.orgId, jobId: job.id }])
      return
    }
  }
}

/** The provider that the walk stands at: the one of the last page while it has more, else the next. */
const currentProvider = async (
  ports: StatisticsPorts,
  job: Job,
  progress: StatsProgress,
): Promise<Provider | undefined> => {
  if (progress.providerId !== undefined && !progress.finished) {
    const same = await ports.providers.get(job.orgId, progress.providerId)
    if (same) return same
  }
  const page = await ports.providers.list(job.orgId, { limit: 1, after: progress.providerId })
  return page.items[0]
}

const add = (counts: Record<string, number>, name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by
}

/** Always there, also when nothing was counted. */
const totals = [
  'providers',
  'authorizations',
  'authorizations_active',
  'authorizations_expired',
  'authorizations_invalidOAuthClient',
  'authorizations_invalidProviderState',
  'refreshes',
  'refresh_failures',
]

const detailsOf = (counts: Readonly<Record<string, number>>): Job['details'] => {
  const names = [...totals, ...Object.keys(counts).filter((name) => !totals.includes(name))]
  return names.map((name) => ({ name, value: String(counts[name] ?? 0) }))
}
