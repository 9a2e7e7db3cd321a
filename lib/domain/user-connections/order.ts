import type { GrantAndProvider } from '../ports.ts'
import type { Numbered } from './user-connection.ts'

type Row = GrantAndProvider & Partial<Pick<Numbered, 'pk' | 'user'>>

/** What a list can be ordered by. */
const keys: Readonly<Record<string, (row: Row) => string | number | undefined>> = {
  pk: ({ pk }) => pk,
  user: ({ user }) => user,
  source: ({ provider }) => provider.id,
  source__slug: ({ provider }) => provider.slug,
  identifier: ({ grant }) => grant.sub,
  created: ({ grant }) => grant.createdAt,
  last_updated: ({ grant }) => grant.updatedAt,
}

/** The names of an `ordering` that mean something, each perhaps with a minus in front; by slug when there is none. */
const namesOf = (ordering = ''): readonly string[] => {
  const names = ordering.split(',').filter((name) => Object.hasOwn(keys, name.replace(/^-/, '')))
  return names.length > 0 ? names : ['source__slug']
}

/** Whether the order is one of numbers, which then all rows must have. */
export const byNumber = (ordering: string | undefined): boolean =>
  namesOf(ordering).some((name) => /^-?(pk|user)$/.test(name))

/** The rows in that order; what is alike, oldest first. */
export const sortBy = <Item extends Row>(rows: readonly Item[], ordering: string | undefined): Item[] => {
  const orders = namesOf(ordering).map((name) => ({
    key: keys[name.replace(/^-/, '')],
    sign: name.startsWith('-') ? -1 : 1,
  }))
  return rows.toSorted((a, b) => {
    for (const { key, sign } of orders) {
      const order = compare(key?.(a), key?.(b))
      if (order !== 0) return sign * order
    }
    return compare(a.grant.id, b.grant.id)
  })
}

const compare = (a: string | number = 0, b: string | number = 0): number => (a < b ? -1 : a > b ? 1 : 0)
