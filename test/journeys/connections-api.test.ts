import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { storedRows } from '../support/stored-grant.ts'

let grantkeeper: LocalGrantkeeper
let grace: Caller
let linus: Caller
let admin: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  grace = checked(await aCaller(grantkeeper))
  linus = checked(await aCaller(grantkeeper, { user: 'linus' }))
  admin = checked(await anAdmin(grantkeeper))
})
afterAll(() => grantkeeper.close())

const connectionOf = (caller: Caller, id: string) => caller.get(`//api/integrations/${id}/connection`)
const list = (caller: Caller, query = '') => caller.get(`//api/integration-connections${query}`)
const embedded = (body: Json): Json[] => body._embedded['inf:integration-connection']

describe('the connection of an integration', () => {
  test('has the fields of the original, and nothing secret', async () => {
    const provider = await aProvider(grantkeeper, { slug: 'drive', apiBaseUri: 'http://127.0.0.1:9/v3' })
    const grant = await aGrant(grace, provider.id)
    const rows = storedRows(grantkeeper)
    const stored = await rows.grant(grant.id)
    rows.close()

    const answer = await connectionOf(grace, provider.id)

    expect([answer.status, answer.body]).toEqual([
      200,
      {
        id: grant.id,
        integrationId: provider.id,
        ownerId: 'grace',
        isShared: false,
        status: 'active',
        tokenExpiresAt: new Date(stored?.accessTokenExpiresAt ?? 0).toISOString(),
        lastAuthorizedAt: grant.createdAt,
        apiBaseUri: 'http://127.0.0.1:9/v3',
        data: {},
        createdAt: grant.createdAt,
        updatedAt: grant.updatedAt,
      },
    ])
    expect((await connectionOf(grace, 'drive')).body).toEqual(answer.body)
    expect((await grace.get('//api/integrations/drive/connection/')).body).toEqual(answer.body)
  })

  test("is the caller's newest, and says when it was last consented to", async () => {
    const { id } = await aProvider(grantkeeper)
    const first = await aGrant(grace, id, 'first')
    const second = await aGrant(grace, id, 'second')
    await aGrant(linus, id, 'third')

    expect((await connectionOf(grace, id)).body).toMatchObject({ id: second.id, lastAuthorizedAt: second.createdAt })

    const again = await aGrant(grace, id, 'second')
    const { body } = await connectionOf(grace, id)
    expect(body).toMatchObject({ id: second.id, createdAt: second.createdAt, lastAuthorizedAt: again.updatedAt })
    expect(body.lastAuthorizedAt > body.createdAt).toBe(true)
    expect(first.id < second.id).toBe(true)
  })

  test('is not there before anybody has connected, nor for anybody else: 404', async () => {
    const { id } = await aProvider(grantkeeper)
    const none = await connectionOf(grace, id)
    await aGrant(linus, id, 'of linus')

    const answers = [
      none,
      await connectionOf(grace, id),
      await connectionOf(admin, id),
      await connectionOf(grace, 'none'),
    ]

    expect(answers.map(({ status, body }) => [status, body.message])).toEqual([
      ...Array.from({ length: 3 }, () => [404, 'OAuth provider authorization not found.']),
      [404, 'OAuth provider not found.'],
    ])
  })

  test('is gone at its own end, and the one before it is the newest', async () => {
    const { id } = await aProvider(grantkeeper)
    const [before, ended] = [await aGrant(grace, id, 'before'), await aGrant(grace, id, 'ended')]
    const { total } = (await list(grace)).body
    const rows = storedRows(grantkeeper)
    await rows.changeGrant(ended.id, { expiresAt: Date.now() - 1 })
    rows.close()

    expect((await connectionOf(grace, id)).body.id).toBe(before.id)
    expect((await list(grace)).body.total).toBe(total - 1)
  })

  test('is revoked at the provider and removed by DELETE', async () => {
    const { id } = await aProvider(grantkeeper)
    await aGrant(grace, id, 'leaver')

    const { status, text } = await grace.delete(`//api/integrations/${id}/connection`)

    expect([status, text]).toEqual([204, ''])
    expect((await connectionOf(grace, id)).status).toBe(404)
    expect((await grace.delete(`//api/integrations/${id}/connection`)).status).toBe(404)
    const live = await grantkeeper.upstream.control.liveGrants()
    expect(live.filter(({ account }) => account === 'leaver')).toEqual([])
  })
})

