import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sealedKinds } from '../../lib/contract/grant.ts'
import { keyNumberOf, openWith, SealBroken, sealWith } from '../../lib/crypto/envelope.ts'
import type { SealContext } from '../../lib/domain/ports.ts'

const dataKey = randomBytes(32)

const context: SealContext = {
  orgId: 'acme',
  kind: 'grant',
  id: '01900000-0000-7000-8000-000000000001',
  userId: 'grace',
  field: 'refreshToken',
  version: 3,
}

const text = fc.string({ unit: 'binary', maxLength: 300 })
const contexts: fc.Arbitrary<SealContext> = fc.record(
  {
    orgId: text,
    kind: fc.constantFrom(...sealedKinds),
    id: text.filter((id) => Buffer.byteLength(id) < 900),
    userId: text,
    field: text,
    version: fc.nat(),
  },
  { requiredKeys: ['orgId', 'kind', 'id', 'field', 'version'] },
)

describe('a sealed value', () => {
  test('opens as exactly the text that was sealed, in whatever context and under whatever key number', () => {
    fc.assert(
      fc.property(contexts, text, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (where, plaintext, number) => {
        const sealed = sealWith(dataKey, number, where, plaintext)

        expect(openWith(dataKey, where, sealed)).toBe(plaintext)
        expect(keyNumberOf(sealed)).toBe(number)
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['a token of 20 kB', randomBytes(10_000).toString('hex')],
    ['20 kB beyond ASCII', '漢字🔑'.repeat(2000)],
    ['what looks like a sealed value', '\u0001\0\0\0\u0001'.repeat(20)],
  ])('may be %s', (_, plaintext) => {
    expect(openWith(dataKey, context, sealWith(dataKey, 1, context, plaintext))).toBe(plaintext)
  })

  test('is never the same twice, and shows nothing of its text', () => {
    const plaintext = 'a token that must not be seen'

    const [one, other] = [sealWith(dataKey, 1, context, plaintext), sealWith(dataKey, 1, context, plaintext)]

    expect(Buffer.from(one).equals(other)).toBe(false)
    expect(Buffer.from(one).includes('token')).toBe(false)
  })

  test('begins with its version and the number of its data key', () => {
    const sealed = sealWith(dataKey, 0x01020304, context, 'text')

    expect([...sealed.subarray(0, 5)]).toEqual([1, 1, 2, 3, 4])
    expect(sealed).toHaveLength(5 + 12 + 'text'.length + 16)
  })
})

describe('a value that is not what was sealed fails closed', () => {
  const plaintext = 'canary-of-the-refresh-token'
  const sealed = sealWith(dataKey, 1, context, plaintext)

  /** The error of an attempt to open it, which must be this one and say nothing. */
  const refusalOf = (open: () => string): void => {
    let opened: unknown
    try {
      opened = open()
    } catch (error) {
      opened = error
    }
    expect(opened).toBeInstanceOf(SealBroken)
    expect(String((opened as Error).stack) + JSON.stringify(opened)).not.toContain('canary')
    expect((opened as Error).cause).toBeUndefined()
  }

  test('with any bit of any byte changed', () => {
    for (let place = 0; place < sealed.length; place++) {
      for (let bit = 0; bit < 8; bit++) {
        const altered = Uint8Array.from(sealed)
        altered[place] = (altered[place] ?? 0) ^ (1 << bit)
        refusalOf(() => openWith(dataKey, context, altered))
      }
    }
  })

  test('cut at any length, at either end, or with anything added', () => {
    for (let length = 0; length < sealed.length; length++) {
      refusalOf(() => openWith(dataKey, context, sealed.subarray(0, length)))
      refusalOf(() => openWith(dataKey, context, sealed.subarray(sealed.length - length)))
    }
    refusalOf(() => openWith(dataKey, context, Buffer.concat([sealed, Buffer.alloc(1)])))
  })

  test.each<[string, { readonly [Name in keyof SealContext]?: SealContext[Name] | undefined }]>([
    ['of another organization', { orgId: 'globex' }],
    ['of another kind', { kind: 'flow' }],
    ['of another record', { id: '01900000-0000-7000-8000-000000000002' }],
    ['of another user', { userId: 'heidi' }],
    ['of no user', { userId: undefined }],
    ['of a user without a name', { userId: '' }],
    ['of another field', { field: 'accessToken' }],
    ['of an older version of the same record', { version: 2 }],
    ['of a newer version', { version: 4 }],
  ])('%s', (_, elsewhere) => {
    refusalOf(() => openWith(dataKey, { ...context, ...elsewhere } as SealContext, sealed))
  })

  test('under another data key', () => {
    refusalOf(() => openWith(randomBytes(32), context, sealed))
  })

  test('in the version of another format', () => {
    const later = Uint8Array.from(sealed)
    later[0] = 2

    refusalOf(() => openWith(dataKey, context, later))
    expect(() => keyNumberOf(later)).toThrow(SealBroken)
    expect(() => keyNumberOf(new Uint8Array())).toThrow(SealBroken)
  })

  test('in any context but its own, however alike they are', () => {
    // Short texts out of few characters, so that contexts nearly meet again and again.
    const piece = fc.string({ unit: fc.constantFrom('a', '"', ',', '#', '\\', '[', '1'), maxLength: 3 })
    const near = fc.record(
      {
        orgId: piece,
        kind: fc.constantFrom(...sealedKinds),
        id: piece,
        userId: piece,
        field: piece,
        version: fc.nat(2),
      },
      { requiredKeys: ['orgId', 'kind', 'id', 'field', 'version'] },
    )

    fc.assert(
      fc.property(near, near, (one, other) => {
        fc.pre(JSON.stringify(Object.entries(one).sort()) !== JSON.stringify(Object.entries(other).sort()))

        refusalOf(() => openWith(dataKey, other, sealWith(dataKey, 1, one, plaintext)))
      }),
      { numRuns: 500 },
    )
  })
})
