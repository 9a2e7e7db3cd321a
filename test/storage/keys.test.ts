import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DATA_KEY, DUE_SHARDS, type Kind, kinds, sealedKinds } from '../../lib/contract/grant.ts'
import { component } from '../../lib/domain/component.ts'
import * as keys from '../../lib/storage/keys.ts'

const id = '01900000-0000-7000-8000-000000000001'
const other = '01900000-0000-7000-8000-000000000002'

/** The longest id there is: 255 characters of four bytes each. */
const longest = '🔑'.repeat(255)

/** Every maker of keys: how it is called with free text in all its places, and how many places there are. */
const makers: Record<string, { places: number; make: (...texts: string[]) => keys.Key }> = {
  providerKey: { places: 2, make: (a = '', b = '') => keys.providerKey(a, b) },
  secretKey: { places: 2, make: (a = '', b = '') => keys.secretKey(a, b) },
  slugKey: { places: 2, make: (a = '', b = '') => keys.slugKey(a, b) },
  grantKey: { places: 2, make: (a = '', b = '') => keys.grantKey(a, b) },
  memberKey: { places: 4, make: (a = '', b = '', c = '', d = '') => keys.memberKey(a, b, c, d) },
  sharedMemberKey: { places: 2, make: (a = '', b = '') => keys.sharedMemberKey(a, b) },
  userKey: { places: 3, make: (a = '', b = '', c = '') => keys.userKey(a, b, c) },
  siblingKey: { places: 5, make: (a = '', b = '', c = '', d = '', e = '') => keys.siblingKey([a, b, c], d, e) },
  flowEndKey: { places: 1, make: (a = '') => keys.flowEndKey(a) },
  flowKey: { places: 1, make: (a = '') => keys.flowKey(a) },
  jobKey: { places: 2, make: (a = '', b = '') => keys.jobKey(a, b) },
  chunkKey: { places: 3, make: (a = '', b = '', c = '') => keys.chunkKey(a, b, 'OPEN', c) },
  credentialKey: { places: 2, make: (a = '', b = '') => keys.credentialKey(a, b) },
  numberKey: { places: 1, make: (a = '') => keys.numberKey(a, 1) },
  userNumberKey: { places: 2, make: (a = '', b = '') => keys.userNumberKey(a, b) },
  lastNumberKey: { places: 1, make: (a = '') => keys.lastNumberKey(a) },
  ticketKey: { places: 1, make: (a = '') => keys.ticketKey(a) },
  auditKey: { places: 3, make: (a = '', b = '', c = '') => keys.auditKey(a, b, c) },
  dataKeyKey: { places: 1, make: (a = '') => keys.dataKeyKey('grant', a, 1) },
}

describe('a component of a key', () => {
  test.each(['acme', 'auth0|5f7c', 'ada@example.com', 'a.b-c_d+e:f', id, 'x'.repeat(128)])('is %s itself', (text) => {
    expect(component(text)).toBe(text)
  })

  test.each([
    ['the separator', 'a#b'],
    ['the mark of a hash', '~a'],
    ['nothing at all', ''],
    ['a space', 'a b'],
    ['a line break', 'acme\n'],
    ['letters beyond ASCII', 'é'],
    ['too much', 'x'.repeat(129)],
    ['255 characters of four bytes', longest],
  ])('is a hash of what holds %s', (_, text) => {
    expect(component(text)).toMatch(/^~[A-Za-z0-9_-]{43}$/)
  })

  test('is refused for half a character, which no key could carry', () => {
    expect(() => component('\ud83d')).toThrow(TypeError)
  })

  test('is another one for every other text', () => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'A', '#', '~', '|', 'é', 'e\u0301', ' '), maxLength: 4 }),
      fc.string({ unit: 'binary', maxLength: 255 }),
    )

    fc.assert(fc.property(text, text, (one, two) => (component(one) === component(two)) === (one === two)))
  })
})

