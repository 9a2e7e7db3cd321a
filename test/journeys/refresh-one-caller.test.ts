import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aGrant, aProvider } from '../support/grantkeeper.ts'
import { answer, answerWith } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene
let hostileId: string

beforeAll(async () => {
  scene = await aRefreshScene()
  hostileId = (await aHostileProvider(scene.grantkeeper, scene.hostile)).id
}, 30_000)

afterAll(() => scene.close())

describe('a stored token', () => {
  let id: string
  beforeAll(async () => {
    id = (await aGrant(scene.caller, (await aProvider(scene.grantkeeper)).id, 'stored')).id
  })

  test.each([
    { life: 3600, left: 75, query: '', refreshed: false },
    { life: 3600, left: 55, query: '', refreshed: true },
    { life: 100, left: 40, query: '', refreshed: false },
    { life: 100, left: 20, query: '', refreshed: true },
    { life: 3600, left: 1100, query: '?minimumSeconds=1000', refreshed: false },
    { life: 3600, left: 900, query: '?minimumSeconds=1000', refreshed: true },
    { life: 3600, left: 1900, query: '?minimumSeconds=86400', refreshed: false },
    { life: 3600, left: 1700, query: '?minimumSeconds=86400', refreshed: true },
    { life: 3600, left: 55, query: '?minimumSeconds=0', refreshed: true },
    { life: 3600, left: -1, query: '', refreshed: true },
  ])(
    'of $life s with $left s left, asked for with "$query": refreshed is $refreshed',
    async ({ life, left, query, refreshed }) => {
      const { accessToken: before } = (await scene.ask(id)).body
      await scene.rows.age(id, left, life)
      const asked = scene.refreshes('stored')

      const served = await scene.ask(id, query)

      expect(served.status).toBe(201)
      expect(scene.refreshes('stored') - asked).toBe(refreshed ? 1 : 0)
      expect(served.body.accessToken === before).toBe(!refreshed)
      if (refreshed) expect(Date.parse(served.body.expiresAt) - Date.now()).toBeGreaterThan(3_500_000)
    },
  )

  test.each(['-1', '1.5', 'x', '86401'])('is not asked for with minimumSeconds=%s', async (minimum) => {
    const refused = await scene.ask(id, `?minimumSeconds=${minimum}`)

    expect(refused.status).toBe(422)
    expect(refused.body.errorFields).toEqual([{ name: 'minimumSeconds', message: expect.any(String) }])
  })
})

describe('a provider that does not say how long a token lives', () => {
  test('makes one that is never refreshed and has no expiresAt', async () => {
    scene.hostile.script('token', [answerWith({ expires_in: undefined })])
    const { id } = await aHostileGrant(scene.caller, hostileId, 'endless')

    const first = await scene.ask(id)
    await scene.rows.changeGrant(id, { obtainedAt: 1 })
    const later = await scene.ask(id, '?minimumSeconds=86400')

    expect([first.status, later.status]).toEqual([201, 201])
    expect(first.body).not.toHaveProperty('expiresAt')
    expect(later.body.accessToken).toBe(first.body.accessToken)
    expect(scene.hostileRefreshes()).toEqual([])
  })

  test('has said it before: then a refresh that says nothing gives a token that lives as long', async () => {
    const { id } = await aHostileGrant(scene.caller, hostileId, 'endless later')
    await scene.rows.age(id)
    scene.hostile.script('token', [answerWith({ expires_in: undefined })])

    const refreshed = await scene.ask(id)
    const later = await scene.ask(id)

    expect(refreshed.status).toBe(201)
    expect((Date.parse(refreshed.body.expiresAt) - Date.now()) / 1000).toBeGreaterThan(3500)
    expect(later.body.accessToken).toBe(refreshed.body.accessToken)
  })
})

describe('a refresh answer without a refresh token', () => {
  test.each([
    { name: 'absent', member: {} },
    { name: 'null', member: { refresh_token: null } },
    { name: 'empty', member: { refresh_token: '' } },
  ])('($name) keeps the old one, which the next refresh sends again', async ({ name, member }) => {
    const { id } = await aHostileGrant(scene.caller, hostileId, name)
    const kept = scene.hostile.currentRefreshToken(name)
    const from = scene.hostileRefreshes().length
    scene.hostile.script(
      'token',
      answer(200, { access_token: `new-${name}`, token_type: 'Bearer', expires_in: 60, ...member }),
    )

    for (let refresh = 0; refresh < 2; refresh++) {
      await scene.rows.age(id)
      expect((await scene.ask(id)).body.accessToken).toBe(`new-${name}`)
    }

    scene.hostile.script('token', [])
    expect(scene.hostileRefreshes().slice(from)).toEqual([kept, kept])
  })
})

describe('a token that has expired the moment it is given', () => {
  test('is refreshed at most once for each caller, and handed out all the same', async () => {
    const { id } = await aHostileGrant(scene.caller, hostileId, 'at once')
    await scene.rows.age(id)
    const from = scene.hostileRefreshes().length
    scene.hostile.script('token', answerWith({ expires_in: 0 }))

    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.ask(id)))

    scene.hostile.script('token', [])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(scene.hostileRefreshes().length - from).toBeLessThanOrEqual(20)
    expect((await scene.ask(id)).status).toBe(201)
  })
})
