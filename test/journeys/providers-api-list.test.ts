import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { providerKey } from '../../lib/storage/keys.ts'
import { aCaller, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { aProviderRow } from '../support/records.ts'
import { seed } from '../support/seed.ts'

let grantkeeper: LocalGrantkeeper
let member: Caller
/** In the order in which they were made. */
let made: Json[]
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  member = await aCaller(grantkeeper)
  const { issuer } = grantkeeper.upstream
  const at = (origin: string) => ({
    type: 'oauth2',
    authorizationUrl: `${origin}/a`,
    tokenUrl: `${origin}/t`,
    issuer: undefined,
  })
  made = [
    await aProvider(grantkeeper, { name: 'discovered' }),
    await aProvider(grantkeeper, { name: 'same', ...at(issuer) }),
    await aProvider(grantkeeper, { name: 'localhost', ...at('http://LocalHost:4711') }),
    await aProvider(grantkeeper, { name: 'default port', ...at('http://127.0.0.1') }),
  ]
  await aProvider(grantkeeper, { name: 'of globex' }, { org: 'globex' })
})
afterAll(() => grantkeeper.close())

const list = async (query: string, caller = member): Promise<Json> => {
  const answer = await caller.get(`/providers/${query}`)
  expect(answer.status).toBe(200)
  return answer.body
}
const names = (body: Json): string[] => body.data.map(({ name }: Json) => name)
const ids = (...places: number[]): string[] => places.map((place) => made[place].id)
const upstream = (): URL => new URL(grantkeeper.upstream.issuer)

describe('the list of providers', () => {
  test('is of the whole organization, oldest first, and says no more', async () => {
    expect(await list('')).toEqual({ data: made })
  })

  test.each([
    ['orderBy=createdAt', ['discovered', 'same', 'localhost', 'default port']],
    ['orderBy=-createdAt', ['default port', 'localhost', 'same', 'discovered']],
  ])('comes as asked by %s', async (query, expected) => {
    expect(names(await list(`?${query}`))).toEqual(expected)
  })

  test.each<[string, () => string, string[]]>([
    ['one id', () => `ids=${ids(1)}`, ['same']],
    ['repeated ids', () => `ids=${ids(2)[0]}&ids=${ids(0)[0]}`, ['discovered', 'localhost']],
    ['a comma list of ids', () => `ids=${ids(0, 3)}`, ['discovered', 'default port']],
    ['an encoded comma list', () => `ids=${encodeURIComponent(String(ids(0, 3)))}`, ['discovered', 'default port']],
    ['both at once', () => `ids=${ids(0, 1)}&ids=${ids(2)}`, ['discovered', 'same', 'localhost']],
    ['ids of which one is unknown', () => `ids=${ids(1)},0190f5a0-0000-7000-8000-000000000000`, ['same']],
    ['an id that nobody could have', () => 'ids=a%20b', []],
    ['one type', () => 'types=oidc', ['discovered']],
    ['two types', () => 'types=oidc,oauth2', ['discovered', 'same', 'localhost', 'default port']],
    ['a type of which there is none', () => 'types=github', []],
    ['a host with its port', () => `host=${upstream().host}`, ['discovered', 'same']],
    ['a host in capitals', () => 'host=LOCALHOST:4711', ['localhost']],
    [
      'a URL in place of a host',
      () => `host=${encodeURIComponent(`${upstream().origin}/authorize?a=b`)}`,
      ['discovered', 'same'],
    ],
    ['a host whose port is the default', () => 'host=127.0.0.1', ['default port']],
    ['two hosts', () => `host=localhost:4711&host=127.0.0.1`, ['localhost', 'default port']],
    ['a host and a type', () => `host=${upstream().host}&types=oauth2`, ['same']],
    ['a host, a type and an id of others', () => `host=${upstream().host}&types=oauth2&ids=${ids(0)}`, []],
  ])('is narrowed by %s', async (_, query, expected) => {
    expect(names(await list(`?${query()}`))).toEqual(expected)
  })

  test('never has what is another organization’s, also by its id', async () => {
    const outsider = await aCaller(grantkeeper, { org: 'globex' })
    const [theirs] = (await list('', outsider)).data

    expect(theirs.orgId).toBe('globex')
    expect(await list(`?ids=${theirs.id},${ids(0)}`)).toEqual({ data: [made[0]] })
  })
})

/** All pages, and how large each was. */
const walk = async (query: string, caller = member): Promise<{ data: Json[]; sizes: number[] }> => {
  const data: Json[] = []
  const sizes: number[] = []
  for (let cursor = ''; ; ) {
    const page = await list(`?${query}${cursor && `&cursor=${cursor}`}`, caller)
    data.push(...page.data)
    sizes.push(page.data.length)
    if (page.next === undefined) return { data, sizes }
    cursor = page.next
  }
}

