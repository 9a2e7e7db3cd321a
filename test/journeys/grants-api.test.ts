import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let grace: Caller
let providers: Json[]
/** Of grace, in the order of their consents: two accounts at the first provider, one at the second. */
let grants: Json[]
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  grace = await aCaller(grantkeeper)
  providers = [await aProvider(grantkeeper, { name: 'First' }), await aProvider(grantkeeper, { name: 'Second' })]
  grants = []
  for (const [place, account] of [[0, 'work'] as const, [0, 'private'] as const, [1, 'work'] as const]) {
    grants.push(await aGrant(grace, providers[place].id, `grace.${account}`))
  }
  await aGrant(await aCaller(grantkeeper, { user: 'linus' }), providers[0].id, 'linus')
})
afterAll(() => grantkeeper.close())

const list = async (query: string, caller = grace): Promise<Json> => {
  const answer = await caller.get(`/authorizedProviders/${query}`)
  expect(answer.status).toBe(200)
  return answer.body
}
const accounts = (body: Json): string[] =>
  body.data.map(({ accountId, provider }: Json) => `${accountId} at ${provider.name}`)
const all = ['grace.work at First', 'grace.private at First', 'grace.work at Second']
const changeGrant = async (id: string, attributes: Record<string, unknown>): Promise<void> => {
  const rows = rowsOf(grantkeeper.stack)
  const row = (await rows.of('GRANT#')).find((each) => each.id === id)
  await rows.change(row, attributes)
}

describe('every grant of the organization, to an admin', () => {
  const everybodys = [...all, 'linus at First']

  test('is listed by ?all=true, with the filters of every list', async () => {
    const body = await list('?all=true', admin)
    const filtered = await list(`?all=true&statuses=active&providerIds=${providers[1].id}`, admin)

    expect(accounts(body).sort()).toEqual([...everybodys].sort())
    expect(accounts(filtered)).toEqual(['grace.work at Second'])
  })

  test('comes in pages that leave none out and show none twice, over providers without any', async () => {
    await aProvider(grantkeeper, { name: 'Nobody is connected to it' })
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { data, next }: Json = await list(`?all=true&limit=1&cursor=${cursor}`, admin)
      seen.push(...accounts({ data }))
      if (next === undefined) break
      cursor = encodeURIComponent(next)
    }

    expect(seen.sort()).toEqual([...everybodys].sort())
  })

  test('is nothing for a member, nor for a service that acts for one', async () => {
    const service = await aCaller(grantkeeper, {
      user: 'bot',
      roles: ['service', 'admin'],
      headers: { 'x-on-behalf-of': 'grace' },
    })

    expect((await grace.get('/authorizedProviders/?all=true')).status).toBe(403)
    expect((await service.get('/authorizedProviders/?all=true')).status).toBe(403)
    expect(accounts(await list('?all=false'))).toEqual(all)
  })

  test('is of that organization alone', async () => {
    const outsider = await anAdmin(grantkeeper, { org: 'globex' })

    expect(await list('?all=true', outsider)).toEqual({ data: [] })
  })

  test('is not asked for with a user', async () => {
    const answer = await admin.get('/authorizedProviders/?all=true&userId=grace')

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields).toMatchObject([{ name: 'userId' }])
  })
})

