import type { SealedKind } from '../../contract/grant.ts'
import { isFinished } from '../jobs/job.ts'
import type { Audit, JobStore, KeyRing, Queue } from '../ports.ts'
import { startResealing } from './start-resealing.ts'

export interface DataKeyPorts {
  readonly keyRing: KeyRing
  readonly jobs: JobStore
  readonly queue: Queue
  readonly audit: Audit
  /** How old the newest data key of an organization may get; 0 for any age. */
  readonly rotationDays: number
}

/** So often each data key is looked at. */
const EVERY_MS = 6 * 3600_000
const DAY_MS = 24 * 3600_000

/**
 * Looks after one data key: wraps it anew where a former KMS key has wrapped it, and where it is the newest and has come of
 * age, starts the job that makes its successors and seals anew.
 */
export const lookAfterDataKey = async (
  { keyRing, rotationDays, ...ports }: DataKeyPorts,
  { orgId, kind, number }: { readonly orgId: string; readonly kind: SealedKind; readonly number: number },
): Promise<void> => {
  // First of all: one that fails must not stand before all others on every sweep.
  if (!(await keyRing.postpone(orgId, kind, number, Date.now() + EVERY_MS))) return
  if (await keyRing.rewrap(orgId, kind, number)) {
    ports.audit.record({ action: 'dataKey.rewrapped', orgId, reason: `${kind} ${number}` })
  }
  const newest = await keyRing.newest(orgId, kind)
  if (newest?.number !== number || rotationDays === 0) return
  if (Date.now() - newest.createdAt < rotationDays * DAY_MS || (await isUnderWay(ports.jobs, orgId))) return
  await startResealing(ports, { orgId, newKeys: true })
}

/** So many jobs are looked at, newest first. */
const JOBS = 25

/** Whether a job will renew the key anyway: an organization's kinds mostly come of age together. */
const isUnderWay = async (jobs: JobStore, orgId: string): Promise<boolean> => {
  const { items } = await jobs.list(orgId, { limit: JOBS, descending: true })
  return items.some((job) => job.type === 'RESEAL' && job.newKeys === true && !isFinished(job))
}
