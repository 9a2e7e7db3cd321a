import type { Grant } from '../grants/grant.ts'
import type { GrantStore, ProviderStore } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'

/** Where a walk over all grants of an organization stands; at its beginning nothing is said. */
export interface GrantPlace {
  readonly providerId?: string
  /** Where in the provider's partition; `finished` when it is through. */
  readonly after?: string
  readonly finished?: boolean
}

/** One page of the walk: as many grants as one batch read takes. */
const PAGE = 100

interface WalkPorts {
  readonly providers: ProviderStore
  readonly grants: GrantStore
}

interface Stop {
  readonly provider: Provider
  /** Whether the walk has just come to the provider. */
  readonly isFirst: boolean
  readonly grants: readonly Grant[]
  readonly place: GrantPlace
}

/** The next page of an organization's grants, by its providers, and where the walk then stands; undefined at its end. */
export const walkGrants = async (ports: WalkPorts, orgId: string, place: GrantPlace): Promise<Stop | undefined> => {
  const provider = await currentProvider(ports, orgId, place)
  if (!provider) return undefined
  // The place is one of its own provider, which may be deleted by now.
  const after = provider.id === place.providerId ? place.after : undefined
  const page = await ports.grants.listOfProvider(orgId, provider.id, { limit: PAGE, after })
  const ids = page.items.map(({ grantId }) => grantId)
  return {
    provider,
    isFirst: after === undefined,
    grants: await ports.grants.getMany(orgId, ids),
    place: { providerId: provider.id, ...(page.next === undefined ? { finished: true } : { after: page.next }) },
  }
}

/** The provider that the walk stands at: the one of the last page while it has more, else the next. */
const currentProvider = async (
  { providers }: WalkPorts,
  orgId: string,
  { providerId, finished }: GrantPlace,
): Promise<Provider | undefined> => {
  if (providerId !== undefined && !finished) {
    const same = await providers.get(orgId, providerId)
    if (same) return same
  }
  const page = await providers.list(orgId, { limit: 1, after: providerId })
  return page.items[0]
}