describe('a token by user and provider', () => {
  const ask = (caller: Caller, id: string, query = '') => caller.post(`/providers/${id}/accessToken/${query}`)

  test("is of the caller's newest grant there", async () => {
    const answer = await ask(grace, providers[0].id)

    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      accessToken: expect.any(String),
      expiresAt: expect.any(String),
      authorizedOauthProvider: expect.objectContaining({ id: grants[1].id, accountId: 'grace.private' }),
    })
  })

  test('is of the newest that lives; where none does the answer is 410', async () => {
    const hedy = await aCaller(grantkeeper, { user: 'hedy' })
    const provider = await aProvider(grantkeeper, { name: 'Third' })
    const [older, newer] = [await aGrant(hedy, provider.id, 'older'), await aGrant(hedy, provider.id, 'newer')]
    const dead = { deadReason: 'invalidGrant' }

    await changeGrant(newer.id, dead)
    const answer = await ask(hedy, provider.id)
    await changeGrant(older.id, dead)
    const none = await ask(hedy, provider.id, '?connect=true')

    expect(answer.body.authorizedOauthProvider.id).toBe(older.id)
    expect(none.status).toBe(410)
    expect(none.headers.get('x-grantkeeper-error')).toBe('grantExpired')
    expect(none.body.connect.url).toMatch(/\/oauth2\/connect\?ticket=/)
  })

  test('is none for who has no grant there, with a link that connects where it is asked for', async () => {
    const stranger = await aCaller(grantkeeper, { user: 'stranger' })

    const plain = await ask(stranger, providers[0].id)
    const { status, body } = await ask(stranger, providers[0].id, '?connect=true')
    const page = await fetch(body.connect.url)

    expect([plain.status, plain.body.connect, status]).toEqual([404, undefined, 404])
    expect(body.message).toBe('OAuth provider authorization not found.')
    expect(Date.parse(body.connect.expiresAt)).toBeGreaterThan(Date.now())
    expect(await page.text()).toContain('stranger')
  })

  test('is 404 without a link at a provider of nobody, or of another organization', async () => {
    const outsider = await anAdmin(grantkeeper, { org: 'globex' })

    const foreign = await ask(outsider, providers[0].id, '?connect=true')
    const unknown = await ask(outsider, '0190f5a0-0000-7000-8000-000000000000', '?connect=true')

    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(unknown.text)
    expect(foreign.body).toEqual({ message: 'OAuth provider not found.', errorFields: [] })
  })

  test('is 403 where the provider is switched off, and nobody can connect there', async () => {
    const hedy = await aCaller(grantkeeper, { user: 'hedy' })
    const provider = await aProvider(grantkeeper, { name: 'Off' })
    await aGrant(hedy, provider.id, 'hedy')
    await admin.patch(`/providers/${provider.id}/`, { status: 'disabled' })

    const owner = await ask(hedy, provider.id, '?connect=true')
    const stranger = await ask(await aCaller(grantkeeper, { user: 'stranger' }), provider.id, '?connect=true')

    expect(owner.status).toBe(403)
    expect([stranger.status, stranger.body.connect]).toEqual([404, undefined])
  })
})

describe('a grant', () => {
  test('says whose it is, of what account, at which provider and with which scopes', () => {
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const scopes = ['openid', 'profile', 'email', 'offline_access']

    expect(grants[0]).toEqual({
      id: expect.any(String),
      orgId: 'acme',
      userId: 'grace',
      status: 'active',
      oauthClientId: grantkeeper.upstream.client.clientId,
      credentialId: expect.any(String),
      accountId: 'grace.work',
      scopes,
      requestedScopes: scopes,
      grantedScopes: scopes,
      missingScopes: [],
      provider: providers[0],
      createdAt: time,
      updatedAt: time,
    })
  })

  test('is the same alone and in the list', async () => {
    const alone = await grace.get(`/authorizedProviders/${grants[1].id}/`)

    expect(alone.body).toEqual(grants[1])
    expect((await list('')).data).toEqual(grants)
  })

  test.each(['accessToken', 'token'])('gives its token at %s', async (path) => {
    const answer = await grace.post(`/authorizedProviders/${grants[0].id}/${path}/`)

    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      accessToken: expect.stringMatching(/^.{20,}$/),
      expiresAt: expect.any(String),
      authorizedOauthProvider: grants[0],
    })
    expect(Date.parse(answer.body.expiresAt)).toBeGreaterThan(Date.now())
  })

  test('gives the profile of its account', async () => {
    const answer = await grace.get(`/authorizedProviders/${grants[0].id}/userinfo/`)

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ sub: 'grace.work', email: expect.any(String), raw: { sub: 'grace.work' } })
    expect(answer.body.nickname).toBe(answer.body.nickName)
  })

  test('that is deleted is gone, here and at the provider, and the others stay', async () => {
    const caller = await aCaller(grantkeeper, { user: 'leaver' })
    const [leaves, stays] = [
      await aGrant(caller, providers[0].id, 'leaver.one'),
      await aGrant(caller, providers[0].id, 'leaver.two'),
    ]

    const deleted = await caller.delete(`/authorizedProviders/${leaves.id}/`)
    const again = await caller.delete(`/authorizedProviders/${leaves.id}/`)

    expect([deleted.status, deleted.text, again.status]).toEqual([204, '', 404])
    expect((await list('', caller)).data).toEqual([stays])
    const live = await grantkeeper.upstream.control.liveGrants()
    expect(live.map(({ account }) => account)).toEqual(expect.arrayContaining(['leaver.two']))
    expect(live.map(({ account }) => account)).not.toContain('leaver.one')
  })
})

