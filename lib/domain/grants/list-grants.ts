import type { Caller } from '../caller.ts'
import { requireAdmin } from '../caller.ts'
import { collect, type Wanted } from '../collect.ts'
import type { GrantAndProvider, GrantStore, Page, PageRequest, ProviderStore } from '../ports.ts'
import { invalid } from '../problem.ts'
import { grantStatus } from './grant.ts'

export interface GrantFilter extends Wanted {
  readonly userId?: string | undefined
  /** Every user's. */
  readonly all?: boolean | undefined
  readonly providerIds?: readonly string[] | undefined
  readonly statuses?: readonly string[] | undefined
}

export interface ListPorts {
  readonly grants: GrantStore
  readonly providers: Pick<ProviderStore, 'getMany' | 'list'>
}

/**
 * A user's grants with their providers, oldest first; another user's, or all of the organization, by provider, only for an
 * admin. Throws `adminOnly`, `invalidRequest` (`limit`, `userId`).
 */
export const listGrants = async (
  ports: ListPorts,
  caller: Caller,
  filter: GrantFilter,
): Promise<Page<GrantAndProvider>> => {
  if (filter.all && filter.userId !== undefined)
    throw invalid('userId', 'is of no use with all=true: leave one of them out')
  if (filter.all) return listAll(ports, caller, filter)
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

const listAll = (ports: ListPorts, caller: Caller, filter: GrantFilter): Promise<Page<GrantAndProvider>> => {
  requireAdmin(caller)
  return collect(
    (page) => listOfOrganization(ports, caller.orgId, page),
    async (rows) => {
      const places = new Map(rows.map(({ grantId, place }) => [grantId, place]))
      const found = await withProviders(ports, caller.orgId, [...places.keys()])
      return found
        .filter((pair) => matches(pair, filter))
        .map((item) => ({ item, place: places.get(item.grant.id) ?? '' }))
    },
    filter,
  )
}

/** One page of the partition of one provider after the other; a place is a provider and one in its partition. */
const listOfOrganization = async (
  { grants, providers }: ListPorts,
  orgId: string,
  { limit, after }: PageRequest,
): Promise<Page<{ grantId: string; place: string }>> => {
  const next = async (providerId?: string): Promise<string | undefined> =>
    (await providers.list(orgId, { limit: 1, after: providerId })).items[0]?.id
  const [providerId = await next(), within] = after === undefined ? [] : after.split('/', 2)
  if (providerId === undefined) return { items: [] }
  const page = await grants.listOfProvider(orgId, providerId, {
    limit,
    after: within ? decodeURIComponent(within) : undefined,
  })
  const items = page.items.map(({ grantId, place }) => ({
    grantId,
    place: `${providerId}/${encodeURIComponent(place)}`,
  }))
  if (page.next !== undefined) return { items, next: `${providerId}/${encodeURIComponent(page.next)}` }
  const following = await next(providerId)
  return { items, ...(following !== undefined && { next: `${following}/` }) }
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
