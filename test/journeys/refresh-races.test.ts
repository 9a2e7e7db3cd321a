import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aGrant, anAdmin, aProvider, type Json } from '../support/grantkeeper.ts'
import { answer, type HostileBehaviour, honest } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene

beforeAll(async () => {
  scene = await aRefreshScene()
}, 30_000)

afterAll(() => scene.close())

/** Waits until it holds, at most ten seconds. */
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries++) {
    if (tries === 1000) throw new Error('It never came to hold')
    await sleep(10)
  }
}

const liveOf = async (account: string) =>
  (await scene.grantkeeper.upstream.control.liveGrants()).filter((live) => live.account === account)

/** The honest work, done at once and answered only when `open` is called. */
const heldAnswer = () => {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let arrived = 0
  const waiting: HostileBehaviour = async ({ response, work }) => {
    const { status, headers, body } = await work()
    arrived += 1
    await promise
    response.writeHead(status, headers).end(JSON.stringify(body))
  }
  return { waiting, open, arrived: () => arrived }
}

/** A behaviour that waits for `open`; `arrived` says how many requests wait or have waited. */
const held = (behaviour: HostileBehaviour) => {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let arrived = 0
  const waiting: HostileBehaviour = async (exchange) => {
    arrived += 1
    await promise
    await behaviour(exchange)
  }
  return { waiting, open, arrived: () => arrived }
}

/** Begins a refresh whose answer is two seconds away when this resolves: the demo upstream has rotated already. */
const aSlowRefresh = async (id: string, account: string) => {
  const { control } = scene.grantkeeper.upstream
  await scene.rows.age(id)
  const from = scene.refreshes(account)
  control.setBehaviour({ tokenDelayMs: 2000 })
  const refreshed = scene.ask(id)
  await until(() => scene.refreshes(account) > from)
  control.setBehaviour({ tokenDelayMs: 0 })
  return { refreshed }
}

describe.each([
  // Where a revocation ends all that the user has with this client, the old tokens must be left alone.
  { scope: 'userAndApp', left: 2 },
  { scope: 'token', left: 1 },
] as const)('an account that is connected anew while its old token is refreshed ($scope)', ({ scope, left }) => {
  test('has the new grant, which lives and works', async () => {
    const { control } = scene.grantkeeper.upstream
    const account = `reconnected ${scope}`
    control.setBehaviour({ revocation: scope })
    const provider = await aProvider(scene.grantkeeper, { revocationScope: scope })
    const { id } = await aGrant(scene.caller, provider.id, account)
    const { refreshed } = await aSlowRefresh(id, account)

    const renewed = await aGrant(scene.caller, provider.id, account)
    const late = await refreshed

    expect(renewed.id).toBe(id)
    expect(late.status).toBe(201)
    expect((await scene.ask(id)).body.accessToken).toBe(late.body.accessToken)
    expect(await scene.rows.grant(id)).toMatchObject({ generation: 2, tokenVersion: 2 })
    expect(await liveOf(account)).toHaveLength(left)
    await scene.rows.age(id)
    const next = await scene.ask(id)
    expect(next.status).toBe(201)
    expect(next.body.accessToken).not.toBe(late.body.accessToken)
    control.setBehaviour({ revocation: 'token' })
  })
})

test.each(['token', 'userAndApp'] as const)(
  'a consent that leaves the refresh token in force, while it is spent, does not lose its successor (%s)',
  async (scope) => {
    const { hostile } = scene
    const account = `silent ${scope}`
    const provider = await aHostileProvider(scene.grantkeeper, hostile, { revocationScope: scope })
    const { id } = await aHostileGrant(scene.caller, provider.id, account)
    await scene.rows.age(id)
    const gate = heldAnswer()
    const silent = answer(200, { access_token: 'of the consent', token_type: 'Bearer', expires_in: 3600 })
    hostile.script('token', [gate.waiting, silent])
    hostile.script('userinfo', [answer(200, { sub: account })])
    const refreshed = scene.ask(id)
    await until(() => gate.arrived() === 1)

    const renewed = await aHostileGrant(scene.caller, provider.id, account)
    gate.open()
    const late = await refreshed
    await scene.rows.age(id)
    const next = await scene.ask(id)

    expect([renewed.id, late.status, next.status]).toEqual([id, 201, 201])
    expect(await scene.statusOf(id)).toEqual({ status: 'active' })
  },
)

