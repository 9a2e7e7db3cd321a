import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aHome } from '../support/external-auth.ts'
import { type Answer, aGrant, aGrantkeeper, anAdmin, aProvider, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let control: LocalGrantkeeper['upstream']['control']
let rows: Rows
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.upstream.control
  rows = rowsOf(grantkeeper.stack)
})
afterAll(() => grantkeeper.close())
beforeEach(() => {
  control.resetBehaviour()
  control.clearRequests()
})

const rowOf = async (grant: Json): Promise<Json> => (await rows.of('GRANT#')).find(({ id }) => id === grant.id)
/** The provider answers the next questions about accounts so. */
const userinfo = (status: number, headers: Record<string, string> = {}, times = 1): void =>
  control.setBehaviour({ failNext: [{ endpoint: 'userinfo', times, status, headers, body: '{}', beforeWork: true }] })

describe('a provider with its link', () => {
  const empty = {
    authenticated: false,
    device: true,
    display_name: 'Demo',
    supports_revocation: true,
    user: null,
    app_installable: false,
    installations: [],
    app_install_url: '',
  }

  test('is answered to who has no link as well', async () => {
    const { get, provider } = await aHome(grantkeeper, {
      appInstallUrl: 'https://github.com/apps/acme/installations/new',
    })

    const { status, body } = await get(provider.id)

    expect([status, body]).toEqual([
      200,
      { ...empty, app_install_url: 'https://github.com/apps/acme/installations/new' },
    ])
  })

  test('has the account as its provider tells it, by id and by slug', async () => {
    const { get, provider, caller } = await aHome(grantkeeper)
    await aGrant(caller, provider.id, '4711')

    const answers = [await get(provider.id), await get(provider.slug)]

    const user = {
      id: 4711,
      login: '4711',
      name: '4711 Example',
      avatar_url: 'https://example.test/pictures/4711.png',
      profile_url: '',
    }
    for (const { body } of answers) expect(body).toEqual({ ...empty, authenticated: true, user })
  })

  test.each([
    ['no number', 'grace.hopper', 0],
    ['a number that JavaScript would round', '9007199254740993', 0],
    ['a number', '9007199254740991', 9007199254740991],
  ])('has the id of an account that is %s as an integer', async (_, account, id) => {
    const { get, provider, caller } = await aHome(grantkeeper)
    await aGrant(caller, provider.id, account)

    expect((await get(provider.id)).body.user.id).toBe(id)
  })

  test('is about the most recent grant', async () => {
    const { get, provider, caller } = await aHome(grantkeeper)
    await aGrant(caller, provider.id, 'first')
    await aGrant(caller, provider.id, 'second')

    expect((await get(provider.id)).body.user.login).toBe('second')
  })

  test('is refreshed first when it must be', async () => {
    const { get, provider, caller } = await aHome(grantkeeper)
    await rows.change(await rowOf(await aGrant(caller, provider.id)), { accessTokenExpiresAt: Date.now() - 1000 })
    control.clearRequests()

    expect((await get(provider.id)).body.authenticated).toBe(true)
    expect(control.requests().map(({ endpoint }) => endpoint)).toEqual(['token', 'userinfo'])
  })

  test.each<[string, number, Record<string, string>, boolean]>([
    ['401: it is refused', 401, {}, false],
    ['401 with a challenge: it is refused', 401, { 'www-authenticate': 'Bearer error="invalid_token"' }, false],
    ['403: it is refused', 403, {}, false],
    ['403 with the headers of a rate limit: it is good', 403, { 'x-ratelimit-remaining': '0' }, true],
    ['403 with a time to come back: it is good', 403, { 'retry-after': '60' }, true],
    ['429: it is good', 429, {}, true],
  ])('is authenticated by what the provider says of the token, without the account: %s', async (...row) => {
    const [, status, headers, authenticated] = row
    const { get, list, provider, caller } = await aHome(grantkeeper)
    const grant = await aGrant(caller, provider.id)
    // One that is refused while it is new may not be known everywhere yet.
    await rows.change(await rowOf(grant), { obtainedAt: Date.now() - 60_000 })

    // Another token is asked about as well.
    userinfo(status, headers, 4)
    const one = await get(provider.id)
    userinfo(status, headers, 4)
    const all = await list()
    control.resetBehaviour()

    expect([one.status, one.body]).toEqual([200, { ...empty, authenticated }])
    expect(all.body.links).toMatchObject([
      { authenticated, validate_error: authenticated ? '' : 'The provider refuses the token.' },
    ])
    // Whatever a provider says of one token: the grant is what the token endpoint says.
    expect((await caller.get(`/authorizedProviders/${grant.id}/`)).body.status).toBe('active')
  })

  test.each([500, 503, 404, 302])('that the provider answers with %i is 502', async (status) => {
    const { get, provider, caller } = await aHome(grantkeeper)
    await aGrant(caller, provider.id)
    userinfo(status)

    const answer = await get(provider.id)

    expect(answer.status).toBe(502)
    expect(answer.body).toEqual({ message: expect.any(String), detail: answer.body.message, validations: [] })
  })

  test('whose grant is dead is not authenticated, which is no error', async () => {
    const { get, provider, caller } = await aHome(grantkeeper)
    await rows.change(await rowOf(await aGrant(caller, provider.id)), { deadReason: 'invalidGrant' })

    expect(await get(provider.id)).toMatchObject({ status: 200, body: empty })
  })

  test('whose provider is switched off is not authenticated, which is no error', async () => {
    const { get, provider, caller, org } = await aHome(grantkeeper)
    await aGrant(caller, provider.id)
    await (await anAdmin(grantkeeper, { org })).patch(`/providers/${provider.id}/`, { status: 'disabled' })
    control.clearRequests()

    expect(await get(provider.id)).toMatchObject({ status: 200, body: empty })
    expect(control.requests()).toEqual([])
  })

  test('that nobody knows is 404, with the slug of another organization, too', async () => {
    const { get } = await aHome(grantkeeper)
    const elsewhere = await aProvider(grantkeeper, { slug: 'of-globex' }, { org: 'globex' })

    const answers: Answer[] = [await get('nothing'), await get(elsewhere.slug), await get(elsewhere.id)]

    for (const { status, body } of answers) {
      expect([status, body]).toEqual([
        404,
        { message: 'OAuth provider not found.', detail: 'OAuth provider not found.', validations: [] },
      ])
    }
  })
})
