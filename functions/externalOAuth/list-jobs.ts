import { listJobs as operation } from '../../lib/contract/operations/jobs.ts'
import { listJobs } from '../../lib/domain/jobs/get-job.ts'
import { jobView } from '../../lib/domain/jobs/job.ts'
import { readCursor, writeCursor } from '../../lib/runtime/cursor.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { jobs } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(operation)(async ({ query, caller }) => {
  const { limit, cursor, type: types, status: statuses } = query
  const scope = ['jobs', caller.orgId, types, statuses]
  const page = await listJobs(jobs, caller, { types, statuses, limit, after: readCursor(scope, cursor) })
  return {
    status: 200,
    body: {
      data: page.items.map((job) => jobView(job)),
      ...(page.next !== undefined && { next: writeCursor(scope, page.next) }),
    },
  }
})
