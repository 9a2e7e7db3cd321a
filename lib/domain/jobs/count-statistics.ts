import { remainingMs } from '../deadline.ts'
import { grantStatus } from '../grants/grant.ts'
import { newId } from '../ids.ts'
import type { GrantStore, JobStore, ProviderStore, Queue } from '../ports.ts'
import { HANDOVER_MS, type Job, type StatsProgress } from './job.ts'
import { walkGrants } from './walk-grants.ts'

export interface StatisticsPorts {
  readonly providers: ProviderStore
  readonly grants: GrantStore
  readonly jobs: JobStore
  readonly queue: Queue
}

/** So many providers are counted one by one, or the job would outgrow its row. */
const MOST_PROVIDERS = 1000

/**
 * Counts the organization's providers and grants, by a walk over the providers' own partitions. Every page is saved, so
 * that a walk that is broken off, or longer than one run, goes on where it was; only one run at a time moves it.
 */
export const countStatistics = async (ports: StatisticsPorts, job: Job): Promise<void> => {
  const walk = newId()
  // A job of this type has no other progress.
  let progress = (job.progress as StatsProgress | undefined) ?? { walk, pages: 0, counts: {} }
  for (;;) {
    const stop = await walkGrants(ports, job.orgId, progress)
    if (!stop) {
      await ports.jobs.complete(job, detailsOf(progress.counts))
      return
    }
    const { provider, isFirst, grants, place } = stop
    const counts = { ...progress.counts }
    if (isFirst) add(counts, 'providers')
    for (const grant of grants) {
      add(counts, 'authorizations')
      add(counts, `authorizations_${grantStatus(grant, provider)}`)
      if ((counts.providers ?? 0) <= MOST_PROVIDERS) add(counts, `authorizations_of_provider_${provider.id}`)
      add(counts, 'refreshes', grant.refreshCount)
      add(counts, 'refresh_failures', grant.refreshFailureCount)
    }
    const next: StatsProgress = { walk, pages: progress.pages + 1, ...place, counts }
    // Somebody else is walking: leave it to them.
    if (!(await ports.jobs.saveProgress(job, progress, next))) return
    progress = next
    if (remainingMs() < HANDOVER_MS) {
      await ports.queue.send('jobs', [{ orgId: job.orgId, jobId: job.id }])
      return
    }
  }
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