describe('the list of grants', () => {
  test.each<[string, () => string, string[]]>([
    ['nothing', () => '', all],
    ['a provider', () => `providerIds=${providers[1].id}`, ['grace.work at Second']],
    ['two providers', () => `providerIds=${providers[0].id},${providers[1].id}`, all],
    ['a provider that is unknown', () => 'providerIds=0190f5a0-0000-7000-8000-000000000000', []],
    ['a status', () => 'statuses=active', all],
    ['a status of none', () => 'statuses=expired&statuses=invalidOAuthClient', []],
    ['a provider and a status', () => `providerIds=${providers[0].id}&statuses=active`, all.slice(0, 2)],
    ['its own user', () => 'userId=grace', all],
  ])('narrowed by %s', async (_, query, expected) => {
    expect(accounts(await list(`?${query()}`))).toEqual(expected)
  })

  test('comes in pages, without an empty one at the end', async () => {
    const first = await list('?limit=2')
    const second = await list(`?limit=2&cursor=${first.next}`)

    expect([...accounts(first), ...accounts(second)]).toEqual(all)
    expect(second).not.toHaveProperty('next')
  })

  test.each<[string, (next: string) => Promise<Json>]>([
    [
      'another user',
      async (next) =>
        (await aCaller(grantkeeper, { user: 'linus' })).get(`/authorizedProviders/?limit=2&cursor=${next}`),
    ],
    [
      'the list of another user',
      async (next) => admin.get(`/authorizedProviders/?limit=2&userId=linus&cursor=${next}`),
    ],
    ['other filters', async (next) => grace.get(`/authorizedProviders/?limit=2&statuses=active&cursor=${next}`)],
    ['the list of providers', async (next) => grace.get(`/providers/?limit=2&cursor=${next}`)],
  ])('has a cursor that is refused for %s', async (_, ask) => {
    const { next } = await list('?limit=2')

    expect((await ask(next)).status).toBe(422)
  })

  test('of another user is for admins, who see it as that user does', async () => {
    expect(await list('?userId=grace', admin)).toEqual(await list(''))
    expect(await list('?userId=nobody', admin)).toEqual({ data: [] })
    expect(await list('', admin)).toEqual({ data: [] })
  })
})

describe('the status of a grant', () => {
  const past = () => Date.now() - 1000

  test.each<[string, Record<string, unknown>, string, string | undefined]>([
    ['whose access token is past, but can be renewed', { accessTokenExpiresAt: past() }, 'active', undefined],
    ['whose access token has no end', { accessTokenExpiresAt: undefined }, 'active', undefined],
    [
      'whose tokens are both past',
      { accessTokenExpiresAt: past(), refreshTokenExpiresAt: past() },
      'expired',
      'tokenExpired',
    ],
    [
      'that cannot be renewed and is past',
      { accessTokenExpiresAt: past(), refreshToken: undefined },
      'expired',
      'tokenExpired',
    ],
    ['that was refused for good', { deadReason: 'invalidGrant' }, 'expired', 'invalidGrant'],
    ['of a client that the provider no longer has', { clientId: 'another' }, 'invalidOAuthClient', 'clientChanged'],
  ])('%s', async (title, attributes, status, statusReason) => {
    const user = `status of ${title}`.slice(0, 255)
    const caller = await aCaller(grantkeeper, { user })
    const { id } = await aGrant(caller, providers[0].id, 'status')
    await changeGrant(id, attributes)

    const [seen] = (await list(`?statuses=${status}`, caller)).data
    const { body } = await admin.get(`/authorizedProviders/${id}/`)

    expect([seen.status, seen.statusReason]).toEqual([status, statusReason])
    expect(body).toEqual(seen)
  })
})

