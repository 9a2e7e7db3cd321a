import { startExternalAuthDevice } from '../../lib/contract/operations/external-auth.ts'
import { startDevice } from '../../lib/domain/device/start.ts'
import { deviceView } from '../../lib/domain/external-auth/views.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(startExternalAuthDevice)(async ({ params, caller }) => ({
  status: 200,
  body: deviceView(await startDevice({ providers, grants, flows, vault, oauth, audit }, caller, params.externalauth)),
}))
