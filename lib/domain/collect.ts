import type { Page, PageRequest } from './ports.ts'
import { invalid } from './problem.ts'

/** The most that a list answers without a page size. */
const MOST = 1000
/** How many rows are read at a time: as many as one batch takes. */
const AT_A_TIME = 100

export interface Wanted {
  /** How many; without it all, up to 1,000. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly after?: string | undefined
  readonly descending?: boolean | undefined
}

/** How much one answer holds besides the number of its items. */
export interface Bound<Item> {
  readonly most: number
  readonly sizeOf: (item: Item) => number
}

/**
 * Reads on in a list until enough was found: `find` turns the rows of a page into what matches, each with the place of
 * its row. `next` is the place of the last one that is answered. Throws `invalidRequest` (`limit`) when there is more
 * than can be answered without one; with one, an answer that would be too large ends early.
 */
export const collect = async <Row, Item>(
  list: (page: PageRequest) => Promise<Page<Row>>,
  find: (rows: readonly Row[]) => Promise<readonly { readonly item: Item; readonly place: string }[]>,
  { limit, after: start, descending = false }: Wanted,
  { most, sizeOf }: Bound<Item> = { most: 0, sizeOf: () => 0 },
): Promise<Page<Item>> => {
  const wanted = limit ?? MOST
  const found: { item: Item; place: string }[] = []
  /** So many of them are answered. */
  let taken = 0
  let size = 0
  let after = start
  do {
    const page = await list({ limit: AT_A_TIME, after, descending })
    for (const each of await find(page.items)) {
      size += sizeOf(each.item)
      if (taken === found.length && taken < wanted && (taken === 0 || size <= most)) taken += 1
      found.push(each)
    }
    after = page.next
    // One more than is answered tells whether there is more that matches.
  } while (after !== undefined && found.length === taken)

  const items = found.slice(0, taken).map(({ item }) => item)
  if (found.length === taken) return { items }
  const why = taken < wanted ? 'they are too large for one answer' : `there are more than ${MOST}`
  if (limit === undefined) throw invalid('limit', `is needed: ${why}`)
  return { items, next: found[taken - 1]?.place ?? '' }
}
