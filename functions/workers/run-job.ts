import { failJob } from '../../lib/domain/jobs/fail-job.ts'
import { runJob } from '../../lib/domain/jobs/run-job.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { readJobMessage } from '../../lib/runtime/messages.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { grants, jobs, providers } from '../../lib/runtime/services/stores.ts'
import { worker } from '../../lib/runtime/worker.ts'

export const handler = worker({
  read: readJobMessage,
  run: (message) => runJob({ providers, grants, jobs, queue, audit }, message),
  giveUp: (message) => failJob({ jobs, audit }, message, 'The job failed again and again; see the log of its worker'),
})