describe('a service', () => {
  const service = (headers: Record<string, string> = {}, roles = ['service']) =>
    aCaller(grantkeeper, { user: 'bot', roles, headers })

  test('acts for the user that X-On-Behalf-Of names, in any case of the header', async () => {
    const caller = await service({ 'x-ON-behalf-OF': 'grace' })
    const token = await caller.post(`/authorizedProviders/${grants[0].id}/accessToken/`)

    expect(accounts(await list('', caller))).toEqual(all)
    expect(token.body.authorizedOauthProvider).toEqual(grants[0])
  })

  test('is itself without it, and has nothing of others', async () => {
    expect(await list('', await service())).toEqual({ data: [] })
  })

  test('is no admin while it acts for somebody, whatever it is by itself', async () => {
    const caller = await service({ 'x-on-behalf-of': 'grace' }, ['service', 'admin'])

    const created = await caller.post('/jobs/', { type: 'STATS' })
    const others = await caller.get('/authorizedProviders/?userId=linus')

    expect([created.status, others.status]).toEqual([403, 403])
  })

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
  ])('is told of a user id that is %s', async (_, user) => {
    const answer = await (await service({ 'x-on-behalf-of': user })).get('/authorizedProviders/')

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields.map(({ name }: Json) => name)).toEqual(['X-On-Behalf-Of'])
  })

  test('may not be one without the role, or of another organization', async () => {
    const pretender = await aCaller(grantkeeper, { user: 'linus', headers: { 'x-on-behalf-of': 'grace' } })
    const foreign = await aCaller(grantkeeper, {
      user: 'bot',
      org: 'globex',
      roles: ['service'],
      headers: { 'x-on-behalf-of': 'grace' },
    })

    expect((await pretender.get('/authorizedProviders/')).status).toBe(403)
    expect(await list('', foreign)).toEqual({ data: [] })
  })
})

describe('an identity anywhere but in the token', () => {
  const elsewhere = {
    userId: 'grace',
    user_id: 'grace',
    sub: 'grace',
    orgId: 'acme',
    org_id: 'acme',
    role: 'admin',
    roles: 'admin',
  }
  const headers = {
    'x-user-id': 'grace',
    x_user_id: 'grace',
    'x-forwarded-user': 'grace',
    'x-org-id': 'acme',
    'x-roles': 'admin',
    'x-on_behalf_of': 'grace',
    'x-amzn-oidc-identity': 'grace',
    'x-amz-authorizer-context': JSON.stringify({ userId: 'grace', orgId: 'acme', roles: 'admin' }),
  }
  let outsider: Caller
  beforeAll(async () => {
    outsider = await aCaller(grantkeeper, { user: 'eve', org: 'globex', headers })
  })

  test.each<[string, () => string]>([
    ['GET', () => `/authorizedProviders/${grants[0].id}/`],
    ['DELETE', () => `/authorizedProviders/${grants[0].id}/`],
    ['POST', () => `/authorizedProviders/${grants[0].id}/accessToken/`],
    ['GET', () => `/providers/${providers[0].id}/`],
    ['POST', () => `/providers/${providers[0].id}/authorize/`],
  ])('opens nothing: %s', async (method, path) => {
    const { userId: _, ...query } = elsewhere

    const answer = await outsider.request(
      method,
      `${path()}?${new URLSearchParams(query)}`,
      method === 'POST' ? elsewhere : undefined,
    )

    expect(answer.status).toBe(404)
  })

  test('makes nobody an admin, and moves nothing into another organization', async () => {
    const named = await outsider.post('/providers/', { ...elsewhere, type: 'oidc', name: 'x' })
    const refused = await outsider.post('/providers/', {
      type: 'oidc',
      name: 'x',
      issuer: grantkeeper.upstream.issuer,
      ...grantkeeper.upstream.client,
    })
    const theirs = await anAdmin(grantkeeper, { org: 'globex', headers })
    const made = await theirs.post('/providers/', {
      type: 'oidc',
      name: 'x',
      issuer: grantkeeper.upstream.issuer,
      ...grantkeeper.upstream.client,
    })

    // A name that is not a provider's is told before anything else.
    expect(named.status).toBe(422)
    expect(refused.status).toBe(403)
    expect(made.body.orgId).toBe('globex')
  })
})
