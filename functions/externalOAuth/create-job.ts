import { createJob } from '../../lib/contract/operations/jobs.ts'
import { startStatistics } from '../../lib/domain/jobs/start-statistics.ts'
import { startResealing } from '../../lib/domain/resealing/start-resealing.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { jobLocation } from '../../lib/runtime/job-location.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { jobs } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(createJob)(async ({ caller: { orgId, userId }, caller, body }) => {
  const { type, newKeys = true } = body
  const jobId =
    type === 'STATS'
      ? await startStatistics({ jobs, queue }, caller)
      : await startResealing({ jobs, queue, audit }, { orgId, userId, newKeys })
  return { status: 202, ...jobLocation(jobId) }
})
