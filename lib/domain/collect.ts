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

/**
 * Reads on in a list until enough was found: `find` turns the rows of a page into what matches, each with the place of
 * its row. `next` is the place of the last one that is answered. Throws `invalidRequest` (`limit`) when there is more
 * than can be answered without one.
 */
export const collect = async <Row, Item>(
  list: (page: PageRequest) => Promise<Page<Row>>,
  find: (rows: readonly Row[]) => Promise<readonly { readonly item: Item; readonly place: string }[]>,
  { limit, after: start, descending = false }: Wanted,
): Promise<Page<Item>> => {
  const wanted = limit ?? MOST
  const found: { item: Item; place: string }[] = []
  let after = start
  do {
    const page = await list({ limit: AT_A_TIME, after, descending })
    found.push(...(await find(page.items)))
    after = page.next
    // One more than wanted tells whether there is more that matches.
  } while (after !== undefined && found.length <= wanted)

  const items = found.slice(0, wanted).map(({ item }) => item)
  if (found.length <= wanted) return { items }
  if (limit === undefined) throw invalid('limit', `is needed: there are more than ${MOST}`)
  return { items, next: found[wanted - 1]?.place ?? '' }
}
