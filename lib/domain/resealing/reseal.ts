import { remainingMs } from '../deadline.ts'
import { newId } from '../ids.ts'
import { inParallel } from '../in-parallel.ts'
import { HANDOVER_MS, type Job } from '../jobs/job.ts'
import { walkGrants } from '../jobs/walk-grants.ts'
import type { Audit, JobStore, KeyRing, Queue } from '../ports.ts'
import { findTargets, makeTargets } from './find-targets.ts'
import { type ResealCounts, type ResealPlace, type ResealProgress, resealDetails } from './progress.ts'
import { type Outcome, type RecordPorts, resealCredential, resealGrant, resealSecret } from './reseal-records.ts'

export type ResealPorts = RecordPorts & {
  readonly jobs: JobStore
  readonly queue: Queue
  readonly keyRing: KeyRing
  readonly audit: Audit
}

/** So many records are sealed at a time, and so many credentials are one page. */
const AT_A_TIME = 10
const PAGE = 100

/**
 * Seals anew what an organization keeps, under the newest data keys or under new ones, page by page. Every page is saved,
 * so that a run that is broken off, stopped, or longer than its time goes on where it was, and what is done is not done
 * again. Where new keys were made, a second round follows when nobody seals under the old ones any more: after it nothing
 * is left under them.
 */
export const reseal = async (ports: ResealPorts, job: Job): Promise<void> => {
  const walk = newId()
  // A job of this type has no other progress.
  let progress = job.progress as ResealProgress | undefined
  for (;;) {
    if (progress && isLast(progress)) {
      await ports.jobs.complete(job, resealDetails(progress))
      return
    }
    const waitMs = progress ? waitOf(progress) : 0
    if (waitMs > 0) return handOn(ports, job, Math.ceil(waitMs / 1000))
    const next: ResealProgress = { ...(await step(ports, job, progress)), walk, pages: (progress?.pages ?? 0) + 1 }
    // Somebody else is walking, or the job was stopped: leave it to them.
    if (!(await ports.jobs.saveProgress(job, progress ?? { walk, pages: 0 }, next))) return
    progress = next
    if (remainingMs() < HANDOVER_MS) return handOn(ports, job)
  }
}

const isSettled = ({ settledAt, roundAt }: ResealProgress): boolean =>
  settledAt !== undefined && roundAt !== undefined && roundAt >= settledAt

const isLast = (progress: ResealProgress): boolean => progress.place.at === 'end' && isSettled(progress)

/** How long a further round must wait, in milliseconds. */
const waitOf = ({ place, settledAt = 0 }: ResealProgress): number => (place.at === 'end' ? settledAt - Date.now() : 0)

const handOn = ({ queue }: ResealPorts, { orgId, id }: Job, delaySeconds = 0): Promise<void> =>
  queue.send('jobs', [{ orgId, jobId: id }], delaySeconds)

type Step = Omit<ResealProgress, 'walk' | 'pages'>

/** What there is to do next, done. */
const step = async (ports: ResealPorts, job: Job, progress: ResealProgress | undefined): Promise<Step> => {
  const { keyRing, audit } = ports
  const { orgId, id: jobId } = job
  // The numbers are on record before the keys are made, so that a run that is broken off makes the same ones.
  if (!progress) return { ...(await findTargets(keyRing, job)), place: start, counts: nothing }
  if (progress.settledAt === undefined) {
    audit.record({ action: 'dataKeys.made', orgId, jobId })
    return { ...progress, settledAt: await makeTargets(keyRing, orgId, progress.targets) }
  }
  if (progress.roundAt === undefined || progress.place.at === 'end') {
    const { resealed } = progress.counts
    return { ...progress, roundAt: Date.now(), place: start, counts: { ...nothing, resealed } }
  }
  const { outcomes, place } =
    progress.place.at === 'grants'
      ? await grantsPage(ports, job, progress, progress.place)
      : await credentialsPage(ports, job, progress, progress.place)
  return { ...progress, place, counts: add(progress.counts, outcomes) }
}

const start: ResealPlace = { at: 'grants', grants: {} }
const nothing: ResealCounts = { seen: 0, unreadable: 0, resealed: 0 }

const add = ({ seen, unreadable, resealed }: ResealCounts, outcomes: readonly Outcome[]): ResealCounts => ({
  seen: seen + outcomes.length,
  unreadable: unreadable + outcomes.filter((outcome) => outcome === 'unreadable').length,
  resealed: resealed + outcomes.filter((outcome) => outcome === 'resealed').length,
})

interface Page {
  readonly outcomes: readonly Outcome[]
  readonly place: ResealPlace
}
type At<Where extends ResealPlace['at']> = Extract<ResealPlace, { readonly at: Where }>

const grantsPage = async (
  ports: ResealPorts,
  { orgId }: Job,
  { targets }: ResealProgress,
  { grants: from }: At<'grants'>,
): Promise<Page> => {
  const stop = await walkGrants(ports, orgId, from)
  if (!stop) return { outcomes: [], place: { at: 'credentials' } }
  const secrets = stop.isFirst ? [await resealSecret(ports, stop.provider, targets)] : []
  const grants = await inParallel(AT_A_TIME, stop.grants, (grant) => resealGrant(ports, grant, targets))
  return { outcomes: [...secrets, ...grants], place: { at: 'grants', grants: stop.place } }
}

const credentialsPage = async (
  ports: ResealPorts,
  { orgId }: Job,
  { targets }: ResealProgress,
  { after }: At<'credentials'>,
): Promise<Page> => {
  const { items, next } = await ports.credentials.list(orgId, { limit: PAGE, after })
  const outcomes = await inParallel(AT_A_TIME, items, (credential) => resealCredential(ports, credential, targets))
  return { outcomes, place: next === undefined ? { at: 'end' } : { at: 'credentials', after: next } }
}
