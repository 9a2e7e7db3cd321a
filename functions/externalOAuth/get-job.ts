import { getJob as operation } from '../../lib/contract/operations/jobs.ts'
import { getJob } from '../../lib/domain/jobs/get-job.ts'
import { jobView } from '../../lib/domain/jobs/job.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { jobs } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(operation)(async ({ params, caller }) => ({
  status: 200,
  body: jobView(await getJob(jobs, caller, params.jobId)),
}))
