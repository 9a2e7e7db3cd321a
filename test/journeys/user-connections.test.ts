import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

const at = (rest: string | number = ''): string => `//api/v3/sources/user_connections/oauth/${rest}`

let grantkeeper: LocalGrantkeeper
let rows: Rows
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  rows = rowsOf(grantkeeper.stack)
})
afterAll(() => grantkeeper.close())

/** An organization with two providers; grace has two accounts at the first and one at the second, linus has one. */
const aScene = async (org: string) => {
  const admin = checked(await anAdmin(grantkeeper, { org }))
  const grace = checked(await aCaller(grantkeeper, { org }))
  const linus = checked(await aCaller(grantkeeper, { org, user: 'linus' }))
  const alpha = await aProvider(grantkeeper, { name: 'Alpha' }, { org })
  const beta = await aProvider(grantkeeper, { name: 'Beta' }, { org })
  const grants = [
    await aGrant(grace, beta.id, `${org}-1`),
    await aGrant(grace, alpha.id, `${org}-2`),
    await aGrant(grace, alpha.id, `${org}-3`),
    await aGrant(linus, alpha.id, `${org}-4`),
  ]
  return { org, admin, grace, linus, alpha, beta, grants }
}
const listed = async (caller: Caller, query = ''): Promise<Json> => {
  const answer = await caller.get(at(query && `?${query}`))
  if (answer.status !== 200) throw new Error(`Not listed: ${answer.status} ${answer.text}`)
  return answer.body
}
const accounts = ({ results }: Json): string[] => results.map(({ identifier }: Json) => identifier.split('-').at(-1))

describe('a grant under its number', () => {
  test('has every field of the original document, and those of its clients of today', async () => {
    const { grace, beta, grants } = await aScene('fields')
    const [grant] = grants
    const { results } = await listed(grace, 'search=fields-1')

    const answer = await grace.get(at(`${results[0].pk}/`))

    const source = {
      pk: beta.id,
      name: 'Beta',
      slug: 'beta',
      enabled: true,
      authentication_flow: null,
      enrollment_flow: null,
      user_property_mappings: [],
      group_property_mappings: [],
      component: expect.any(String),
      verbose_name: expect.any(String),
      verbose_name_plural: expect.any(String),
      meta_model_name: expect.any(String),
      policy_engine_mode: 'any',
      user_matching_mode: 'identifier',
      managed: null,
      user_path_template: expect.any(String),
      icon: null,
    }
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      pk: results[0].pk,
      user: expect.any(Number),
      source,
      source_obj: { ...source, icon_url: null, icon_themed_urls: null },
      created: grant.createdAt,
      last_updated: grant.updatedAt,
      identifier: grant.accountId,
    })
    expect(answer.body).toEqual(results[0])
  })

  test('says of its source whether the provider can be used', async () => {
    const { admin, grace, beta } = await aScene('enabled')
    await admin.patch(`/providers/${beta.id}/`, { status: 'disabled' })

    const { results } = await listed(grace, 'source__slug=beta')

    expect(results[0].source.enabled).toBe(false)
  })

  test('is deleted by it: the grant is revoked and gone, with all that was known of it by number', async () => {
    const { grace, grants } = await aScene('deleted')
    const [{ pk }] = (await listed(grace, 'search=deleted-1')).results
    grantkeeper.upstream.control.clearRequests()

    const answer = await grace.delete(at(`${pk}/`))

    expect([answer.status, answer.text]).toEqual([204, ''])
    expect((await grace.get(at(`${pk}/`))).status).toBe(404)
    expect((await grace.delete(at(`${pk}/`))).status).toBe(404)
    expect((await grace.get(`/authorizedProviders/${grants[0].id}/`)).status).toBe(404)
    expect(grantkeeper.upstream.control.requests().map(({ endpoint }) => endpoint)).toContain('revocation')
    expect(JSON.stringify(await rows.of('NUMBER#deleted'))).not.toContain(grants[0].id)
  })
})

