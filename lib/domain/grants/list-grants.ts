import type { Caller } from '../caller.ts'
import { requireAdmin } from '../caller.ts'
import type { GrantAndProvider, GrantStore, Page, ProviderStore } from '../ports.ts'
import { invalid } from '../problem.ts'
import { type GrantStatus, grantStatus } from './grant.ts'

export interface GrantFilter {
  readonly userId?: string | undefined
  readonly providerIds?: readonly string[] | undefined
  readonly statuses?: readonly string[] | undefined
  readonly limit?: number | undefined
  readonly after?: string | undefined
}

/** The most that is answered without a page size. */
const MOST = 1000
/** How many ids are read at a time: as many as one batch takes. */
const BATCH = 100

/**
 * A user's grants with their providers, oldest first; another user's only for an admin.
 * Without `limit` all are answered, up to 1,000. Throws `adminOnly`, `invalidRequest` (`limit`).
 */
export const listGrants = async (
  { grants, providers }: { grants: GrantStore; providers: Pick<ProviderStore, 'getMany'> },
  caller: Caller,
  filter: GrantFilter,
): Promise<Page<GrantAndProvider>> => {
  const userId = filter.userId ?? caller.userId
  if (userId !== caller.userId) requireAdmin(caller)
  const wanted = filter.limit ?? MOST
  const items: GrantAndProvider[] = []
  let after = filter.after

  for (;;) {
    const page = await grants.listOfUser(caller.orgId, userId, { limit: Math.min(BATCH, wanted - items.length), after })
    const found = await grants.getMany(caller.orgId, page.items)
    const known = new Map(
      (await providers.getMany(caller.orgId, [...new Set(found.map((grant) => grant.providerId))])).map((one) => [
        one.id,
        one,
      ]),
    )
    for (const grant of found) {
      const provider = known.get(grant.providerId)
      if (provider && matches({ grant, provider }, filter)) items.push({ grant, provider })
    }
    after = page.next
    if (after === undefined) return { items }
    if (items.length >= wanted) {
      if (filter.limit === undefined) throw invalid('limit', `is needed: there are more than ${MOST}`)
      return { items, next: after }
    }
  }
}

const matches = ({ grant, provider }: GrantAndProvider, { providerIds, statuses }: GrantFilter): boolean =>
  (!providerIds?.length || providerIds.includes(grant.providerId)) &&
  (!statuses?.length || statuses.includes(grantStatus(grant, provider) satisfies GrantStatus))
