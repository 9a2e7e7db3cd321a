import type { Caller } from '../caller.ts'
import type { GrantStore, Page, PageRequest, ProviderStore } from '../ports.ts'

/** A grant, and where it stands in the list that it was found in. */
export interface Place {
  readonly grantId: string
  readonly place: string
}

export interface PlacePorts {
  readonly grants: Pick<GrantStore, 'listOfUser' | 'listOfProvider'>
  readonly providers: Pick<ProviderStore, 'list'>
}

/** The caller's own grants, oldest first. */
export const listOfUser = async ({ grants }: PlacePorts, caller: Caller, page: PageRequest): Promise<Page<Place>> => {
  const { items, ...rest } = await grants.listOfUser(caller.orgId, caller.userId, page)
  return { items: items.map((grantId) => ({ grantId, place: grantId })), ...rest }
}

/**
 * Every grant of the caller's organization, provider by provider: there is no list of them all, since nothing but the
 * caller's right to see them holds them together. A place is the provider's id and the place in its partition.
 */
export const listOfOrganization = async (
  { grants, providers }: PlacePorts,
  { orgId }: Caller,
  { limit, after = '' }: PageRequest,
): Promise<Page<Place>> => {
  const [current = '', ...rest] = after.split('/')
  let [providerId, place]: (string | undefined)[] = [current || undefined, rest.join('/') || undefined]
  for (;;) {
    if (providerId !== undefined) {
      const { items } = await grants.listOfProvider(orgId, providerId, { limit, after: place })
      const places = items.map((member) => ({ grantId: member.grantId, place: `${providerId}/${member.place}` }))
      const last = places.at(-1)
      // Whether there is more is seen by the next call.
      if (last) return { items: places, next: last.place }
    }
    const { items: nextOnes } = await providers.list(orgId, { limit: 1, after: providerId })
    if (nextOnes[0] === undefined) return { items: [] }
    ;[providerId, place] = [nextOnes[0].id, undefined]
  }
}
