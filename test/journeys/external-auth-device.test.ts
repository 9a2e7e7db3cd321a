import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { eventually } from '../support/eventually.ts'
import { aDevice, deviceRow, externalAuthOf, said } from '../support/external-auth.ts'
import {
  type Answer,
  aCaller,
  aGrant,
  aGrantkeeper,
  aProvider,
  type Caller,
  type Json,
} from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let control: LocalGrantkeeper['upstream']['control']
let rows: Rows
let grace: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.upstream.control
  rows = rowsOf(grantkeeper.stack)
  grace = checked(await aCaller(grantkeeper))
  provider = await aProvider(grantkeeper)
})
afterAll(() => grantkeeper.close())
beforeEach(() => {
  control.resetBehaviour()
  control.setBehaviour({ deviceIntervalSeconds: 1 })
  control.clearRequests()
})

const poll = (device: Json, caller = grace, id = provider.id): Promise<Answer> =>
  externalAuthOf(caller).poll(id, device.device_code)
/** Polls as often as the provider wants to be polled, until it is something else than that the user must decide. */
const outcome = async (device: Json): Promise<unknown> =>
  said(
    await eventually(
      () => poll(device),
      ({ body }) => body?.detail !== 'authorization_pending',
    ),
  )
const polls = () => control.requests().filter(({ grantType }) => grantType?.endsWith(':device_code'))
const allow = (device: Json, account: string): Promise<void> =>
  control.decideDevice({ userCode: device.user_code, decision: 'allow', account })

describe('a device', () => {
  test('is told what to show, and what to poll with: a handle, and not the code of the provider', async () => {
    const device = await aDevice(grace, provider)

    expect(device).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
      verification_uri: `${grantkeeper.upstream.issuer}/device`,
      verification_uri_complete: `${grantkeeper.upstream.issuer}/device?user_code=${device.user_code}`,
      expires_in: 600,
      interval: 1,
    })
    expect(JSON.stringify(await deviceRow(rows, device))).not.toContain(device.device_code)
  })

  test('is connected once the user has allowed it, and its account is usable from then on', async () => {
    const device = await aDevice(grace, provider)
    const before = await poll(device)
    await allow(device, 'device-1')

    const after = await outcome(device)

    expect([said(before), after]).toEqual([[400, 'authorization_pending'], 204])
    const { data } = (await grace.get('/authorizedProviders/')).body
    const grant = data.find(({ accountId }: Json) => accountId === 'device-1')
    expect(grant).toMatchObject({ status: 'active', userId: 'grace', oauthClientId: provider.clientId })
    const token = await grace.post(`/authorizedProviders/${grant.id}/accessToken/`)
    const headers = { authorization: `Bearer ${token.body.accessToken}` }
    expect((await fetch(`${grantkeeper.upstream.issuer}/userinfo`, { headers })).status).toBe(200)
    expect((await externalAuthOf(grace).get(provider.id)).body).toMatchObject({
      authenticated: true,
      device: true,
      user: { login: 'device-1' },
    })
  })

  test('that was connected is told so again, until its handle expires, and leaves nothing else', async () => {
    const device = await aDevice(grace, provider)
    await allow(device, 'device-2')
    await outcome(device)
    control.clearRequests()

    const again = [await poll(device), await poll(device), await poll(device)]
    const row = await deviceRow(rows, device)
    await rows.change(row, { expiresAt: Date.now() - 1 })
    const late = await poll(device)

    expect(again.map(said)).toEqual([204, 204, 204])
    expect(said(late)).toEqual([400, 'expired_token'])
    expect(polls()).toEqual([])
    expect(row).toMatchObject({ sk: 'END', outcome: 'done', userId: 'grace' })
    expect(Object.values(row).filter((value) => value instanceof Uint8Array)).toEqual([])
  })

  test('renews the grant of an account that is connected already, under the same id', async () => {
    const grant = await aGrant(grace, provider.id, 'device-3')
    const device = await aDevice(grace, provider)
    await allow(device, 'device-3')

    expect(await outcome(device)).toBe(204)

    const again = await grace.get(`/authorizedProviders/${grant.id}/`)
    expect(again.body).toMatchObject({ status: 'active', createdAt: grant.createdAt })
    expect(again.body.updatedAt > grant.updatedAt).toBe(true)
    expect((await control.liveGrants()).filter(({ account }) => account === 'device-3')).toHaveLength(1)
  })

  test('may be connected at a provider by its slug, by a service for a user', async () => {
    const service = checked(
      await aCaller(grantkeeper, { user: 'bot', roles: ['service'], headers: { 'x-on-behalf-of': 'heidi' } }),
    )
    const { body: device } = await externalAuthOf(service).start(provider.slug)
    await allow(device, 'device-4')

    const done = await eventually(
      () => poll(device, service, provider.slug),
      ({ status }) => status === 204,
    )

    expect(done.status).toBe(204)
    const heidi = await aCaller(grantkeeper, { user: 'heidi' })
    expect((await heidi.get('/authorizedProviders/')).body.data).toMatchObject([{ accountId: 'device-4' }])
  })
})