describe('a shared connection', () => {
  let provider: Json
  let grant: Json
  beforeAll(async () => {
    provider = await aProvider(grantkeeper, { shared: true, slug: 'shared' })
    grant = await aGrant(grace, provider.id, 'shared.account')
  })

  test('is everybody’s in the organization, whoever has made it', async () => {
    const [own, others] = [await connectionOf(grace, 'shared'), await connectionOf(linus, 'shared')]

    expect(own.body).toMatchObject({ id: grant.id, ownerId: 'grace', isShared: true })
    expect(others.body).toEqual(own.body)
  })

  test('and its token nobody’s but the owner’s', async () => {
    const answer = await linus.post(`/authorizedProviders/${grant.id}/accessToken/`)

    expect(answer.status).toBe(404)
  })

  test('is for its owner and for admins to end', async () => {
    const refused = await linus.delete('//api/integrations/shared/connection')

    expect([refused.status, refused.body.message]).toEqual([
      403,
      'Only the owner of a shared connection, or an admin, may disconnect it.',
    ])
    expect((await admin.delete('//api/integrations/shared/connection')).status).toBe(204)
    expect((await connectionOf(grace, 'shared')).status).toBe(404)
    await aGrant(linus, provider.id, 'another.account')
    expect((await connectionOf(grace, 'shared')).body.ownerId).toBe('linus')
  })
})

describe('the list of connections', () => {
  let user: Caller
  let connections: Json[]
  beforeAll(async () => {
    user = checked(await aCaller(grantkeeper, { user: 'heidi', org: 'initech' }))
    const colleague = await aCaller(grantkeeper, { user: 'judy', org: 'initech' })
    const make = (name: string, overrides = {}) => aProvider(grantkeeper, { name, ...overrides }, { org: 'initech' })
    const shared = await make('Shared', { shared: true })
    const [own, unconnected] = [await make('Own'), await make('Unconnected', { shared: true })]
    connections = [
      { grant: await aGrant(user, own.id, 'one'), provider: own },
      { grant: await aGrant(colleague, shared.id, 'two'), provider: shared },
      { grant: await aGrant(user, own.id, 'three'), provider: own },
    ]
    await aGrant(colleague, own.id, 'not heidi’s')
    expect(unconnected.shared).toBe(true)
  })

  test('is a HAL document of the own and the shared ones, oldest first', async () => {
    const { status, body } = await list(user)

    expect(status).toBe(200)
    expect({ ...body, _embedded: embedded(body).length }).toEqual({
      _links: { self: { href: '/api/integration-connections' } },
      _embedded: 3,
      start: 0,
      count: 3,
      total: 3,
    })
    expect(embedded(body)).toEqual(
      await Promise.all(
        connections.map(async ({ grant, provider }) => ({
          id: grant.id,
          integrationId: provider.id,
          ownerId: grant.userId,
          isShared: provider.shared,
          status: 'active',
          tokenExpiresAt: expect.stringMatching(/Z$/),
          lastAuthorizedAt: grant.createdAt,
          data: {},
          createdAt: grant.createdAt,
          updatedAt: grant.updatedAt,
          _embedded: { 'inf:integration': { id: provider.id, name: provider.name, type: 'oidc' } },
        })),
      ),
    )
  })

  test.each<[string, number[], Json]>([
    ['?limit=2', [0, 1], { self: '?limit=2', next: '?start=2&limit=2' }],
    ['?start=2&limit=2', [2], { self: '?start=2&limit=2', prev: '?start=0&limit=2' }],
    ['?start=1&limit=1', [1], { self: '?start=1&limit=1', next: '?start=2&limit=1', prev: '?start=0&limit=1' }],
    ['?start=1', [1, 2], { self: '?start=1', prev: '?start=0&limit=1000' }],
    ['?start=9&limit=5', [], { self: '?start=9&limit=5', prev: '?start=4&limit=5' }],
    ['?start=0&limit=3', [0, 1, 2], { self: '?start=0&limit=3' }],
  ])('%s is a page of it, with its links', async (query, places, links) => {
    const { body } = await list(user, query)

    expect(embedded(body).map(({ id }) => id)).toEqual(places.map((place) => connections[place]?.grant.id))
    expect(body._links).toEqual(
      Object.fromEntries(
        Object.entries(links).map(([name, search]) => [name, { href: `/api/integration-connections${search}` }]),
      ),
    )
    expect([body.count, body.total]).toEqual([places.length, 3])
  })

  test('is empty for who has none', async () => {
    const { body } = await list(checked(await aCaller(grantkeeper, { org: 'umbrella' })))

    expect([body.count, body.total, embedded(body)]).toEqual([0, 0, []])
  })

  test.each(['start=-1', 'start=x', 'limit=0', 'limit=1001', 'start=1&start=2'])('refuses ?%s', async (query) => {
    const { status, body } = await list(user, `?${query}`)

    expect([status, body.errorFields[0].name]).toEqual([422, query.split('=')[0]])
  })
})

describe('a service', () => {
  test('sees what it does for a user', async () => {
    const { id } = await aProvider(grantkeeper)
    const grant = await aGrant(grace, id, 'of grace')
    const headers = { 'x-on-behalf-of': 'grace' }
    const service = checked(await aCaller(grantkeeper, { user: 'bot', roles: ['service'], headers }))

    expect((await connectionOf(service, id)).body.id).toBe(grant.id)
  })
})
