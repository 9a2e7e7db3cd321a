import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idParam } from '../../lib/contract/schemas/fields.ts'
import { newId } from '../../lib/domain/ids.ts'

describe('a new id', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })

  test('is a UUID of version 7, that fits into a path', () => {
    fc.assert(
      fc.property(time, (now) => {
        const id = newId(now)

        return (
          /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id) &&
          idParam.safeParse(id).success
        )
      }),
    )
  })

  test('sorts by the millisecond of its making', () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a !== b)

        return newId(a) < newId(b) === a < b
      }),
    )
  })

  test('tells the millisecond of its making', () => {
    const id = newId(1_790_000_000_123)

    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(1_790_000_000_123)
  })

  test('is never made twice', () => {
    const ids = Array.from({ length: 10_000 }, () => newId(1_790_000_000_000))

    expect(new Set(ids).size).toBe(10_000)
  })

  test('is made now, unless said otherwise', () => {
    const [before, id, after] = [newId(Date.now() - 1), newId(), newId(Date.now() + 1)]

    expect([after, id, before].sort()).toEqual([before, id, after])
  })
})
