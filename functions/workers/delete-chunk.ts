import { deleteChunk } from '../../lib/domain/deletion/delete-chunk.ts'
import { failJob } from '../../lib/domain/jobs/fail-job.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { readChunkMessage } from '../../lib/runtime/messages.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { grants, jobs, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'
import { worker } from '../../lib/runtime/worker.ts'

export const handler = worker({
  read: readChunkMessage,
  run: (message) => deleteChunk({ providers, grants, jobs, queue, vault, oauth, audit }, message),
  giveUp: (message) =>
    failJob({ jobs, audit }, message, 'A part of the deletion failed again and again; see the log of its worker'),
})
