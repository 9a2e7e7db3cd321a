import type { ProviderStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import { findProvider } from '../providers/find.ts'
import type { Provider } from '../providers/provider.ts'

/** A provider with a device flow, by its id or slug. Throws `providerNotFound`, `deviceUnsupported`. */
export const findDeviceProvider = async (
  providers: Pick<ProviderStore, 'get' | 'findBySlug'>,
  orgId: string,
  idOrSlug: string,
): Promise<Provider> => {
  const provider = await findProvider(providers, orgId, idOrSlug)
  if (provider.settings.deviceUrl === undefined) throw new Problem('deviceUnsupported')
  return provider
}
