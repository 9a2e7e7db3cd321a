import { getProvider } from '../../lib/contract/operations/providers.ts'
import { Problem } from '../../lib/domain/problem.ts'
import { providerView } from '../../lib/domain/providers/provider.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(getProvider)(async ({ params, caller }) => {
  const provider = await providers.get(caller.orgId, params.providerId)
  if (!provider) throw new Problem('providerNotFound')
  return { status: 200, body: providerView(provider, configuration.publicBaseUrl()) }
})
