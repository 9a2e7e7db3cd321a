import { failJob } from '../../lib/domain/jobs/fail-job.ts'
import { runJob } from '../../lib/domain/jobs/run-job.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { readJobMessage } from '../../lib/runtime/messages.ts'
import { keyRing } from '../../lib/runtime/services/key-ring.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { credentials, grants, jobs, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'
import { worker } from '../../lib/runtime/worker.ts'

export const handler = worker({
  read: readJobMessage,
  run: (message) => runJob({ providers, grants, credentials, jobs, queue, vault, keyRing, audit }, message),
  giveUp: (message) => failJob({ jobs, audit }, message, 'The job failed again and again; see the log of its worker'),
})
