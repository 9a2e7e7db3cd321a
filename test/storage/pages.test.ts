import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Item, queryPage } from '../../lib/storage/table.ts'
import { putAll } from '../support/put-all.ts'
import { aTable, type TestTable, withSends } from '../support/table.ts'

let table: TestTable
beforeAll(async () => {
  table = await aTable()
})
afterAll(() => table?.close())

const key = (pk: string, place: number) => ({ pk, sk: String(place).padStart(4, '0') })
const someItems = (pk: string, count: number): Item[] =>
  Array.from({ length: count }, (_, place) => ({ ...key(pk, place), place }))

/** The places of all pages of a partition, page by page. */
const pagesOf = async (pk: string, limit: number, descending = false): Promise<number[][]> => {
  const pages: number[][] = []
  let after: string | undefined
  do {
    const page = await queryPage<{ place: number }>(table, pk, { limit, after, descending })
    pages.push(page.items.map(({ place }) => place))
    after = page.next
  } while (after !== undefined)
  return pages
}

describe('a list is read in pages', () => {
  beforeAll(async () => {
    await putAll(table, someItems('LIST', 1000))
    await putAll(table, someItems('SHORT', 6))
  })

  test.each([
    [40, 25],
    [100, 10],
    [333, 4],
    [500, 2],
    [999, 2],
    [1000, 1],
  ])('of %i, of which a thousand items fill %i, none of them empty', async (limit, count) => {
    const pages = await pagesOf('LIST', limit)

    expect(pages.flat()).toEqual(Array.from({ length: 1000 }, (_, place) => place))
    expect(pages).toHaveLength(count)
    expect(pages.every((page, index) => page.length === limit || (index === count - 1 && page.length > 0))).toBe(true)
  })

  test.each([
    [
      'whose last page is full',
      3,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
    ],
    [
      'whose last page is not',
      4,
      [
        [0, 1, 2, 3],
        [4, 5],
      ],
    ],
    ['that fits into one page', 6, [[0, 1, 2, 3, 4, 5]]],
    ['that is shorter than a page', 7, [[0, 1, 2, 3, 4, 5]]],
  ])('%s', async (_, limit, pages) => {
    expect(await pagesOf('SHORT', limit)).toEqual(pages)
    const reversed = Array.from({ length: pages.length }, (_, page) =>
      [5, 4, 3, 2, 1, 0].slice(page * limit, (page + 1) * limit),
    )
    expect(await pagesOf('SHORT', limit, true)).toEqual(reversed)
  })

  test('that is empty has one page', async () => {
    expect(await pagesOf('NOTHING', 5)).toEqual([[]])
  })

  test('goes on behind a place that is gone', async () => {
    expect((await queryPage<{ place: number }>(table, 'SHORT', { limit: 2, after: '0001x' })).items).toEqual([
      { place: 2 },
      { place: 3 },
    ])
  })

  test('takes what DynamoDB cut at its own limit for a page, and goes on there', async () => {
    const cutting = withSends(table, async ({ send }) => {
      const { Items = [] } = (await send()) as { Items?: Item[] }
      return { Items: Items.slice(0, 2), LastEvaluatedKey: key('SHORT', 1) }
    })

    const page = await queryPage<{ place: number }>(cutting, 'SHORT', { limit: 4 })

    expect(page).toEqual({ items: [{ place: 0 }, { place: 1 }], next: '0001' })
  })

  test('within a prefix has nothing else', async () => {
    await putAll(table, [key('PREFIX', 1), { pk: 'PREFIX', sk: 'OPEN#1' }, { pk: 'PREFIX', sk: 'OPEN#2' }])

    const first = await queryPage(table, 'PREFIX', { limit: 1 }, 'OPEN#')
    const second = await queryPage(table, 'PREFIX', { limit: 1, after: first.next }, 'OPEN#')

    expect([first.next, second.items.length, second.next]).toEqual(['OPEN#1', 1, undefined])
  })
})
