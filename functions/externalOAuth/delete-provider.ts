import { deleteProvider } from '../../lib/contract/operations/providers.ts'
import { previewDeletion, startDeletion } from '../../lib/domain/deletion/start.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { jobLocation } from '../../lib/runtime/job-location.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { grants, jobs, providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(deleteProvider)(async ({ params, query, caller }) => {
  if (query.dryRun)
    return { status: 200, body: await previewDeletion({ providers, grants }, caller, params.providerId) }
  const jobId = await startDeletion({ providers, jobs, queue, audit }, caller, params.providerId)
  return { status: 202, ...jobLocation(jobId) }
})
