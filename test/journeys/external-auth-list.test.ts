import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aPlainProvider, begin, callbackOf, finish, redirectFrom } from '../support/connecting.ts'
import { aHome } from '../support/external-auth.ts'
import { aGrant, aGrantkeeper, anAdmin, aProvider, type Json } from '../support/grantkeeper.ts'
import { startHostileUpstream } from '../support/hostile-upstream.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

const ZERO = '0001-01-01T00:00:00Z'
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
describe('the list', () => {
  const linkProvider = (provider: Json) => ({
    id: provider.id,
    type: 'oidc',
    device: true,
    display_name: 'Demo',
    display_icon: '',
    allow_refresh: true,
    allow_validate: true,
    supports_revocation: true,
  })

  test('of who has no link has the providers, and zero values in the place of a link', async () => {
    const { list, provider } = await aHome(grantkeeper)

    const { status, body } = await list()

    expect([status, body]).toEqual([
      200,
      {
        provider_id: '',
        created_at: ZERO,
        updated_at: ZERO,
        has_refresh_token: false,
        expires: ZERO,
        authenticated: false,
        validate_error: '',
        providers: [linkProvider(provider)],
        links: [],
      },
    ])
  })

  test('has one link for each provider, the newest first, and its members at the top', async () => {
    const { list, provider, caller, org } = await aHome(grantkeeper)
    const second = await aProvider(grantkeeper, { name: 'Demo' }, { org })
    await aGrant(caller, provider.id, 'one')
    const older = await aGrant(caller, second.id, 'two')
    const newest = await aGrant(caller, provider.id, 'three')

    const { body } = await list()

    const link = (grant: Json) => ({
      provider_id: grant.provider.id,
      created_at: grant.createdAt,
      updated_at: grant.updatedAt,
      has_refresh_token: true,
      expires: expect.stringMatching(/^2\d{3}-.*Z$/),
      authenticated: true,
      validate_error: '',
    })
    expect(body).toEqual({
      ...link(newest),
      providers: [linkProvider(provider), linkProvider(second)],
      links: [link(newest), link(older)],
    })
  })

  test('has an end of zero for a token that does not end', async () => {
    const { list, provider, caller } = await aHome(grantkeeper)
    const grant = await aGrant(caller, provider.id)
    await rows.change(await rowOf(grant), { accessTokenExpiresAt: undefined, refreshToken: undefined })

    expect((await list()).body).toMatchObject({ expires: ZERO, has_refresh_token: false, authenticated: true })
  })

  test('says of every link by itself why it is not good', async () => {
    const { list, provider, caller, org } = await aHome(grantkeeper)
    const good = await aGrant(caller, provider.id)
    const failing = await aProvider(grantkeeper, { name: 'Failing' }, { org })
    await aGrant(caller, failing.id)
    const dead = await aProvider(grantkeeper, { name: 'Dead' }, { org })
    await rows.change(await rowOf(await aGrant(caller, dead.id)), { deadReason: 'invalidGrant' })
    const off = await aProvider(grantkeeper, { name: 'Off' }, { org })
    await aGrant(caller, off.id)
    await (await anAdmin(grantkeeper, { org })).patch(`/providers/${off.id}/`, { status: 'disabled' })
    const row = (await rows.of(`PROV#${org}`)).find(({ id }) => id === failing.id)
    await rows.change(row, { settings: { ...row.settings, userInfoUrl: 'http://127.0.0.1:9/userinfo' } })

    const { body } = await list()

    const errors = Object.fromEntries(body.links.map((link: Json) => [link.provider_id, link.validate_error]))
    expect(errors).toEqual({
      [good.provider.id]: '',
      [failing.id]: 'The provider could not be reached, or answered with a failure.',
      [dead.id]: 'The authorization has expired or was revoked. Connect the account again.',
      [off.id]: 'The provider is not active, so its authorizations cannot be used.',
    })
    for (const { authenticated, validate_error } of body.links) expect(authenticated).toBe(validate_error === '')
  })

  test('leaves out what is being deleted', async () => {
    const { list, provider, caller, org } = await aHome(grantkeeper)
    await aGrant(caller, provider.id)
    const row = (await rows.of(`PROV#${org}`))[0]
    await rows.change(row, { state: 'deleting' })

    expect((await list()).body).toMatchObject({ providers: [], links: [], provider_id: '' })
  })

  test('asks about eight links at a time, and about all of them', async () => {
    const { list, caller, org } = await aHome(grantkeeper)
    const upstream = await startHostileUpstream()
    let now = 0
    let most = 0
    upstream.script('userinfo', async ({ response, work }) => {
      now += 1
      most = Math.max(most, now)
      await sleep(100)
      now -= 1
      const { status, headers, body } = await work()
      response.writeHead(status, headers).end(JSON.stringify(body))
    })
    for (let count = 0; count < 20; count++) {
      const provider = await aPlainProvider(grantkeeper, upstream, { name: `Plain ${count}` }, { org })
      const redirect = await redirectFrom(`${(await begin(caller, provider.id)).body.redirectUrl}&login_hint=${count}`)
      await finish(caller, callbackOf(provider.id, redirect))
    }
    most = 0

    const { body } = await list()
    await upstream.close()

    expect(body.links.filter(({ authenticated }: Json) => authenticated)).toHaveLength(20)
    expect(most).toBe(8)
  })
})
