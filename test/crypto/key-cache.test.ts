import { describe, expect, test, vi } from 'vitest'
import { type Entry, KeyCache } from '../../lib/crypto/key-cache.ts'

const anEntry = (number = 1): Entry => ({ number, key: new Uint8Array(32).fill(number % 255 || 1) })
const zeroed = ({ key }: Entry): boolean => key.every((byte) => byte === 0)
const numberOf = ({ number }: Entry): number => number

/** Loads entries one after another, and remembers them. */
const aLoader = () => {
  const loaded: Entry[] = []
  return {
    loaded,
    load: async () => {
      const entry = anEntry(loaded.length + 1)
      loaded.push(entry)
      return entry
    },
  }
}

/** Runs `work` with the monotonic clock moved on by so many seconds. */
const later = async <Result>(seconds: number, work: () => Promise<Result>): Promise<Result> => {
  const now = performance.now.bind(performance)
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + seconds * 1000)
  try {
    return await work()
  } finally {
    clock.mockRestore()
  }
}

describe('a cache of data keys', () => {
  test('loads a key once, however often it is used', async () => {
    const cache = new KeyCache(900)
    const { loaded, load } = aLoader()

    for (let use = 0; use < 10; use++) await cache.use('a', load, numberOf)

    expect(loaded).toHaveLength(1)
    expect(zeroed(loaded[0] as Entry)).toBe(false)
  })

  test('has one load in flight per key, and one for each key', async () => {
    const cache = new KeyCache(900)
    const { loaded, load } = aLoader()

    const used = await Promise.all(
      Array.from({ length: 40 }, (_, place) => cache.use(place % 2 ? 'a' : 'b', load, numberOf)),
    )

    expect(loaded).toHaveLength(2)
    expect(new Set(used)).toEqual(new Set([1, 2]))
  })

  test('lets a key go when its time is over by either clock: one of them may have stood still or been put back', async () => {
    const cache = new KeyCache(900)
    const { loaded, load } = aLoader()
    await cache.use('a', load, numberOf)

    const now = Date.now()
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now + 901_000)
    try {
      expect(await cache.use('a', load, numberOf)).toBe(2)
    } finally {
      clock.mockRestore()
    }
    expect(zeroed(loaded[0] as Entry)).toBe(true)
  })

  test('loads a key anew when its time is over, and zeroes the old one', async () => {
    const cache = new KeyCache(900)
    const { loaded, load } = aLoader()
    await cache.use('a', load, numberOf)

    expect(await later(899, () => cache.use('a', load, numberOf))).toBe(1)
    expect(await later(901, () => cache.use('a', load, numberOf))).toBe(2)

    expect(loaded.map(zeroed)).toEqual([true, false])
  })

  test('zeroes a key whose time is over at the next use of any key', async () => {
    const cache = new KeyCache(900)
    const { loaded, load } = aLoader()
    await cache.use('a', load, numberOf)
    await cache.use('b', load, numberOf)

    await later(901, () => cache.use('c', load, numberOf))

    expect(loaded.map(zeroed)).toEqual([true, true, false])
  })

  test('holds a thousand keys at most, and zeroes the oldest to make room', async () => {
    const cache = new KeyCache(900)
    const { loaded, load } = aLoader()

    for (let place = 0; place < 1010; place++) await cache.use(String(place), load, numberOf)

    expect(loaded.filter(zeroed)).toEqual(loaded.slice(0, 10))
  })

  test('serves everybody though more keys are asked for at once than it can hold', async () => {
    const cache = new KeyCache(900)
    const load = (number: number) => async () => anEntry(number)

    const used = await Promise.all(
      Array.from({ length: 1500 }, (_, place) =>
        cache.use(String(place), load(place), ({ number, key }) => [number, key[0]]),
      ),
    )

    expect(used).toEqual(Array.from({ length: 1500 }, (_, place) => [place, place % 255 || 1]))
  })

  test('that keeps nothing loads for each use and zeroes right after it', async () => {
    const cache = new KeyCache(0)
    const { loaded, load } = aLoader()
    const seen: boolean[] = []

    for (let use = 0; use < 3; use++) await cache.use('a', load, (entry) => seen.push(zeroed(entry)))
    await expect(
      cache.use('a', load, () => {
        throw new Error('the work failed')
      }),
    ).rejects.toThrow('the work failed')

    expect(seen).toEqual([false, false, false])
    expect(loaded.map(zeroed)).toEqual([true, true, true, true])
  })

  test('keeps a key that was made just now, unless there is one or nothing is kept', async () => {
    const cache = new KeyCache(900)
    const [made, late, unkept] = [anEntry(7), anEntry(8), anEntry(9)]

    cache.put('a', made)
    cache.put('a', late)
    new KeyCache(0).put('a', unkept)

    expect(await cache.use('a', () => Promise.reject(new Error('not loaded')), numberOf)).toBe(7)
    expect([made, late, unkept].map(zeroed)).toEqual([false, true, true])
  })

  test('fails all who wait for a load that fails, and loads anew for the next', async () => {
    const cache = new KeyCache(900)
    const failing = vi.fn(() => Promise.reject(new Error('throttled')))

    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => cache.use('a', failing, numberOf)))

    expect(outcomes.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'rejected'))
    expect(failing).toHaveBeenCalledTimes(1)
    expect(await cache.use('a', async () => anEntry(3), numberOf)).toBe(3)
  })
})
