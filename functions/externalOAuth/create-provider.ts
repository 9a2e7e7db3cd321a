import { createProvider } from '../../lib/contract/operations/providers.ts'
import { providerView } from '../../lib/domain/providers/provider.ts'
import { register } from '../../lib/domain/providers/register.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { catalogue } from '../../lib/runtime/services/catalogue.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { refuseUrl } from '../../lib/runtime/services/outbound.ts'
import { providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(createProvider)(async ({ body, caller }) => {
  const provider = await register({ providers, vault, oauth, catalogue, audit, refuseUrl }, caller, body)
  return { status: 201, body: providerView(provider, configuration.publicBaseUrl()) }
})
