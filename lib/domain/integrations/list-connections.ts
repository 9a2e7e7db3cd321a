import type { Caller } from '../caller.ts'
import { isPast } from '../expiry.ts'
import type { GrantAndProvider, GrantStore, Page, PageRequest, ProviderStore } from '../ports.ts'

export interface ListPorts {
  readonly providers: Pick<ProviderStore, 'list' | 'getMany'>
  readonly grants: Pick<GrantStore, 'listOfUser' | 'listShared' | 'getMany'>
}

/** As many keys as one batch takes. */
const AT_A_TIME = 100

/**
 * The caller's connections and the shared ones of the organization, oldest first: so many from a place on, and how many
 * there are in all, for which all are read.
 */
export const listConnections = async (
  ports: ListPorts,
  caller: Caller,
  { start, limit }: { readonly start: number; readonly limit: number },
): Promise<{ readonly items: readonly GrantAndProvider[]; readonly total: number }> => {
  const own = await all((page) => ports.grants.listOfUser(caller.orgId, caller.userId, page))
  const ids = [...new Set([...own, ...(await sharedGrants(ports, caller.orgId))])].sort()
  const found: GrantAndProvider[] = []
  for (const batch of batches(ids)) found.push(...(await read(ports, caller.orgId, batch)))
  return { items: found.slice(start, start + limit), total: found.length }
}

/** The ids of the grants that stand for shared providers. */
const sharedGrants = async ({ providers, grants }: ListPorts, orgId: string): Promise<string[]> => {
  const shared = (await all((page) => providers.list(orgId, page))).filter((provider) => provider.shared)
  const found: string[] = []
  for (const batch of batches(shared)) {
    const members = await grants.listShared(
      orgId,
      batch.map(({ id }) => id),
    )
    found.push(...members.map(({ grantId }) => grantId))
  }
  return found
}

/** Grants and their providers, in order, without those that are gone. */
const read = async (
  { providers, grants }: ListPorts,
  orgId: string,
  ids: readonly string[],
): Promise<GrantAndProvider[]> => {
  const found = (await grants.getMany(orgId, ids)).filter((grant) => !isPast(grant))
  const known = await providers.getMany(orgId, [...new Set(found.map(({ providerId }) => providerId))])
  const byId = new Map(known.map((provider) => [provider.id, provider]))
  return found.flatMap((grant) => {
    const provider = byId.get(grant.providerId)
    return provider ? [{ grant, provider }] : []
  })
}

const all = async <Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> => {
  const items: Item[] = []
  let after: string | undefined
  do {
    const page = await list({ limit: 1000, after })
    items.push(...page.items)
    after = page.next
  } while (after !== undefined)
  return items
}

const batches = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / AT_A_TIME) }, (_, at) =>
    items.slice(at * AT_A_TIME, (at + 1) * AT_A_TIME),
  )
