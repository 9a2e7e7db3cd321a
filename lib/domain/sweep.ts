import { DUE_SHARDS } from '../contract/grant.ts'
import type { KeepPorts } from './connect/keep-grant.ts'
import { settle } from './connect/settle.ts'
import { expireCredential } from './credentials/expire.ts'
import { summarize } from './deletion/summary.ts'
import { expireGrant } from './grants/expire.ts'
import { failJob } from './jobs/fail-job.ts'
import { isFinished, type Job } from './jobs/job.ts'
import type { CredentialStore, Due } from './ports.ts'
import { type DataKeyPorts, lookAfterDataKey } from './resealing/look-after-data-key.ts'

export type SweepPorts = DataKeyPorts & KeepPorts & { readonly credentials: CredentialStore }

/** What waits for nobody goes first: a few flows or grants of a provider that hangs take all the time there is. */
const order: readonly Due['type'][] = ['job', 'dataKey', 'credential', 'grant', 'flow']

/** A job that was just sent gets this long before it is looked at again: longer than any one run of a worker. */
const REVIVE_MS = 15 * 60_000
/** Without progress after so many revivals a job has failed. */
const REVIVALS = 3

/**
 * Looks after everything whose time has come: sends the messages of jobs that do not move, ends what has an end, renews
 * data keys, and cleans up after flows that broke off. One thing that fails does not keep the others; all that failed is tried again on the next sweep.
 * Answers how many things were looked at, how many failed, and how many jobs had not moved since they were last sent.
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
  const mark = await markOf(ports, job)
  const revivals = mark === job.mark ? job.revivals + 1 : 1
  const message = { orgId: job.orgId, jobId: job.id }
  // First of all, since only the job itself knows whether it is due.
  if (!(await ports.jobs.postpone(job, Date.now() + REVIVE_MS, { revivals, mark }))) return false
  if (revivals > REVIVALS) await failJob(ports, message, `No progress after ${REVIVALS} revivals`)
  else await ports.queue.send('jobs', [message])
  // The first time a message may have been lost.
  return revivals > 1
}

/** Changes whenever the job has got on. */
const markOf = async (ports: SweepPorts, job: Job): Promise<string> => {
  // Of a walk the pages: the table may answer the names of a map in another order each time.
  if (job.type !== 'DELETE_PROVIDER') return `${job.status}:${job.progress?.pages ?? 0}`
  return `${job.status}:${(await summarize(ports.jobs, job)).mark}`
}
