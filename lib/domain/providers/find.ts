import type { ProviderStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Provider } from './provider.ts'

/** An organization's provider by its id, else by its slug: no slug looks like an id. Throws `providerNotFound`. */
export const findProvider = async (
  providers: Pick<ProviderStore, 'get' | 'findBySlug'>,
  orgId: string,
  idOrSlug: string,
): Promise<Provider> => {
  const provider = (await providers.get(orgId, idOrSlug)) ?? (await providers.findBySlug(orgId, idOrSlug))
  if (!provider) throw new Problem('providerNotFound')
  return provider
}
