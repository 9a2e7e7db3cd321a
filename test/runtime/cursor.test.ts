import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../lib/domain/problem.ts'
import { readCursor, writeCursor } from '../../lib/runtime/cursor.ts'

const place = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 128 })
const scope = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.boolean(),
    fc.constant(undefined),
    fc.dictionary(fc.string({ maxLength: 4 }), fc.array(fc.string({ maxLength: 4 }), { maxLength: 2 }), { maxKeys: 2 }),
  ),
  { maxLength: 4 },
)

/** The name of the field for which a cursor is refused; undefined when it is taken. */
const refusalOf = (read: () => unknown): string | undefined => {
  try {
    read()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(Problem)
    const { code, fields } = error as Problem
    expect(code).toBe('invalidRequest')
    return fields[0]?.name
  }
}

describe('a cursor', () => {
  test('leads to the place that it was written for', () => {
    fc.assert(fc.property(scope, place, (of, after) => readCursor(of, writeCursor(of, after)) === after))
  })

  test('may stand in a URL as it is', () => {
    fc.assert(fc.property(scope, place, (of, after) => /^[A-Za-z0-9_-]+$/.test(writeCursor(of, after))))
  })

  test('that is absent is no place', () => {
    expect(readCursor(['providers', 'acme'], undefined)).toBeUndefined()
  })

  test('with any one character altered is refused', () => {
    const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', '=', ' ', 'é']
    const cursor = writeCursor(['providers', 'acme'], '01900000-0000-7000-8000-000000000001')

    for (let position = 0; position < cursor.length; position++) {
      for (const character of alphabet) {
        const altered = cursor.slice(0, position) + character + cursor.slice(position + 1)
        if (altered === cursor) continue
        expect([altered, refusalOf(() => readCursor(['providers', 'acme'], altered))]).toEqual([altered, 'cursor'])
      }
    }
  })

  test('cut, lengthened or made up is refused', () => {
    const cursor = writeCursor(['providers', 'acme'], '01900000')
    const made = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.base64String({ maxLength: 200 }),
      fc.nat(cursor.length - 1).map((length) => cursor.slice(0, length)),
      fc.string({ minLength: 1, maxLength: 5 }).map((more) => cursor + more),
    )

    fc.assert(fc.property(made, (given) => refusalOf(() => readCursor(['providers', 'acme'], given)) === 'cursor'))
  })

  test.each<[string, readonly unknown[]]>([
    ['of another list', ['jobs', 'acme', false, {}]],
    ['of another organization', ['providers', 'globex', false, {}]],
    ['in the other order', ['providers', 'acme', true, {}]],
    ['with other filters', ['providers', 'acme', false, { types: ['oidc'] }]],
    ['with fewer words', ['providers', 'acme']],
  ])('is refused %s', (_, elsewhere) => {
    const cursor = writeCursor(['providers', 'acme', false, {}], '01900000')

    expect(refusalOf(() => readCursor(elsewhere, cursor))).toBe('cursor')
  })

  test('is refused in any scope but its own', () => {
    fc.assert(
      fc.property(scope, scope, place, (one, other, after) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other))

        return refusalOf(() => readCursor(other, writeCursor(one, after))) === 'cursor'
      }),
    )
  })

  test('to a place that no key could be is refused, also when its check is right', () => {
    // The check needs no secret, so anybody can make one.
    for (const after of ['x'.repeat(1025), '漢'.repeat(342)]) {
      expect(refusalOf(() => readCursor(['providers', 'acme'], writeCursor(['providers', 'acme'], after)))).toBe(
        'cursor',
      )
    }
  })
})
