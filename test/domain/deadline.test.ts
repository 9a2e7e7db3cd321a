import { describe, expect, test } from 'vitest'
import { deadlineSignal, pause, remainingMs, withDeadline } from '../../lib/domain/deadline.ts'

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('without a deadline', () => {
  test('there is all the time, and nothing that ends it', () => {
    expect(remainingMs()).toBe(Number.POSITIVE_INFINITY)
    expect(deadlineSignal()).toBeUndefined()
  })

  test('a pause is waited for', async () => {
    await expect(pause(1)).resolves.toBeUndefined()
  })
})

describe('a deadline', () => {
  test('leaves less and less time, and never less than none', async () => {
    await withDeadline(200, async () => {
      const first = remainingMs()
      await wait(20)
      const second = remainingMs()
      await wait(250)

      expect(first).toBeLessThanOrEqual(200)
      expect(second).toBeLessThan(first)
      expect(remainingMs()).toBe(0)
    })
  })

  test('aborts what is under way when it has passed', async () => {
    await withDeadline(50, async () => {
      const signal = deadlineSignal()
      expect(signal?.aborted).toBe(false)

      await new Promise((resolve) => signal?.addEventListener('abort', resolve))

      expect(signal?.reason).toMatchObject({ name: 'TimeoutError' })
    })
  })

  test.each([0, -5, 0.4, -0])('of %d ms has passed already', async (ms) => {
    await withDeadline(ms, async () => {
      expect(remainingMs()).toBe(0)
      await expect(pause(0)).rejects.toMatchObject({ code: 'tryAgain' })
    })
  })

  test('within another one replaces it there, and only there', async () => {
    await withDeadline(10_000, async () => {
      await withDeadline(20_000, async () => expect(remainingMs()).toBeGreaterThan(10_000))
      await withDeadline(100, async () => expect(remainingMs()).toBeLessThanOrEqual(100))

      expect(remainingMs()).toBeGreaterThan(5_000)
      expect(remainingMs()).toBeLessThanOrEqual(10_000)
    })
    expect(remainingMs()).toBe(Number.POSITIVE_INFINITY)
  })

  test('of one request is not that of another, however they are interleaved', async () => {
    const left = await Promise.all(
      [1_000, 2_000, 3_000].map((ms) =>
        withDeadline(ms, async () => {
          await wait(5)
          return Math.ceil(remainingMs() / 1_000) * 1_000
        }),
      ),
    )

    expect(left).toEqual([1_000, 2_000, 3_000])
  })

  test('gives what the work gives, and throws what it throws', async () => {
    await expect(withDeadline(1_000, async () => 'done')).resolves.toBe('done')
    await expect(withDeadline(1_000, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  })
})

describe('a pause', () => {
  test('is waited for while there is time', async () => {
    await withDeadline(10_000, async () => {
      const before = performance.now()
      await pause(30)

      expect(performance.now() - before).toBeGreaterThanOrEqual(25)
    })
  })

  test('is refused at once, with a time to come back, when the deadline would pass meanwhile', async () => {
    await withDeadline(500, async () => {
      const before = performance.now()

      await expect(pause(5_000)).rejects.toMatchObject({ code: 'tryAgain', status: 503, retryAfterSeconds: 1 })

      expect(performance.now() - before).toBeLessThan(400)
    })
  })
})
