import { createJob } from '../../lib/contract/operations/jobs.ts'
import { startStatistics } from '../../lib/domain/jobs/start-statistics.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { jobLocation } from '../../lib/runtime/job-location.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { jobs } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(createJob)(async ({ caller }) => ({
  status: 202,
  ...jobLocation(await startStatistics({ jobs, queue }, caller)),
}))
