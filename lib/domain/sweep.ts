import { DUE_SHARDS } from '../contract/grant.ts'
import type { KeepPorts } from './connect/keep-grant.ts'
import { settle } from './connect/settle.ts'
import { expireCredential } from './credentials/expire.ts'
import { silentChunks } from './deletion/silent-chunks.ts'
import { summarize } from './deletion/summary.ts'
import { expireGrant } from './grants/expire.ts'
import { failJob } from './jobs/fail-job.ts'
import { isFinished, type Job } from './jobs/job.ts'
import type { CredentialStore, Due } from './ports.ts'
import { type DataKeyPorts, lookAfterDataKey } from './resealing/look-after-data-key.ts'

export type SweepPorts = DataKeyPorts & KeepPorts & { readonly credentials: CredentialStore }

/** What waits for nobody goes first: a few flows or grants of a provider that hangs take all the time there is. */
const order: readonly Due['type'][] = ['job', 'dataKey', 'credential', 'grant', 'flow']

/** A job is looked at on every sweep, so that a crash is taken up long before its message comes back by itself. */
const LOOK_MS = 45_000
/** A job that has not got on for so long is told of, and one that has not for so much longer has failed. */
const STUCK_MS = 15 * 60_000
const PATIENCE_MS = 60 * 60_000

/**
 * Looks after everything whose time has come: sends the messages of jobs that do not move, ends what has an end, renews
 * data keys, and cleans up after flows that broke off. One thing that fails does not keep the others; all that failed is tried again on the next sweep.
 * Answers how many things were looked at, how many failed, and how many jobs have not got on for long.
 */
export const sweep = async (ports: SweepPorts): Promise<{ due: number; failed: number; stuck: number }> => {
  const due: Due[] = []
  let failed = 0
  let stuck = 0
  const fail = (): false => {
    failed += 1
    return false
  }
  for (let shard = 0; shard < DUE_SHARDS; shard++) {
    await ports.jobs.due(shard, Date.now()).then((items) => due.push(...items), fail)
  }
  due.sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))
  for (const item of due) {
    if (await lookAfter(ports, item).catch(fail)) stuck += 1
  }
  return { due: due.length, failed, stuck }
}

/** Answers whether it is a job that does not move. */
const lookAfter = async (ports: SweepPorts, item: Due): Promise<boolean> => {
  if (item.type === 'job') return lookAfterJob(ports, item)
  if (item.type === 'flow') await settle(ports, item.key)
  if (item.type === 'grant') await expireGrant(ports, item.orgId, item.id)
  if (item.type === 'dataKey') await lookAfterDataKey(ports, item)
  if (item.type === 'credential') await expireCredential(ports, item.orgId, item.id)
  return false
}

const lookAfterJob = async (ports: SweepPorts, { orgId, id }: { orgId: string; id: string }): Promise<boolean> => {
  // The index may be behind; the job itself is not.
  const job = await ports.jobs.get(orgId, id)
  return job !== undefined && !isFinished(job) && revive(ports, job)
}

const revive = async (ports: SweepPorts, job: Job): Promise<boolean> => {
  const now = Date.now()
  const { mark, isLeft } = await progressOf(ports, job)
  const stillSince = mark === job.mark ? (job.stillSince ?? now) : now
  const message = { orgId: job.orgId, jobId: job.id }
  // First of all, since only the job itself knows whether it is due.
  if (!(await ports.jobs.postpone(job, now + LOOK_MS, { mark, stillSince }))) return false
  if (stillSince <= now - PATIENCE_MS) await failJob(ports, message, 'No progress within an hour')
  else if (isLeft) await ports.queue.send('jobs', [message])
  return stillSince <= now - STUCK_MS
}

/** What the job has come to, as a mark that changes whenever it gets on, and whether nobody is at work on it. */
const progressOf = async (ports: SweepPorts, job: Job): Promise<{ mark: string; isLeft: boolean }> => {
  if (job.type !== 'DELETE_PROVIDER') {
    // Of a walk the pages: the table may answer the names of a map in another order each time.
    const mark = `${job.status}:${job.progress?.pages ?? 0}`
    return { mark, isLeft: mark === job.mark || job.status === 'PENDING' }
  }
  const { mark, open } = await summarize(ports.jobs, job)
  return { mark: `${job.status}:${mark}`, isLeft: open.length === 0 || silentChunks(open).length > 0 }
}
