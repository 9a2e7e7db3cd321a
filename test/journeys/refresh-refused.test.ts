import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { aCaller, aGrant, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer, errorAs200, errorInHeader } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider, aHostileRedirect } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene
let admin: Caller

beforeAll(async () => {
  scene = await aRefreshScene()
  admin = await anAdmin(scene.grantkeeper)
}, 30_000)

afterAll(() => scene.close())

describe('a grant that the provider has ended', () => {
  test('is expired for good, and nobody asks the provider again', async () => {
    const { control } = scene.grantkeeper.upstream
    const { id } = await aGrant(scene.caller, (await aProvider(scene.grantkeeper)).id, 'ended')
    await control.revokeGrant({ account: 'ended' })
    await scene.rows.age(id)
    const from = scene.refreshes()

    const first = await scene.ask(id)
    const second = await scene.ask(id)
    const profile = await scene.caller.get(`/authorizedProviders/${id}/userinfo/`)

    expect([first.status, second.status, profile.status]).toEqual([410, 410, 410])
    expect(scene.refreshes() - from).toBe(1)
    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'invalidGrant' })
    expect(await scene.rows.grant(id)).not.toHaveProperty('refreshToken')
  })

  test('lives again under its id once the account is connected anew', async () => {
    const provider = await aProvider(scene.grantkeeper)
    const { id } = await aGrant(scene.caller, provider.id, 'again')
    await scene.grantkeeper.upstream.control.revokeGrant({ account: 'again' })
    await scene.rows.age(id)
    expect((await scene.ask(id)).status).toBe(410)

    const renewed = await aGrant(scene.caller, provider.id, 'again')

    expect(renewed).toMatchObject({ id, status: 'active' })
    expect((await scene.ask(id)).status).toBe(201)
  })

  test.each([
    ['a plain error', answer(400, { error: 'invalid_grant' })],
    ['an error with status 200', errorAs200('bad_refresh_token')],
    ['an error with status 401', answer(401, { error: 'invalid_grant' })],
    ['an error with status 403', answer(403, { error: 'invalid_grant', error_description: '<script>' })],
    ['an error in the challenge as well', errorInHeader(400, 'invalid_grant')],
    [
      'an error in the challenge alone',
      answer(400, {}, { 'www-authenticate': 'Bearer realm="x", error="invalid_grant"' }),
    ],
  ])('may be told of by %s', async (name, refusal) => {
    const { id } = await aHostileGrant(
      scene.caller,
      (await aHostileProvider(scene.grantkeeper, scene.hostile)).id,
      `${name}`,
    )
    await scene.rows.age(id)
    scene.hostile.script('token', [refusal])

    const refused = await scene.ask(id)

    expect(refused.status).toBe(410)
    expect(refused.text).not.toContain('<script>')
    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'invalidGrant' })
  })
})

/** The surfaces that ask the provider who the account is. */
const askers: readonly [string, (id: string, provider: Json) => Promise<[status: number, said: unknown]>][] = [
  [
    'userinfo',
    async (id) => {
      const { status, headers } = await scene.caller.get(`/authorizedProviders/${id}/userinfo/`)
      return [status, headers.get('x-grantkeeper-error')]
    },
  ],
  [
    'external-auth',
    async (_, { slug }) => {
      const { status, body } = await scene.caller.get(`//api/v2/external-auth/${slug}`)
      return [status, body.authenticated]
    },
  ],
  [
    'the proxy, at the profile endpoint itself',
    async (_, { slug }) => {
      const url = new URL(scene.hostile.endpoints.userinfo).pathname
      const { status, headers } = await scene.caller.post(`//api/integrations/${slug}/request`, { url })
      return [status, headers.get('x-grantkeeper-error')]
    },
  ],
]

