import { gzipSync } from 'node:zlib'
import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../../lib/domain/problem.ts'
import { readBody } from '../../lib/runtime/middleware/read-body.ts'

const MEBIBYTE = 1024 * 1024

const sent = (body: string | Buffer | null, isBase64Encoded = true): APIGatewayProxyEvent =>
  ({
    body: body && isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    isBase64Encoded,
  }) as APIGatewayProxyEvent

const problemWith = (event: APIGatewayProxyEvent): Pick<Problem, 'code' | 'fields'> => {
  try {
    return { code: 'internal', fields: [{ name: 'read', message: JSON.stringify(readBody(event)) }] }
  } catch (error) {
    const { code, fields } = error as Problem
    return { code, fields }
  }
}

/** A JSON text of exactly so many bytes. */
const ofBytes = (count: number): string => `"${'x'.repeat(count - 2)}"`

describe('the body of a request', () => {
  test.each<[string, string, unknown]>([
    ['an object', '{"a":1}', { a: 1 }],
    ['letters beyond ASCII', '{"a":"漢字🔑"}', { a: '漢字🔑' }],
    ['a mark of its byte order', '\ufeff{"a":1}', { a: 1 }],
    ['the last of two values for one name', '{"a":1,"a":2}', { a: 2 }],
    ['what its schema may refuse', '[null,7,"x"]', [null, 7, 'x']],
    ['as much as a mebibyte', ofBytes(MEBIBYTE), 'x'.repeat(MEBIBYTE - 2)],
  ])('may be %s, encoded or not', (_, text, value) => {
    expect(readBody(sent(text))).toEqual(value)
    expect(readBody(sent(text, false))).toEqual(value)
  })

  test.each<[string, string | Buffer | null]>([
    ['nothing', null],
    ['an empty text', ''],
    ['half of it', '{"a":'],
    ['a form', 'a=1&b=2'],
    ['two values', '{} {}'],
    ['a comment', '{} // x'],
    ['a comma too many', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['not a number', '{"a":NaN}'],
    ['Latin 1', Buffer.from([0x22, 0xe9, 0x22])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['half a character', Buffer.from([0x22, 0xf0, 0x9f, 0x94, 0x22])],
    ['half a surrogate pair', Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22])],
  ])('that is %s is not valid', (_, body) => {
    expect(problemWith(sent(body))).toMatchObject({ code: 'invalidRequest', fields: [{ name: 'body' }] })
  })

  describe('may be gzipped', () => {
    test('whatever headers say of it', () => {
      expect(readBody(sent(gzipSync('{"a":1}')))).toEqual({ a: 1 })
    })

    test('and has a mebibyte at most when it is unzipped, however small it was', () => {
      expect(readBody(sent(gzipSync(ofBytes(MEBIBYTE))))).toHaveLength(MEBIBYTE - 2)
      expect(problemWith(sent(gzipSync(ofBytes(MEBIBYTE + 1)))).code).toBe('tooLarge')
      expect(problemWith(sent(gzipSync(Buffer.alloc(500 * MEBIBYTE)))).code).toBe('tooLarge')
    })

    test.each([
      ['is cut', gzipSync('{"a":1}').subarray(0, 20)],
      ['only begins so', Buffer.from([0x1f, 0x8b, 0x08])],
      ['is zipped twice', gzipSync(gzipSync('{"a":1}'))],
    ])('but not if it %s', (_, bytes) => {
      expect(problemWith(sent(bytes))).toMatchObject({ code: 'invalidRequest', fields: [{ name: 'body' }] })
    })
  })

  test('of more than a mebibyte is too large, counted in bytes and before anything is read', () => {
    expect(problemWith(sent(ofBytes(MEBIBYTE + 1))).code).toBe('tooLarge')
    expect(problemWith(sent(`"${'é'.repeat(MEBIBYTE / 2)}"`)).code).toBe('tooLarge')
    expect(problemWith(sent('{'.repeat(MEBIBYTE + 1))).code).toBe('tooLarge')
  })

  test('makes no object anything else than it is', () => {
    const read = readBody(sent('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'))

    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
  })

  test('may be nested as deep as a mebibyte goes, and is read or refused all the same', () => {
    const depth = 400_000

    expect(['internal', 'invalidRequest']).toContain(problemOfDepth(depth))
  })
})

const problemOfDepth = (depth: number): string => {
  try {
    readBody(sent('['.repeat(depth) + ']'.repeat(depth)))
    return 'internal'
  } catch (error) {
    return (error as Problem).code
  }
}