describe('pages of providers', () => {
  test.each([
    ['limit=1', [1, 1, 1, 1]],
    ['limit=3', [3, 1]],
    ['limit=4', [4]],
    ['limit=1000', [4]],
    ['limit=1&types=oauth2', [1, 1, 1]],
    ['limit=1&types=oidc', [1]],
    ['limit=2&orderBy=-createdAt', [2, 2]],
  ])('by %s have these sizes, everything once, and no empty one at the end', async (query, sizes) => {
    const whole = await list(`?${query.replace(/limit=\d+&?/, '')}`)

    expect(await walk(query)).toEqual({ data: whole.data, sizes })
  })

  test('go on where they were when a provider is added meanwhile', async () => {
    const who = { org: 'initech', user: 'bill' }
    const caller = await aCaller(grantkeeper, who)
    for (const name of ['one', 'two', 'three']) await aProvider(grantkeeper, { name }, who)
    const first = await list('?limit=2', caller)
    await aProvider(grantkeeper, { name: 'four' }, who)

    const second = await list(`?limit=2&cursor=${first.next}`, caller)

    expect([names(first), names(second)]).toEqual([
      ['one', 'two'],
      ['three', 'four'],
    ])
  })

  describe('have a cursor that is refused', () => {
    const spoil = (cursor: string, place: number): string => {
      const char = cursor[place] === 'A' ? 'B' : 'A'
      return cursor.slice(0, place) + char + cursor.slice(place + 1)
    }
    const cases: Readonly<Record<string, (cursor: string) => string>> = {
      'with other filters': (cursor) => `limit=1&types=oauth2&cursor=${cursor}`,
      'in another order': (cursor) => `limit=1&orderBy=-createdAt&cursor=${cursor}`,
      'with its check altered': (cursor) => `limit=1&cursor=${spoil(cursor, 0)}`,
      'with its place altered': (cursor) => `limit=1&cursor=${spoil(cursor, cursor.length - 4)}`,
      shortened: (cursor) => `limit=1&cursor=${cursor.slice(0, -1)}`,
      'with something after it': (cursor) => `limit=1&cursor=${cursor}A`,
      'in another encoding': (cursor) =>
        `limit=1&cursor=${encodeURIComponent(Buffer.from(cursor, 'base64url').toString('base64'))}=`,
      'of nothing': () => 'limit=1&cursor=AAAA',
      'that is a place in clear': () => `limit=1&cursor=${ids(0)}`,
    }

    test.each(Object.entries(cases))('%s', async (_, query) => {
      const { next } = await list('?limit=1')

      const answer = await member.get(`/providers/?${query(next)}`)

      expect(answer.status).toBe(422)
      expect(answer.body.errorFields.map(({ name }: Json) => name)).toEqual(['cursor'])
    })

    test('in another organization', async () => {
      const outsider = await anAdmin(grantkeeper, { org: 'globex' })
      const { next } = await list('?limit=1')

      const answer = await outsider.get(`/providers/?limit=1&cursor=${next}`)

      expect(answer.status).toBe(422)
    })

    test('but is good with another size, or none', async () => {
      const { next } = await list('?limit=1')

      expect((await list(`?limit=2&cursor=${next}`)).data).toEqual(made.slice(1, 3))
      expect((await list(`?cursor=${next}`)).data).toEqual(made.slice(1))
    })
  })
})

describe('of more than a thousand providers', () => {
  const hosts = ['many.example', 'few.example']
  const settings = (host: string) => ({ ...aProviderRow().settings, authorizationUrl: `https://${host}/a` })
  const row = (host: string, place: number) => {
    const id = `0190f5a0-0000-7000-8000-${String(place).padStart(12, '0')}`
    return { ...providerKey('initrode', id), ...aProviderRow({ orgId: 'initrode', id, settings: settings(host) }) }
  }
  let caller: Caller
  beforeAll(async () => {
    caller = await aCaller(grantkeeper, { org: 'initrode' })
    await seed(grantkeeper.stack, [
      ...Array.from({ length: 1000 }, (_, place) => row(hosts[0] ?? '', place)),
      ...Array.from({ length: 5 }, (_, place) => row(hosts[1] ?? '', 1000 + place)),
    ])
  })

  test('all are answered only by pages', async () => {
    const answer = await caller.get('/providers/')

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields).toEqual([{ name: 'limit', message: 'is needed: there are more than 1000' }])
    expect((await walk('limit=1000', caller)).sizes).toEqual([1000, 5])
  })

  test.each([
    ['exactly a thousand, with others behind them', 'many.example', 1000],
    ['a few behind a thousand others', 'few.example', 5],
  ])('%s are answered at once', async (_, host, count) => {
    expect((await list(`?host=${host}`, caller)).data).toHaveLength(count)
  })
})