describe('while the user has not decided', () => {
  test('polls inside the interval are answered without asking the provider', async () => {
    control.setBehaviour({ deviceIntervalSeconds: 60 })
    const device = await aDevice(grace, provider)

    const answers = [await poll(device), await poll(device), await poll(device)]

    expect(answers.map(said)).toEqual(Array(3).fill([400, 'authorization_pending']))
    expect(polls()).toHaveLength(1)
  })

  test('the provider is asked in its own time: it never has to say slow_down', async () => {
    const device = await aDevice(grace, provider)

    await eventually(
      async () => [await poll(device), polls().length],
      ([, asked]) => asked === 3,
    )

    expect(polls().map(({ error }) => error)).toEqual(Array(3).fill('authorization_pending'))
  })

  test('a provider that says slow_down is heard, and asked five seconds later from then on', async () => {
    const device = await aDevice(grace, provider)
    const slower = { error: 'slow_down' }
    control.setBehaviour({
      failNext: [{ endpoint: 'token', times: 2, status: 400, body: JSON.stringify(slower), beforeWork: true }],
    })

    const first = await poll(device)
    const waiting = await poll(device)
    const { intervalSeconds: once } = await deviceRow(rows, device)
    await rows.change(await deviceRow(rows, device), { nextPollAt: 1 })
    const second = await poll(device)
    const { intervalSeconds: twice } = await deviceRow(rows, device)

    expect([first, waiting, second].map(said)).toEqual([
      [400, 'slow_down'],
      [400, 'authorization_pending'],
      [400, 'slow_down'],
    ])
    expect([once, twice]).toEqual([6, 11])
    expect(polls()).toHaveLength(2)
  })

  test('a longer interval that it names is taken, a shorter one is not', async () => {
    const device = await aDevice(grace, provider)
    const named = (interval: number) => ({
      endpoint: 'token' as const,
      times: 1,
      status: 200,
      body: JSON.stringify({ error: 'slow_down', interval }),
      beforeWork: true,
    })
    control.setBehaviour({ failNext: [named(30), named(31)] })

    await poll(device)
    const { intervalSeconds: longer } = await deviceRow(rows, device)
    await rows.change(await deviceRow(rows, device), { nextPollAt: 1 })
    await poll(device)

    expect([longer, (await deviceRow(rows, device)).intervalSeconds]).toEqual([30, 35])
  })
})

describe('a device flow that is over', () => {
  test('because the user denied it says so again and again, and asks nobody', async () => {
    const device = await aDevice(grace, provider)
    await control.decideDevice({ userCode: device.user_code, decision: 'deny' })

    const answers = [await outcome(device), said(await poll(device)), said(await poll(device))]

    expect(answers).toEqual(Array(3).fill([400, 'access_denied']))
    expect(polls()).toHaveLength(1)
    expect(await deviceRow(rows, device)).toMatchObject({ sk: 'END', outcome: 'accessDenied' })
  })

  test('because the provider says that its code has expired', async () => {
    control.setBehaviour({ deviceCodeSeconds: 600 })
    const device = await aDevice(grace, provider)
    control.setBehaviour({
      failNext: [{ endpoint: 'token', times: 1, status: 400, body: '{"error":"expired_token"}', beforeWork: true }],
    })

    const answers = [await poll(device), await poll(device)]

    expect(answers.map(said)).toEqual(Array(2).fill([400, 'expired_token']))
    expect(polls()).toHaveLength(1)
  })

  test('because its time is, asks nobody', async () => {
    control.setBehaviour({ deviceCodeSeconds: 1 })
    const device = await aDevice(grace, provider)

    const late = await eventually(
      () => poll(device),
      ({ body }) => body?.detail !== 'authorization_pending',
    )
    const asked = polls().length
    const later = await poll(device)

    expect([device.expires_in, said(late), said(later)]).toEqual([1, [400, 'expired_token'], [400, 'expired_token']])
    expect(polls()).toHaveLength(asked)
  })
})