describe('a key', () => {
  test('is made by nothing that this table leaves out', () => {
    const exported = Object.keys(keys).filter((name) => name.endsWith('Key'))

    expect(exported.filter((name) => name !== 'dueKey').sort()).toEqual(Object.keys(makers).sort())
  })

  test.each(Object.entries(makers))('%s is the same for the same ids, and for no others', (_, { places, make }) => {
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', '#', '~', '"', ',', '-', '*'), maxLength: 3 }),
      fc.string({ unit: 'binary', maxLength: 60 }),
    )
    const ids = fc.array(text, { minLength: places, maxLength: places })

    fc.assert(
      fc.property(ids, ids, (one, two) => {
        const same = one.every((value, place) => value === two[place])

        expect(JSON.stringify(make(...one)) === JSON.stringify(make(...two))).toBe(same)
      }),
      { numRuns: 300 },
    )
  })

  test.each(Object.entries(makers))('%s fits into DynamoDB, however long the ids are', (_, { places, make }) => {
    for (const text of [longest, 'x'.repeat(128), 'é'.repeat(255)]) {
      const { pk, sk } = make(...Array.from({ length: places }, () => text))

      expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(2048)
      expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(1024)
      expect(sk.length).toBeGreaterThan(0)
    }
  })

  test.each<[Kind, keys.Key]>([
    ['provider', keys.providerKey('acme', id)],
    ['secret', keys.secretKey('acme', id)],
    ['slug', keys.slugKey('acme', 'github')],
    ['grant', keys.grantKey('acme', id)],
    ['member', keys.memberKey('acme', id, 'grace', 'account')],
    ['member', keys.sharedMemberKey('acme', id)],
    ['user', keys.userKey('acme', 'grace', id)],
    ['sibling', keys.siblingKey(['client', 'sub'], 'acme', id)],
    ['flow', keys.flowKey('hash')],
    ['job', keys.jobKey('acme', id)],
    ['chunk', keys.chunkKey('acme', id, 'DONE', other)],
    ['credential', keys.credentialKey('acme', id)],
    ['number', keys.numberKey('acme', 1)],
    ['number', keys.userNumberKey('acme', 'grace')],
    ['number', keys.lastNumberKey('acme')],
  ])('of a %s begins with its kind, to which roles are held', (kind, { pk }) => {
    expect(pk.startsWith(`${kinds[kind]}#`)).toBe(true)
    const others = Object.values(kinds).filter((name) => name !== kinds[kind])
    expect(others.some((name) => pk.startsWith(`${name}#`))).toBe(false)
  })

  test.each(sealedKinds)('of a data key of the kind %s names the kind, to which roles are held as well', (kind) => {
    expect(keys.dataKeyKey(kind, 'acme', 1)).toEqual({ pk: `${DATA_KEY}#${kind}#acme`, sk: '00000001' })
  })

  test.each([
    ['organization and user', keys.userKey('a#b', 'c', id), keys.userKey('a', 'b#c', id)],
    ['user and account', keys.memberKey('acme', id, 'a#b', 'c'), keys.memberKey('acme', id, 'a', 'b#c')],
    ['an account that is not told', keys.memberKey('acme', id, 'a', ''), keys.memberKey('acme', id, 'a', '#')],
    ['a shared member and a user', keys.sharedMemberKey('acme', id), keys.memberKey('acme', id, '*', '')],
    [
      'server, client and account',
      keys.siblingKey(['a', 'b', 'c'], 'o', id),
      keys.siblingKey(['a', 'b","c', ''], 'o', id),
    ],
    ['a hash and the text that looks like it', keys.providerKey('a#b', id), keys.providerKey(component('a#b'), id)],
    ['a user and the last number', keys.userNumberKey('acme', 'LAST'), keys.lastNumberKey('acme')],
    ['a user and a number', keys.userNumberKey('acme', '1'), keys.numberKey('acme', 1)],
    ['an open and a done chunk', keys.chunkKey('acme', id, 'OPEN', other), keys.chunkKey('acme', id, 'DONE', other)],
  ])('keeps %s apart', (_, one, two) => {
    expect(one).not.toEqual(two)
  })

  test('of a newer data key sorts behind that of an older one', () => {
    const sorted = [1, 2, 9, 10, 99, 100, 99_999_999].map((number) => keys.dataKeyKey('grant', 'acme', number).sk)

    expect([...sorted].sort()).toEqual(sorted)
  })
})

describe('the due index', () => {
  test('has its items in all of its shards, each always in the same one', () => {
    const ids = Array.from({ length: 400 }, (_, place) => `item-${place}`)

    const shards = new Set(ids.map(keys.dueKeyOf))

    expect([...shards].sort()).toEqual(Array.from({ length: DUE_SHARDS }, (_, shard) => keys.dueKey(shard)))
    expect(ids.map(keys.dueKeyOf)).toEqual(ids.map(keys.dueKeyOf))
  })
})
