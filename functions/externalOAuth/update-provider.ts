import { updateProvider } from '../../lib/contract/operations/providers.ts'
import { providerView } from '../../lib/domain/providers/provider.ts'
import { update } from '../../lib/domain/providers/update.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { refuseUrl } from '../../lib/runtime/services/outbound.ts'
import { providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(updateProvider)(async ({ params, body, caller }) => {
  const provider = await update({ providers, vault, audit, refuseUrl }, caller, params.providerId, body)
  return { status: 200, body: providerView(provider, configuration.publicBaseUrl()) }
})
