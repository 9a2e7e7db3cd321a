import { describe, expect, test } from 'vitest'
import { SealBroken } from '../../lib/crypto/envelope.ts'
import { Problem } from '../../lib/domain/problem.ts'
import { describeError } from '../../lib/runtime/logger.ts'

const canary = 'canary-of-a-secret'

/** What a careless text may look like. */
const texts = [
  canary,
  `${canary}\n${canary}`,
  `first line\n    at ${canary} (file.ts:1:1)`,
  `    at ${canary}`,
  `x\n    at Object.<anonymous> (/var/task/${canary}.mjs:1:1)\n    at ${canary}`,
  `$& ${canary} $1`,
]

class Careless extends Error {
  override name = 'Careless'
  readonly response = { body: canary }
}

describe('what is logged of an error', () => {
  test.each(texts)('holds nothing of its text: %j', (text) => {
    const errors = [
      new Error(text),
      new TypeError(text, { cause: new Error(text) }),
      new Careless(text),
      new AggregateError([new Error(text)], text),
      new Problem('internal', { cause: new Error(text) }),
      Object.assign(new Error(text), {
        $metadata: { requestId: 'id', extendedRequestId: text },
        $response: { body: text },
      }),
    ]

    for (const error of errors) expect(JSON.stringify(describeError(error))).not.toContain(canary)
  })

  test('holds nothing of a text that was put into it later', () => {
    const error = new Error('harmless')
    error.message = `${canary}\n    at ${canary}`

    expect(JSON.stringify(describeError(error))).not.toContain(canary)
  })

  test.each<[string, unknown]>([
    ['a text', canary],
    ['an object', { message: canary }],
    ['nothing', undefined],
    ['null', null],
  ])('that is none, but %s, is its type', (_, thrown) => {
    expect(describeError(thrown)).toEqual({ error: typeof thrown })
  })

  test('is its name, its place, and the name of its cause', () => {
    const described = describeError(new TypeError('x', { cause: new SealBroken() }))

    expect(described).toMatchObject({ error: 'TypeError', cause: 'SealBroken' })
    expect((described.at as string[])[0]).toMatch(/^at .*logger\.test\.ts\S*:\d+:\d+/)
    expect((described.at as string[]).length).toBeLessThanOrEqual(5)
  })

  test('of AWS is how its request went as well', () => {
    const error = Object.assign(new Error(canary), { $metadata: { requestId: 'r', httpStatusCode: 400, attempts: 3 } })

    expect(describeError(error)).toMatchObject({ aws: { requestId: 'r', status: 400, attempts: 3 } })
  })

  test('without a place is logged without one', () => {
    const error = new Error('x')
    delete error.stack

    expect(describeError(error)).toMatchObject({ error: 'Error' })
  })
})