describe('a number', () => {
  test('stays the same: of a grant as long as it lives, of a user when all its grants are gone', async () => {
    const { grace, alpha } = await aScene('stable')
    const before = await listed(grace)
    await aGrant(grace, alpha.id, 'stable-2')
    const renewed = await listed(grace)
    for (const { pk } of before.results) await grace.delete(at(`${pk}/`))

    await aGrant(grace, alpha.id, 'stable-2')
    const after = await listed(grace)

    const numbers = ({ results }: Json) => results.map(({ pk, user }: Json) => [pk, user])
    expect(numbers(renewed)).toEqual(numbers(before))
    expect(after.results).toHaveLength(1)
    expect(after.results[0].user).toBe(before.results[0].user)
    expect(before.results.map(({ pk }: Json) => pk)).not.toContain(after.results[0].pk)
  })

  test('is given once, however many ask at once', async () => {
    const { admin, grace, linus } = await aScene('once')

    const lists = await Promise.all([admin, grace, linus, admin, grace, linus, admin].map((caller) => listed(caller)))
    const again = await listed(admin)

    const numbers = new Map<string, Set<number>>()
    for (const { results } of lists) {
      for (const { pk, user, identifier, ...others } of results) {
        numbers.set(identifier, (numbers.get(identifier) ?? new Set()).add(pk))
        expect([pk, user, others.source.pk]).toEqual([expect.any(Number), expect.any(Number), expect.any(String)])
      }
    }
    const all = [...numbers.values()].flatMap((pks) => [...pks])
    const users = new Set(lists.flatMap(({ results }) => results.map(({ user }: Json) => user)))
    expect([numbers.size, all.length, new Set(all).size, users.size]).toEqual([4, 4, 4, 2])
    expect(all.some((pk) => users.has(pk))).toBe(false)
    expect(again.results.map(({ pk }: Json) => pk).sort()).toEqual(all.sort())
  })

  test('is one of its organization: the same number is another grant elsewhere, or none', async () => {
    const here = await aScene('here')
    const there = await aScene('there')
    const mine = await listed(here.grace)
    await listed(there.grace)

    for (const { pk } of mine.results) {
      const { status, body } = await there.grace.get(at(`${pk}/`))

      expect(status === 404 || body.identifier.startsWith('there-')).toBe(true)
    }
  })
})

describe('the list', () => {
  let scene: Awaited<ReturnType<typeof aScene>>
  beforeAll(async () => {
    scene = await aScene('list')
  })

  test('has the own grants, and for an admin all of the organization, by slug', async () => {
    expect(accounts(await listed(scene.grace))).toEqual(['2', '3', '1'])
    expect(accounts(await listed(scene.linus))).toEqual(['4'])
    expect(accounts(await listed(scene.admin))).toEqual(['2', '3', '4', '1'])
  })

  test.each<[string, string[]]>([
    ['page_size=2', ['2', '3']],
    ['page_size=2&page=2', ['4', '1']],
    ['page_size=3&page=last', ['1']],
    ['page_size=nonsense', ['2', '3', '4', '1']],
    ['page_size=0', ['2', '3', '4', '1']],
    ['ordering=created', ['1', '2', '3', '4']],
    ['ordering=-created', ['4', '3', '2', '1']],
    ['ordering=-identifier', ['4', '3', '2', '1']],
    ['ordering=-source__slug,-identifier', ['1', '4', '3', '2']],
    ['ordering=nonsense', ['2', '3', '4', '1']],
    ['source__slug=beta', ['1']],
    ['source__slug=nonsense', []],
    ['search=LIST-3', ['3']],
    ['search=linus', ['4']],
    ['search=alpha%20-2', ['2']],
    ['search=', ['2', '3', '4', '1']],
    ['user=2000000000', []],
    ['unknown=parameter&page=1', ['2', '3', '4', '1']],
  ])('takes ?%s', async (query, expected) => {
    expect(accounts(await listed(scene.admin, query))).toEqual(expected)
  })

  test('is of one user by its number, to those who may see that user', async () => {
    const [{ user }] = (await listed(scene.linus)).results
    const [{ user: own, pk }] = (await listed(scene.grace)).results

    expect(accounts(await listed(scene.admin, `user=${user}`))).toEqual(['4'])
    expect(accounts(await listed(scene.grace, `user=${own}`))).toEqual(['2', '3', '1'])
    expect(accounts(await listed(scene.grace, `user=${user}`))).toEqual([])
    expect(accounts(await listed(scene.admin, `user=${pk}`))).toEqual([])
  })

  test.each(['pk', '-pk', 'user'])('is in the order of numbers by ordering=%s', async (ordering) => {
    const { results } = await listed(scene.admin, `ordering=${ordering}`)

    const numbers = results.map((each: Json) => each[ordering.replace('-', '')])
    const sorted = [...numbers].sort((a, b) => (ordering.startsWith('-') ? b - a : a - b))
    expect(numbers).toEqual(sorted)
    expect(numbers).toHaveLength(4)
  })

  test.each<[string, Json]>([
    ['', { next: 0, previous: 0, count: 4, current: 1, total_pages: 1, start_index: 1, end_index: 4 }],
    ['page_size=3', { next: 2, previous: 0, count: 4, current: 1, total_pages: 2, start_index: 1, end_index: 3 }],
    [
      'page_size=3&page=2',
      { next: 0, previous: 1, count: 4, current: 2, total_pages: 2, start_index: 4, end_index: 4 },
    ],
    ['search=none', { next: 0, previous: 0, count: 0, current: 1, total_pages: 1, start_index: 0, end_index: 0 }],
  ])('says where a page stands: %s', async (query, pagination) => {
    const body = await listed(scene.admin, query)

    expect(Object.keys(body).sort()).toEqual(['autocomplete', 'pagination', 'results'])
    expect(body.pagination).toEqual(pagination)
  })

  test.each(['page=2', 'page=0', 'page=-1', 'page=x', 'page=1.5'])('has no page ?%s', async (query) => {
    const answer = await scene.admin.get(at(`?${query}`))

    expect([answer.status, answer.body]).toEqual([404, { detail: 'Invalid page.' }])
  })
})

