import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aGrant, aProvider } from '../support/grantkeeper.ts'
import { answer, reset, truncatedJson } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene
let providerId: string
let hostileId: string

beforeAll(async () => {
  scene = await aRefreshScene()
  providerId = (await aProvider(scene.grantkeeper)).id
  hostileId = (await aHostileProvider(scene.grantkeeper, scene.hostile)).id
}, 30_000)

afterAll(() => scene.close())

describe('the answer of a provider that rotates and detects reuse, once it is lost,', () => {
  test('is asked for once more, and then the grant is expired for an honest reason', async () => {
    const { control } = scene.grantkeeper.upstream
    const { id } = await aGrant(scene.caller, providerId, 'lost')
    await scene.rows.age(id)
    control.setBehaviour({ dropAnswer: 1 })

    const lost = await scene.ask(id)
    const whileBackingOff = await scene.ask(id)
    const statusBetween = await scene.statusOf(id)
    await scene.rows.wait(id)
    const onceMore = await scene.ask(id)
    const later = await scene.ask(id)

    expect([lost, whileBackingOff, onceMore, later].map(({ status }) => status)).toEqual([502, 503, 410, 410])
    expect(statusBetween).toEqual({ status: 'active' })
    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'refreshOutcomeUnknown' })
    expect(scene.refreshes('lost')).toBe(2)
    expect((await control.liveGrants()).filter(({ account }) => account === 'lost')).toEqual([])
  })

  test('does not keep the old token from being served while it lives', async () => {
    const { control } = scene.grantkeeper.upstream
    const { id } = await aGrant(scene.caller, providerId, 'lost while good')
    const { accessToken } = (await scene.ask(id)).body
    await scene.rows.age(id, 50)
    control.setBehaviour({ dropAnswer: 1 })

    const answers = [await scene.ask(id), await scene.ask(id)]

    expect(answers.map(({ status, body }) => [status, body.accessToken])).toEqual(Array(2).fill([201, accessToken]))
    expect(scene.refreshes('lost while good')).toBe(1)
  })

  test('is not mistaken for a refusal: a grant that the user ended has another reason', async () => {
    const { control } = scene.grantkeeper.upstream
    const { id } = await aGrant(scene.caller, providerId, 'refused first')
    await scene.rows.age(id)
    control.setBehaviour({ failNext: [{ endpoint: 'token', times: 1, status: 429, beforeWork: true }] })
    expect((await scene.ask(id)).status).toBe(502)
    await control.revokeGrant({ account: 'refused first' })
    await scene.rows.wait(id)

    expect((await scene.ask(id)).status).toBe(410)

    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'invalidGrant' })
  })

  test('may be lost twice before the provider gets to say that the token is used', async () => {
    const { control } = scene.grantkeeper.upstream
    const { id } = await aGrant(scene.caller, providerId, 'lost twice')
    await scene.rows.age(id)
    control.setBehaviour({ dropAnswer: 2 })

    const statuses: number[] = []
    for (let refresh = 0; refresh < 3; refresh++) {
      statuses.push((await scene.ask(id)).status)
      await scene.rows.wait(id)
    }

    expect(statuses).toEqual([502, 502, 410])
    expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'refreshOutcomeUnknown' })
  })
})

test.each([
  { name: 'is cut off before the work', lost: reset('beforeWork') },
  { name: 'is cut off in the middle', lost: answer(200, '{"access_token":"half', { connection: 'close' }) },
  { name: 'fails on its way', lost: answer(504, '') },
])('a request that $name heals where the token was not rotated', async ({ name, lost }) => {
  const { id } = await aHostileGrant(scene.caller, hostileId, name)
  await scene.rows.age(id)
  scene.hostile.script('token', [lost])

  const first = await scene.ask(id)
  await scene.rows.wait(id)
  const second = await scene.ask(id)

  expect([first.status, second.status]).toEqual([502, 201])
  expect(await scene.statusOf(id)).toEqual({ status: 'active' })
  expect(await scene.rows.grant(id)).not.toHaveProperty('attemptVersion')
})

test.each([
  { name: 'is cut off after the work', lost: reset('afterWork') },
  { name: 'is cut off in its answer', lost: reset('inAnswer') },
  { name: 'is answered with half of the JSON', lost: truncatedJson() },
  { name: 'is answered with 204', lost: answer(204, '') },
])('a request that $name, and then is refused, has an outcome that nobody knows', async ({ name, lost }) => {
  const { id } = await aHostileGrant(scene.caller, hostileId, name)
  await scene.rows.age(id)
  scene.hostile.script('token', [lost, answer(400, { error: 'invalid_grant' })])

  const first = await scene.ask(id)
  await scene.rows.wait(id)
  const second = await scene.ask(id)

  expect([first.status, second.status]).toEqual([502, 410])
  expect(await scene.statusOf(id)).toEqual({ status: 'expired', statusReason: 'refreshOutcomeUnknown' })
})

test('a grant that expired so lives again once the account is connected anew', async () => {
  const { id } = await aGrant(scene.caller, providerId, 'lost, then found')
  await scene.rows.age(id)
  scene.grantkeeper.upstream.control.setBehaviour({ dropAnswer: 1 })
  await scene.ask(id)
  await scene.rows.wait(id)
  expect((await scene.ask(id)).status).toBe(410)

  const renewed = await aGrant(scene.caller, providerId, 'lost, then found')
  await scene.rows.age(id)

  expect(renewed).toMatchObject({ id, status: 'active' })
  expect((await scene.ask(id)).status).toBe(201)
})