describe('an access token that the profile endpoint refuses before its time, as it does once access was withdrawn', () => {
  const HOUR = 3_600_000
  const unauthorized = answer(401, { error: 'invalid_token', error_description: 'a sentence' })
  const aWithdrawn = async (changes: Json = {}): Promise<{ id: string; provider: Json }> => {
    const apiBaseUri = new URL('/', scene.hostile.url).href
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile, { apiBaseUri })
    const { id } = await aHostileGrant(scene.caller, provider.id, 'withdrawn')
    await scene.rows.changeGrant(id, { obtainedAt: Date.now() - HOUR, ...changes })
    return { id, provider }
  }
  afterEach(() => {
    for (const endpoint of ['token', 'userinfo'] as const) scene.hostile.script(endpoint, [])
  })

  test.each(askers)('is refreshed once for %s, which is answered with another', async (_, ask) => {
    const { id, provider } = await aWithdrawn()
    const from = scene.hostileRefreshes().length
    scene.hostile.script('userinfo', [unauthorized])

    const [status, said] = await ask(id, provider)

    expect([status, said]).toEqual([200, said === true ? true : null])
    expect(scene.hostileRefreshes().length - from).toBe(1)
  })

  test.each(askers)('ends the grant for %s when the refresh is refused for good', async (_, ask) => {
    const { id, provider } = await aWithdrawn()
    scene.hostile.script('userinfo', unauthorized)
    scene.hostile.script('token', [answer(400, { error: 'invalid_grant' })])

    const [status, said] = await ask(id, provider)

    expect([status, said]).toEqual(said === false ? [200, false] : [410, 'grantExpired'])
    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'invalidGrant' })
  })

  test.each(askers)('ends the grant for %s when there is nothing to refresh with', async (_, ask) => {
    const { id, provider } = await aWithdrawn({ refreshToken: undefined })
    scene.hostile.script('userinfo', unauthorized)

    const [status, said] = await ask(id, provider)
    const vended = await scene.ask(id)

    expect([status, said]).toEqual(said === false ? [200, false] : [410, 'tokenRefused'])
    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'tokenRefused' })
    expect(vended.status).toBe(410)
  })

  test('leaves the grant as it is when the other is refused as well: 410, and tokens are served on', async () => {
    const { id } = await aWithdrawn()
    scene.hostile.script('userinfo', unauthorized)

    const answered = await scene.caller.get(`/authorizedProviders/${id}/userinfo/`)

    expect([answered.status, answered.headers.get('x-grantkeeper-error')]).toEqual([410, 'tokenRefused'])
    expect(answered.text).not.toContain('a sentence')
    expect([(await scene.statusOf(id)).status, (await scene.ask(id)).status]).toEqual(['active', 201])
    const { body } = await scene.caller.get(`/authorizedProviders/${id}/diagnosis/`)
    expect([body.cause, body.whoMustAct]).toEqual(['tokenRejected', 'user'])
  })

  test.each<[string, Json, number]>([
    ['is told to come back while nobody may ask for another', { retryAt: Date.now() + HOUR }, 503],
    ['is refused with 403, which says nothing of the token', { refreshToken: undefined }, 502],
  ])('%s, and the grant lives', async (_, changes, expected) => {
    const { id } = await aWithdrawn(changes)
    scene.hostile.script('userinfo', expected === 503 ? unauthorized : answer(403, { message: 'no' }))

    const { status } = await scene.caller.get(`/authorizedProviders/${id}/userinfo/`)

    expect([status, (await scene.statusOf(id)).status]).toEqual([expected, 'active'])
  })

  test('of a first consent is refreshed once as well, and what is kept is the other', async () => {
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const redirect = await aHostileRedirect(scene.caller, provider.id, 'withdrawn at once')
    const from = scene.hostileRefreshes().length
    scene.hostile.script('userinfo', [unauthorized, unauthorized])

    const connected = await scene.caller.post('/providers/callback/', redirect)

    expect([connected.status, scene.hostileRefreshes().length - from]).toEqual([200, 1])
    expect((await scene.ask(connected.body.authorizedProvider.id)).status).toBe(201)
  })

  test('of a first consent that is refused whatever is sent makes no connection: 410', async () => {
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const redirect = await aHostileRedirect(scene.caller, provider.id, 'never taken')
    scene.hostile.script('userinfo', unauthorized)

    const refused = await scene.caller.post('/providers/callback/', redirect)

    expect([refused.status, refused.headers.get('x-grantkeeper-error')]).toEqual([410, 'tokenRefused'])
  })
})

