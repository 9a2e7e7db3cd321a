import { type SealedKind, sealedKinds } from '../../contract/grant.ts'
import type { Job } from '../jobs/job.ts'
import type { DataKey, KeyRing } from '../ports.ts'
import type { ResealProgress } from './progress.ts'

/**
 * For so long after a key was made something may still be sealed under the one before: a minute until every execution
 * environment has heard of it, the time of one save, and clocks that differ.
 */
const SETTLE_MS = 120_000

type Targets = Pick<ResealProgress, 'targets' | 'settledAt'>

/**
 * The data keys under which everything is to be sealed: the newest ones, or for a job with `newKeys` those after them,
 * which are then to be made. A key that was made since somebody wanted the job is new enough, so that several jobs at once
 * make one. A kind that was never sealed has none.
 */
export const findTargets = async (
  keyRing: KeyRing,
  { orgId, newKeys = false, createdAt: wantedAt }: Pick<Job, 'orgId' | 'newKeys' | 'createdAt'>,
): Promise<Targets> => {
  const newest = new Map<SealedKind, DataKey>()
  for (const kind of sealedKinds) {
    const key = await keyRing.newest(orgId, kind)
    if (key) newest.set(kind, key)
  }
  const keys = [...newest]
  const isOld = ({ createdAt }: DataKey): boolean => newKeys && createdAt < wantedAt
  return {
    targets: Object.fromEntries(keys.map(([kind, key]) => [kind, isOld(key) ? key.number + 1 : key.number])),
    ...(!newKeys && { settledAt: Math.max(0, ...keys.map(([, { createdAt }]) => createdAt)) + SETTLE_MS }),
  }
}

/** Makes the keys that are not there yet; answers when nothing is sealed under older ones any more. */
export const makeTargets = async (
  keyRing: KeyRing,
  orgId: string,
  targets: ResealProgress['targets'],
): Promise<number> => {
  for (const kind of sealedKinds) {
    const number = targets[kind]
    if (number !== undefined) await keyRing.add(orgId, kind, number)
  }
  return Date.now() + SETTLE_MS
}