describe.each(['token', 'userAndApp'] as const)('a grant that is deleted while it is refreshed (%s)', (scope) => {
  test('stays deleted, here and upstream', async () => {
    const { control } = scene.grantkeeper.upstream
    const account = `deleted ${scope}`
    control.setBehaviour({ revocation: scope })
    const provider = await aProvider(scene.grantkeeper, { revocationScope: scope })
    const { id } = await aGrant(scene.caller, provider.id, account)
    const { refreshed } = await aSlowRefresh(id, account)

    const deleted = await scene.caller.delete(`/authorizedProviders/${id}/`)
    const late = await refreshed

    expect([deleted.status, late.status]).toEqual([204, 404])
    expect(await scene.rows.grant(id)).toBeUndefined()
    const listed = await scene.caller.get(`/authorizedProviders/?providerIds=${provider.id}`)
    expect(listed.body.data).toEqual([])
    expect(await liveOf(account)).toEqual([])
    control.setBehaviour({ revocation: 'token' })
  })

  test.each([
    { name: 'after the revocation', gate: () => held(honest()) },
    // The old tokens are not known there any more, so revoking them has ended nothing: the late ones must go too.
    { name: 'before it, and forgets the old token', gate: heldAnswer },
  ])('stays deleted when the provider does its work $name', async ({ name, gate: aGate }) => {
    const { hostile } = scene
    const account = `${name} ${scope}`
    const provider = await aHostileProvider(scene.grantkeeper, hostile, { revocationScope: scope })
    const { id } = await aHostileGrant(scene.caller, provider.id, account)
    await scene.rows.age(id)
    const gate = aGate()
    hostile.script('token', [gate.waiting])
    const refreshed = scene.ask(id)
    await until(() => gate.arrived() === 1)

    const deleted = await scene.caller.delete(`/authorizedProviders/${id}/`)
    gate.open()
    const late = await refreshed

    expect([deleted.status, late.status]).toEqual([204, 404])
    expect(await scene.rows.grant(id)).toBeUndefined()
    expect(hostile.currentRefreshToken(account)).toBeUndefined()
  })
})

describe('a lease that has run out while its holder still waits', () => {
  const aHeldRefresh = async (account: string, first: HostileBehaviour, then: HostileBehaviour) => {
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const { id } = await aHostileGrant(scene.caller, provider.id, account)
    await scene.rows.age(id)
    const gate = held(first)
    scene.hostile.script('token', [gate.waiting, then])
    const slow = scene.ask(id)
    await until(() => gate.arrived() === 1)
    await scene.rows.changeGrant(id, { leaseUntil: Date.now() - 1 })
    return { id, slow, open: gate.open }
  }
  const tokens = (name: string) => answer(200, { access_token: name, token_type: 'Bearer', expires_in: 3600 })

  test('lets another take over, and the late answer overwrites nothing', async () => {
    const { id, slow, open } = await aHeldRefresh('taken over', tokens('late'), tokens('early'))

    const other = await scene.ask(id)
    open()
    const late = await slow

    expect([other, late].map(({ status, body }) => [status, body.accessToken])).toEqual([
      [201, 'early'],
      [201, 'early'],
    ])
    expect(await scene.rows.grant(id)).toMatchObject({ tokenVersion: 2, refreshCount: 1 })
    expect((await scene.ask(id)).body.accessToken).toBe('early')
  })

  test('does not keep the late answer from being saved when the other one was refused', async () => {
    const { id, slow, open } = await aHeldRefresh('late but good', honest(), answer(400, { error: 'invalid_grant' }))

    const other = await scene.ask(id)
    open()
    const late = await slow

    expect([other.status, late.status]).toEqual([410, 201])
    expect(await scene.statusOf(id)).toEqual({ status: 'active' })
    await scene.rows.age(id)
    expect((await scene.ask(id)).status).toBe(201)
  })

  test('is not given back by its old holder, whose refusal counts against nobody', async () => {
    const { id, slow, open } = await aHeldRefresh('refused late', answer(400, { error: 'invalid_grant' }), honest())

    const other = await scene.ask(id)
    open()
    const late = await slow

    expect([other.status, late.status]).toEqual([201, 201])
    expect(late.body.accessToken).toBe(other.body.accessToken)
    expect(await scene.statusOf(id)).toEqual({ status: 'active' })
  })
})

describe('a provider that is changed while a refresh of it is under way', () => {
  const aHeldProvider = async (account: string, behaviour: HostileBehaviour) => {
    const provider: Json = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const { id } = await aHostileGrant(scene.caller, provider.id, account)
    await scene.rows.age(id)
    const gate = held(behaviour)
    scene.hostile.script('token', [gate.waiting])
    const slow = scene.ask(id)
    await until(() => gate.arrived() === 1)
    return { admin: await anAdmin(scene.grantkeeper), path: `/providers/${provider.id}/`, id, slow, open: gate.open }
  }

  test('has its changes and the refresh has its tokens', async () => {
    const { admin, path, id, slow, open } = await aHeldProvider('renamed', honest())

    await admin.patch(path, { name: 'Renamed', skipConsent: true })
    open()
    const late = await slow

    expect(late.status).toBe(201)
    expect((await admin.get(path)).body).toMatchObject({ name: 'Renamed', skipConsent: true, status: 'active' })
    await scene.rows.age(id)
    expect((await scene.ask(id)).status).toBe(201)
  })

  test('is not held to what was said of its old secret', async () => {
    const { admin, path, id, slow, open } = await aHeldProvider('new secret', answer(401, { error: 'invalid_client' }))

    await admin.patch(path, { clientSecret: 'new' })
    open()
    const late = await slow

    expect(late.status).toBe(403)
    expect((await admin.get(path)).body).toMatchObject({ status: 'active', statusReason: 'ok' })
    expect((await scene.ask(id)).status).toBe(201)
  })
})