describe('a client that the provider refuses', () => {
  /** A provider with a client of its own, whose secret upstream can be changed, and two users' grants. */
  const aRefusedClient = async (clientId: string) => {
    const { upstream } = scene.grantkeeper
    const provider = await aProvider(scene.grantkeeper, { clientId, clientSecret: 'first' })
    const setUpstreamSecret = (clientSecret: string) =>
      upstream.control.registerClient({ clientId, clientSecret, redirectUris: [provider.callbackUrl] })
    await setUpstreamSecret('first')
    const other = await aCaller(scene.grantkeeper, { user: 'alan' })
    const mine: string = (await aGrant(scene.caller, provider.id, clientId)).id
    const others: string = (await aGrant(other, provider.id, clientId)).id
    await setUpstreamSecret('second')
    await scene.rows.age(mine)
    const askOther = () => other.post(`/authorizedProviders/${others}/accessToken/`)
    const view = async (): Promise<Json> => (await scene.caller.get(`/providers/${provider.id}/`)).body
    /** Lets five minutes pass. */
    const wait = () =>
      scene.rows.changeProvider(provider.id, { clientRejectedAt: Date.now() - 301_000, clientRetryAt: undefined })
    return { providerId: provider.id as string, mine, askOther, view, wait, setUpstreamSecret }
  }
  const tokenRequests = (clientId: string) =>
    scene.grantkeeper.upstream.control
      .requests()
      .filter((seen) => seen.endpoint === 'token' && seen.clientId === clientId && seen.grantType === 'refresh_token')

  test('makes the provider inactive and its grants unusable, and keeps their tokens', async () => {
    const { providerId, mine, askOther, view } = await aRefusedClient('refused-1')
    const before = await scene.rows.grant(mine)

    const refused = await scene.ask(mine)
    const others = await askOther()
    const again = await scene.ask(mine)
    const connecting = await scene.caller.post(`/providers/${providerId}/authorize/`)

    expect([refused.status, others.status, again.status, connecting.status]).toEqual([403, 403, 403, 409])
    expect(await view()).toMatchObject({ status: 'inactive', statusReason: 'invalidClient' })
    expect(await scene.statusOf(mine)).toMatchObject({ status: 'invalidOAuthClient' })
    expect(await scene.rows.grant(mine)).toMatchObject({
      accessToken: before?.accessToken,
      refreshToken: before?.refreshToken,
      tokenVersion: before?.tokenVersion,
    })
    expect(tokenRequests('refused-1').filter(({ status }) => status === 401)).toHaveLength(1)
  })

  test('is healed by its new secret, without anybody connecting again', async () => {
    const { providerId, mine, askOther, view } = await aRefusedClient('refused-2')
    expect((await scene.ask(mine)).status).toBe(403)

    const patched = await admin.patch(`/providers/${providerId}/`, { clientSecret: 'second' })
    const [healed, others] = [await scene.ask(mine), await askOther()]

    expect(patched.body).toMatchObject({ status: 'active', statusReason: 'ok' })
    expect([healed.status, others.status]).toEqual([201, 201])
    expect(await view()).toMatchObject({ status: 'active' })
    expect(await scene.statusOf(mine)).toEqual({ status: 'active' })
  })

  test('is tried again by one caller in five minutes', async () => {
    const { mine, askOther, wait } = await aRefusedClient('refused-3')
    await scene.ask(mine)
    const from = tokenRequests('refused-3').length
    await wait()
    scene.grantkeeper.upstream.control.setBehaviour({ tokenDelayMs: 500 })

    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 ? scene.ask(mine) : askOther())))
    const later = await scene.ask(mine)
    scene.grantkeeper.upstream.control.setBehaviour({ tokenDelayMs: 0 })

    expect(new Set([...answers, later].map(({ status }) => status))).toEqual(new Set([403]))
    expect(tokenRequests('refused-3').length - from).toBe(1)
  })

  test('heals when that one succeeds', async () => {
    const { mine, askOther, view, wait, setUpstreamSecret } = await aRefusedClient('refused-4')
    await scene.ask(mine)
    await setUpstreamSecret('first')
    const tooEarly = await scene.ask(mine)
    await wait()

    const healed = await scene.ask(mine)

    expect([tooEarly.status, healed.status]).toEqual([403, 201])
    expect(await view()).toMatchObject({ status: 'active', statusReason: 'ok' })
    expect((await askOther()).status).toBe(201)
  })
})

describe.each([
  { set: 'inactive', reason: 'adminInactive' },
  { set: 'disabled', reason: 'adminDisabled' },
])('a provider that an admin has set to $set', ({ set, reason }) => {
  test('lets nobody have a token, and is not asked for one', async () => {
    const provider = await aProvider(scene.grantkeeper)
    const good = await aGrant(scene.caller, provider.id, `good-${set}`)
    const expired = await aGrant(scene.caller, provider.id, `expired-${set}`)
    await scene.rows.age(expired.id)
    const from = scene.refreshes()

    await admin.patch(`/providers/${provider.id}/`, { status: set })
    const answers = [await scene.ask(good.id), await scene.ask(expired.id)]

    expect(answers.map(({ status }) => status)).toEqual([403, 403])
    expect(scene.refreshes() - from).toBe(0)
    expect(await scene.statusOf(good.id)).toEqual({ status: 'invalidProviderState', statusReason: reason })

    await admin.patch(`/providers/${provider.id}/`, { status: 'active' })
    expect((await scene.ask(expired.id)).status).toBe(201)
  })
})
