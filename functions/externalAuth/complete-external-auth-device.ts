import { completeExternalAuthDevice } from '../../lib/contract/operations/external-auth.ts'
import { completeDevice } from '../../lib/domain/device/complete.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(completeExternalAuthDevice)(async ({ params, body, caller }) => {
  const ports = { providers, grants, flows, vault, oauth, audit }
  await completeDevice(ports, caller, params.externalauth, body.device_code)
  return { status: 204 }
})
