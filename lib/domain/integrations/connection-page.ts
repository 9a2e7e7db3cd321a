import type * as z from 'zod'
import type { connectionPage as schema } from '../../contract/schemas/integration.ts'
import type { GrantAndProvider } from '../ports.ts'
import { connectionView } from './connection-view.ts'

const PATH = '/api/integration-connections'
/** Of a caller who does not say how many: a page, though clients that know no pages read only this one. */
export const MOST = 1000

interface Asked {
  readonly start?: number | undefined
  readonly limit?: number | undefined
}

const hrefOf = ({ start, limit }: Asked): string => {
  const query = Object.entries({ start, limit }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  return query.length === 0 ? PATH : `${PATH}?${query.join('&')}`
}

/** A page of connections as a HAL document, whose links are relative to the host, as clients know them. */
export const connectionPage = (
  asked: Asked,
  { items, total }: { readonly items: readonly GrantAndProvider[]; readonly total: number },
): z.input<typeof schema> => {
  const { start = 0, limit = MOST } = asked
  const page = (from: number) => ({ href: hrefOf({ start: from, limit }) })
  return {
    _links: {
      self: { href: hrefOf(asked) },
      ...(start + limit < total && { next: page(start + limit) }),
      ...(start > 0 && { prev: page(Math.max(0, start - limit)) }),
    },
    _embedded: {
      'inf:integration-connection': items.map((pair) => ({
        ...connectionView(pair),
        _embedded: {
          'inf:integration': { id: pair.provider.id, name: pair.provider.name, type: pair.provider.type },
        },
      })),
    },
    start,
    count: items.length,
    total,
  }
}
