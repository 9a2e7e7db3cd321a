import type { Account, GrantStore, ProviderStore } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'
import { isLiving, mayLive, serverOf } from './grant.ts'

/**
 * Whether another grant lives on the same account at the same client of the same authorization server. Each is read, and
 * counts for what it is by now: a row that only stands there spares nobody. `except`: a grant that does not count.
 */
export const hasLivingSibling = async (
  { grants, providers }: { readonly grants: GrantStore; readonly providers: Pick<ProviderStore, 'get'> },
  provider: Provider,
  account: Account,
  except?: string,
): Promise<boolean> => {
  const known = new Map<string, Promise<Provider | undefined>>()
  const providerOf = (orgId: string, id: string): Promise<Provider | undefined> => {
    const key = JSON.stringify([orgId, id])
    const found = known.get(key) ?? providers.get(orgId, id)
    known.set(key, found)
    return found
  }
  for await (const { orgId, grantId, providerId } of grants.listSiblings(provider, account)) {
    if (grantId === except) continue
    const other = await providerOf(orgId, providerId)
    if (!other || !mayLive(other) || serverOf(other) !== serverOf(provider)) continue
    const grant = await grants.get(orgId, grantId)
    if (grant && isLiving(grant, other)) return true
  }
  return false
}