describe('an error has the body of this API:', () => {
  test.each([
    ['abc', { id: ['A valid integer is required.'] }],
    ['1.5', { id: ['A valid integer is required.'] }],
    ['%20', { id: ['A valid integer is required.'] }],
  ])('400 for the id %s', async (id, body) => {
    const caller = checked(await aCaller(grantkeeper))

    const answer = await caller.get(at(`${id}/`))

    expect([answer.status, answer.body]).toEqual([400, body])
  })

  test('400 for a user that is no number', async () => {
    const caller = checked(await aCaller(grantkeeper))

    const answer = await caller.get(at('?user=ada'))

    expect([answer.status, answer.body]).toEqual([400, { user: ['A valid integer is required.'] }])
  })

  test.each(['7', '-7', '0', '99999999999', '9'.repeat(50), '4294967297'])('404 for the id %s', async (id) => {
    const caller = checked(await aCaller(grantkeeper, { org: 'empty' }))

    const answer = await caller.get(at(`${id}/`))

    expect([answer.status, answer.body]).toEqual([404, { detail: 'OAuth provider authorization not found.' }])
  })

  test("404 for a colleague's, the same as for one that nobody has", async () => {
    const { grace, linus, admin } = await aScene('foreign')
    const [{ pk, user }] = (await listed(linus)).results
    const unknown = await grace.get(at('123456/'))

    for (const number of [pk, user]) expect((await grace.get(at(`${number}/`))).text).toBe(unknown.text)
    expect((await grace.delete(at(`${pk}/`))).text).toBe(unknown.text)
    expect((await admin.get(at(`${pk}/`))).status).toBe(200)
  })

  test('403 without the right, with a code', async () => {
    const pretender = checked(await aCaller(grantkeeper, { headers: { 'x-on-behalf-of': 'linus' } }))

    const answer = await pretender.get(at())

    expect([answer.status, answer.body]).toEqual([
      403,
      { detail: 'X-On-Behalf-Of needs the role service.', code: 'permission_denied' },
    ])
  })

  test('401 without a token, from the gateway, with detail', async () => {
    const answer = await fetch(`${grantkeeper.url}${at().slice(1)}`)

    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ detail: 'Unauthorized' })
  })
})
