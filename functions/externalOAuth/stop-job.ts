import { stopJob as operation } from '../../lib/contract/operations/jobs.ts'
import { jobView } from '../../lib/domain/jobs/job.ts'
import { stopJob } from '../../lib/domain/jobs/stop-job.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { jobs } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(operation)(async ({ params, caller }) => ({
  status: 200,
  body: jobView(await stopJob({ jobs, audit }, caller, params.jobId)),
}))
