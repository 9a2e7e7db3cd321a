import { verifyProvider } from '../../lib/contract/operations/providers.ts'
import { verify } from '../../lib/domain/providers/verify.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration, isLocal } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(verifyProvider)(async ({ params, caller }) => {
  const ports = { providers, vault, oauth, audit, publicBaseUrl: configuration.publicBaseUrl(), local: isLocal() }
  return { status: 200, body: { data: await verify(ports, caller, params.providerId) } }
})
