import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/grantkeeper.ts'
import { answer, html, noContent, reset, tooManyRequests } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene

beforeAll(async () => {
  scene = await aRefreshScene()
}, 30_000)

afterAll(() => scene.close())

const aHostile = async (account: string): Promise<string> => {
  const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
  return (await aHostileGrant(scene.caller, provider.id, account)).id
}

const retryAfter = ({ headers }: Answer): number => Number(headers.get('retry-after'))

const troubles = [
  { name: 'a failure of the server', trouble: answer(500, 'oops'), first: 502, seconds: 1 },
  {
    name: 'a failure that says so',
    trouble: answer(400, { error: 'temporarily_unavailable' }),
    first: 502,
    seconds: 1,
  },
  {
    name: 'maintenance',
    trouble: answer(503, '', { 'retry-after': '7' }),
    first: 502,
    seconds: 7,
  },
  { name: 'a rate limit', trouble: tooManyRequests('30'), first: 502, seconds: 30 },
  { name: 'a rate limit with status 403', trouble: answer(403, {}, { 'retry-after': '30' }), first: 502, seconds: 30 },
  {
    name: 'a rate limit in the way of GitHub',
    trouble: answer(403, {}, { 'x-ratelimit-remaining': '0' }),
    first: 502,
    seconds: 1,
  },
  { name: 'a refusal that is not known', trouble: answer(400, { error: 'computer_says_no' }), first: 502, seconds: 1 },
  { name: 'a connection that is cut', trouble: reset('beforeWork'), first: 502, seconds: 1 },
  { name: 'a page', trouble: html(), first: 502, seconds: 1 },
  { name: 'a redirect', trouble: answer(302, '', { location: '/elsewhere' }), first: 502, seconds: 1 },
]

describe.each(troubles)('after $name', ({ name, trouble, first, seconds }) => {
  test('the caller hears when to come back, the provider is left alone until then, and then all is well', async () => {
    const id = await aHostile(name)
    await scene.rows.age(id)
    scene.hostile.script('token', [trouble])
    const from = scene.hostileRefreshes().length

    const failed = await scene.ask(id)
    const meanwhile = await scene.ask(id)
    const asked = scene.hostileRefreshes().length - from
    const status = await scene.statusOf(id)
    await scene.rows.wait(id)
    const after = await scene.ask(id)

    expect([failed.status, meanwhile.status, after.status]).toEqual([first, 503, 201])
    expect(retryAfter(failed)).toBe(seconds)
    expect(retryAfter(meanwhile)).toBeGreaterThan(0)
    expect(retryAfter(meanwhile)).toBeLessThanOrEqual(seconds)
    expect(asked).toBe(1)
    expect(status).toEqual({ status: 'active' })
    expect(await scene.rows.grant(id)).toMatchObject({ failures: 0, refreshCount: 1, refreshFailureCount: 1 })
  })

  test('the old token is served while it lives', async () => {
    const id = await aHostile(`${name}, old token`)
    const { accessToken } = (await scene.ask(id)).body
    await scene.rows.age(id, 50)
    scene.hostile.script('token', [trouble])
    const from = scene.hostileRefreshes().length

    const answers = [await scene.ask(id), await scene.ask(id), await scene.ask(id)]

    expect(answers.map(({ status, body }) => [status, body.accessToken])).toEqual(Array(3).fill([201, accessToken]))
    expect(scene.hostileRefreshes().length - from).toBe(1)
  })
})

test('the time to wait doubles with each failure, up to a minute', async () => {
  const id = await aHostile('doubling')
  scene.hostile.script('token', answer(500, ''))
  const waits: number[] = []

  for (let failure = 0; failure < 8; failure++) {
    await scene.rows.age(id)
    await scene.rows.wait(id)
    waits.push(retryAfter(await scene.ask(id)))
  }
  scene.hostile.script('token', [])

  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
})

test('an answer without a body keeps the grant', async () => {
  const id = await aHostile('no content')
  await scene.rows.age(id)
  scene.hostile.script('token', [noContent()])

  expect((await scene.ask(id)).status).toBe(502)
  expect(await scene.statusOf(id)).toEqual({ status: 'active' })
})
