import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collect } from '../../lib/domain/collect.ts'
import type { PageRequest } from '../../lib/domain/ports.ts'

/** A list of so many numbers, by their places, that counts its pages. */
const aList = (count: number) => {
  const places = Array.from({ length: count }, (_, place) => String(place).padStart(6, '0'))
  const asked: PageRequest[] = []
  const list = async (page: PageRequest) => {
    asked.push(page)
    const rows = page.descending ? places.toReversed() : places
    const start = page.after === undefined ? 0 : rows.indexOf(page.after) + 1
    const items = rows.slice(start, start + page.limit)
    const next = start + page.limit < rows.length ? items.at(-1) : undefined
    return { items, ...(next !== undefined && { next }) }
  }
  return { list, asked, places }
}
const every =
  (step: number) =>
  async (rows: readonly string[]): Promise<{ item: number; place: string }[]> =>
    rows.filter((place) => Number(place) % step === 0).map((place) => ({ item: Number(place), place }))

describe('what matches in a list', () => {
  test('comes whole, once and in order, whatever the pages', async () => {
    const sizes = fc.record({
      count: fc.nat(350),
      step: fc.integer({ min: 1, max: 150 }),
      limit: fc.integer({ min: 1, max: 120 }),
      descending: fc.boolean(),
    })

    await fc.assert(
      fc.asyncProperty(sizes, async ({ count, step, limit, descending }) => {
        const { list, places } = aList(count)
        const pages: number[][] = []
        let after: string | undefined
        do {
          const page = await collect(list, every(step), { limit, after, descending })
          pages.push([...page.items])
          after = page.next
        } while (after !== undefined)

        const matching = places.map(Number).filter((place) => place % step === 0)
        expect(pages.flat()).toEqual(descending ? matching.reverse() : matching)
        // Every page is full but the last, which is empty only when there is nothing at all.
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true)
        expect(pages.at(-1)?.length === 0).toBe(matching.length === 0)
      }),
    )
  })

  test('comes at once without a limit, up to a thousand', async () => {
    const { items, next } = await collect(aList(1000).list, every(1), {})

    expect([items.length, next]).toEqual([1000, undefined])
  })

  test('beyond a thousand asks for a limit', async () => {
    await expect(collect(aList(1001).list, every(1), {})).rejects.toMatchObject({
      code: 'invalidRequest',
      fields: [{ name: 'limit' }],
    })
  })

  test('is no more than a thousand though there are more that do not match', async () => {
    expect((await collect(aList(3000).list, every(3), {})).items).toHaveLength(1000)
  })

  test('is read a hundred rows at a time, and no further than needed', async () => {
    const { list, asked } = aList(1000)

    await collect(list, every(1), { limit: 150 })

    expect(asked.map(({ limit, after }) => [limit, after])).toEqual([
      [100, undefined],
      [100, '000099'],
    ])
  })
})
