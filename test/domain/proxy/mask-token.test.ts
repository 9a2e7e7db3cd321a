import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskToken, maskTokenIn } from '../../../lib/domain/proxy/mask-token.ts'
import { findCanaries, spellings } from '../../support/canaries.ts'

const tokens = ['gho_16C7e42F292c6912E7710c838347Ae178B4a', 'ya29.a0/b+c=d~e_f', 'ab"c\\d/e fü=%20', 'eyJh.eyJz.c2ln-_']

describe.each(tokens)('of the token %j nothing is left', (token) => {
  test.each([...spellings(token)])('%s', (_, written) => {
    const text = Buffer.from(`{"a":"y${written}z","b":["${written}${written}"]}`)

    const masked = maskToken(text, token)

    expect(masked).toHaveLength(text.length)
    expect(findCanaries([{ where: 'here', bytes: masked }], [{ name: 'token', value: token }])).toEqual([])
    expect(masked.subarray(0, 7).toString()).toBe('{"a":"y')
  })

  test.each([0, 1, 2, 3, 4, 5])('when it is in base64 after %d bytes', (offset) => {
    const inside = Buffer.from('-'.repeat(offset) + token + '-'.repeat(offset))
    const bytes = Buffer.from(inside.toString('base64'))

    const masked = Buffer.from(maskToken(bytes, token).toString(), 'base64')

    expect(masked).toHaveLength(inside.length)
    expect(masked.includes(Buffer.from(token).subarray(1, -1))).toBe(false)
  })

  test.each(['utf16le', 'utf16be'])('when the text is %s', (encoding) => {
    const wide = Buffer.from(`"${token}"`, 'utf16le')
    const bytes = encoding === 'utf16le' ? wide : wide.swap16()

    expect(maskToken(bytes, token).toString('latin1')).toMatch(/^\0?"\0*x+\0?"\0?$/)
  })

  test('when it is in a URL with small letters, in JSON with escaped slashes, or in JSON in JSON', () => {
    const json = JSON.stringify(token).slice(1, -1)
    const texts = [
      encodeURIComponent(token).replace(/%../g, (code) => code.toLowerCase()),
      json.replaceAll('/', '\\/'),
      JSON.stringify(json).slice(1, -1),
    ]

    for (const text of texts) expect(maskToken(Buffer.from(text), token).toString()).toMatch(/^x+$/)
  })

  test('when it is in the value of a header', () => {
    expect(maskTokenIn(`Bearer ${Buffer.from(token).toString('latin1')}; é`, token)).toMatch(/^Bearer x+; é$/)
  })
})

describe('what holds no token', () => {
  test('is handed on as it is, not copied', () => {
    const bytes = Buffer.from('{"no":"token"}')

    expect(maskToken(bytes, 'gho_16C7e42F292c6912')).toBe(bytes)
    expect(maskTokenIn('é', 'gho_16C7e42F292c6912')).toBe('é')
  })

  test('stays as it is, also where the provider gives tokens too short to be secrets', () => {
    const bytes = Buffer.from('a cat and a catalogue')

    expect(maskToken(bytes, 'cat')).toBe(bytes)
    expect(maskToken(bytes, '')).toBe(bytes)
  })

  test('stays as it is around the token, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (before, after) => {
        const token = 'gho_16C7e42F292c6912'

        const masked = maskToken(Buffer.concat([before, Buffer.from(token), after]), token)

        expect(masked.subarray(0, before.length)).toEqual(Buffer.from(before))
        expect(masked.subarray(before.length + token.length)).toEqual(Buffer.from(after))
        expect(masked.includes(token)).toBe(false)
      }),
    )
  })
})
