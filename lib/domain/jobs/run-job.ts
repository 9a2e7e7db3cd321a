import { type AdvancePorts, advance, resendChunks } from '../deletion/advance.ts'
import type { GrantStore, JobMessage } from '../ports.ts'
import { type ResealPorts, reseal } from '../resealing/reseal.ts'
import { countStatistics } from './count-statistics.ts'
import { isFinished } from './job.ts'

export type RunPorts = AdvancePorts & ResealPorts & { readonly grants: GrantStore }

/** Begins a job, or takes it up where it stands. A job that is finished or gone is left alone. */
export const runJob = async (ports: RunPorts, { orgId, jobId }: JobMessage): Promise<void> => {
  const job = await ports.jobs.get(orgId, jobId)
  if (!job || isFinished(job)) return
  if (job.status === 'PENDING' && !(await ports.jobs.start(job))) return
  if (job.type === 'STATS') {
    await countStatistics(ports, job)
    return
  }
  if (job.type === 'RESEAL') {
    await reseal(ports, job)
    return
  }
  // On a first run there are no chunks; on a later one their messages may be lost.
  if (job.status === 'RUNNING') await resendChunks(ports, job)
  await advance(ports, job)
}
