import { sweep } from '../../lib/domain/sweep.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { scheduled } from '../../lib/runtime/scheduled.ts'
import { keyRing } from '../../lib/runtime/services/key-ring.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { queue } from '../../lib/runtime/services/queue.ts'
import { credentials, flows, grants, jobs, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

const rotationDays = configuration.dataKeyRotationDays()

export const handler = scheduled('sweep', () =>
  sweep({ providers, grants, credentials, flows, jobs, queue, vault, keyRing, oauth, audit, rotationDays }),
)
