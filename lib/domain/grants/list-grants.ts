import type { Caller } from '../caller.ts'
import { requireAdmin } from '../caller.ts'
import { collect, type Wanted } from '../collect.ts'
import type { GrantAndProvider, GrantStore, Page, ProviderStore } from '../ports.ts'
import { grantStatus } from './grant.ts'

export interface GrantFilter extends Wanted {
  readonly userId?: string | undefined
  readonly providerIds?: readonly string[] | undefined
  readonly statuses?: readonly string[] | undefined
}

export interface ListPorts {
  readonly grants: GrantStore
  readonly providers: Pick<ProviderStore, 'getMany' | 'list'>
}

/**
 * A user's grants with their providers, oldest first; another user's only for an admin.
 * Throws `adminOnly`, `invalidRequest` (`limit`).
 */
export const listGrants = async (
  ports: ListPorts,
  caller: Caller,
  filter: GrantFilter,
): Promise<Page<GrantAndProvider>> => {
  const userId = filter.userId ?? caller.userId
  if (userId !== caller.userId) requireAdmin(caller)
  return collect(
    (page) => ports.grants.listOfUser(caller.orgId, userId, page),
    async (ids) => {
      const found = (await withProviders(ports, caller.orgId, ids)).filter((pair) => matches(pair, filter))
      return found.map((item) => ({ item, place: item.grant.id }))
    },
    filter,
  )
}

/** The grants of these ids (at most 100) that are still there, each with its provider, in the same order. */
export const withProviders = async (
  { grants, providers }: ListPorts,
  orgId: string,
  ids: readonly string[],
): Promise<GrantAndProvider[]> => {
  const found = await grants.getMany(orgId, ids)
  const known = await providers.getMany(orgId, [...new Set(found.map(({ providerId }) => providerId))])
  const byId = new Map(known.map((provider) => [provider.id, provider]))
  return found.flatMap((grant) => {
    const provider = byId.get(grant.providerId)
    return provider ? [{ grant, provider }] : []
  })
}

const matches = ({ grant, provider }: GrantAndProvider, { providerIds, statuses }: GrantFilter): boolean =>
  (!providerIds?.length || providerIds.includes(grant.providerId)) &&
  (!statuses?.length || statuses.includes(grantStatus(grant, provider)))
