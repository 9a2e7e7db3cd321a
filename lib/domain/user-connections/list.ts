import type { Caller } from '../caller.ts'
import { type ListPorts, withProviders } from '../grants/list-grants.ts'
import { listOfOrganization, listOfUser } from '../grants/list-places.ts'
import type { GrantAndProvider, NumberStore } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { numbersOf } from './numbers.ts'
import { byNumber, sortBy } from './order.ts'
import type { Numbered } from './user-connection.ts'

export interface ListConnectionsPorts extends ListPorts {
  readonly numbers: NumberStore
}

/** As clients send it; what cannot be understood of page size and ordering is as if it were not there. */
export interface ConnectionsQuery {
  readonly page?: string | undefined
  readonly pageSize?: string | undefined
  readonly ordering?: string | undefined
  readonly search?: string | undefined
  readonly slug?: string | undefined
  /** The number of a user. */
  readonly user?: number | undefined
}

export interface ConnectionsPage {
  readonly results: readonly Numbered[]
  readonly count: number
  readonly current: number
  readonly size: number
}

const SIZE = 100
const LARGEST_SIZE = 1000
/** A page says how many there are in all, so all are read; so many at most. */
const MOST = 10_000

/**
 * A page of the grants that the caller may see: its own, of an admin all of the organization.
 * Throws `pageNotFound`, `invalidRequest` (`user`), `tryAgain`.
 */
export const listConnections = async (
  ports: ListConnectionsPorts,
  caller: Caller,
  query: ConnectionsQuery,
): Promise<ConnectionsPage> => {
  const found = (await visible(ports, caller, query.user)).filter((pair) => matches(pair, query))
  const size = Math.min(naturalNumber(query.pageSize) ?? SIZE, LARGEST_SIZE)
  const pages = Math.max(1, Math.ceil(found.length / size))
  const current = query.page === 'last' ? pages : naturalNumber(query.page ?? '1')
  if (current === undefined || current > pages) throw new Problem('pageNotFound')
  const cut = <Item>(items: readonly Item[]): Item[] => items.slice((current - 1) * size, current * size)
  const results = byNumber(query.ordering)
    ? cut(sortBy(await numbered(ports, caller, found), query.ordering))
    : await numbered(ports, caller, cut(sortBy(found, query.ordering)))
  return { results, count: found.length, current, size }
}

const naturalNumber = (text = ''): number | undefined => (/^0*[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined)

/** Everything that the caller may see, of one user if a number says so. */
const visible = async (
  ports: ListConnectionsPorts,
  caller: Caller,
  user: number | undefined,
): Promise<GrantAndProvider[]> => {
  const userId = user === undefined ? undefined : ((await ports.numbers.holder(caller.orgId, user))?.userId ?? '')
  if (userId === '' || (userId !== undefined && userId !== caller.userId && !caller.admin)) return []
  const list = caller.admin && userId === undefined ? listOfOrganization : listOfUser
  const asked = { ...caller, userId: userId ?? caller.userId }
  const pairs: GrantAndProvider[] = []
  let after: string | undefined
  do {
    const page = await list(ports, asked, { limit: 100, after })
    const ids = page.items.map(({ grantId }) => grantId)
    pairs.push(...(await withProviders(ports, caller.orgId, ids)))
    if (pairs.length > MOST) throw invalid('user', `This is needed: there are more than ${MOST} connections.`)
    after = page.next
  } while (after !== undefined)
  return pairs
}

/** Every word of the search must be somewhere in slug, account or user. */
const matches = ({ grant, provider }: GrantAndProvider, { search = '', slug }: ConnectionsQuery): boolean => {
  const text = [provider.slug, grant.sub, grant.userId].join('\n').toLowerCase()
  const words = search.toLowerCase().split(/[\s,]+/)
  return (slug === undefined || slug === provider.slug) && words.every((word) => text.includes(word))
}

const numbered = async (
  { numbers }: ListConnectionsPorts,
  { orgId }: Caller,
  pairs: readonly GrantAndProvider[],
): Promise<Numbered[]> => {
  const { grants, users } = await numbersOf(
    numbers,
    orgId,
    pairs.map(({ grant }) => grant),
  )
  return pairs.flatMap((pair) => {
    const pk = grants.get(pair.grant.id)
    const user = users.get(pair.grant.userId)
    return pk === undefined || user === undefined ? [] : [{ ...pair, pk, user }]
  })
}
