import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/grantkeeper.ts'
import { answerWith } from '../support/hostile-answers.ts'
import { aHostileProvider, aHostileRedirect } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene
let providerId: string

beforeAll(async () => {
  scene = await aRefreshScene()
  providerId = (await aHostileProvider(scene.grantkeeper, scene.hostile)).id
}, 30_000)

afterAll(() => scene.close())

const TEN_YEARS = 315_360_000

/** What a provider writes, and the lifetime that is read from it: none, or so many seconds. */
const lifetimes: { written: unknown; seconds: number | undefined }[] = [
  { written: 3600, seconds: 3600 },
  { written: 3600.7, seconds: 3600 },
  { written: '3600', seconds: 3600 },
  { written: 1e18, seconds: TEN_YEARS },
  { written: '1e18', seconds: TEN_YEARS },
  { written: 0, seconds: 0 },
  { written: '0', seconds: 0 },
  { written: -1, seconds: 0 },
  { written: -1e18, seconds: 0 },
  { written: undefined, seconds: undefined },
  { written: null, seconds: undefined },
  { written: '', seconds: undefined },
  { written: ' ', seconds: undefined },
  { written: 'soon', seconds: undefined },
  { written: 'NaN', seconds: undefined },
  { written: 'Infinity', seconds: undefined },
  { written: true, seconds: undefined },
  { written: [3600], seconds: undefined },
  { written: {}, seconds: undefined },
]

/**
 * Other members that openid-client would refuse the whole answer for, or that are merely large. A code's access token is
 * used at once to ask who the account is, so it cannot be any text.
 */
const oddities: { name: string; members: Record<string, unknown>; on?: string[] }[] = [
  { name: 'no token type', members: { token_type: undefined } },
  { name: 'a token type of its own', members: { token_type: 'bot' } },
  { name: 'a token type that is no text', members: { token_type: 7 } },
  { name: 'scopes as a list', members: { scope: ['read', 'write'] } },
  { name: 'scopes that are null', members: { scope: null } },
  { name: 'scopes that are a number', members: { scope: 7 } },
  { name: 'scopes that are an object', members: { scope: { read: true } } },
  { name: 'a lifetime of the refresh token that is no number', members: { refresh_token_expires_in: 'never' } },
  { name: 'members that mean something to JavaScript', members: { ['__proto__']: { admin: true }, constructor: 1 } },
  { name: 'an access token of 20 kB', members: { access_token: 'x'.repeat(20_000) }, on: ['refresh'] },
  {
    name: 'an access token of all kinds of characters',
    members: { access_token: 'é"\\\n\u{1F511} \u0000' },
    on: ['refresh'],
  },
]

/** The next honest refresh must send a token that the server knows. */
const expectRefreshable = async (id: string): Promise<void> => {
  await scene.rows.age(id)
  const next = await scene.ask(id)
  expect(next.status).toBe(201)
}

const secondsLeft = ({ body }: Answer): number | undefined =>
  body.expiresAt === undefined ? undefined : (Date.parse(body.expiresAt) - Date.now()) / 1000

const expectLifetime = (answer: Answer, seconds: number | undefined): void => {
  const left = secondsLeft(answer)
  if (seconds === undefined || left === undefined) expect(left).toBe(seconds)
  else {
    expect(left).toBeLessThanOrEqual(seconds)
    expect(left).toBeGreaterThan(seconds - 30)
  }
}

const connect = async (account: string): Promise<Answer> =>
  scene.caller.post('/providers/callback/', await aHostileRedirect(scene.caller, providerId, account))

describe.each(lifetimes)('expires_in $written', ({ written, seconds }) => {
  const name = JSON.stringify([written])

  test('on a refresh: the rotated token is kept, the lifetime read', async () => {
    const { id } = (await connect(`refreshed ${name}`)).body.authorizedProvider
    await scene.rows.age(id)
    scene.hostile.script('token', [answerWith({ expires_in: written })])

    const refreshed = await scene.ask(id)

    expect(refreshed.status).toBe(201)
    // One that says nothing lives as long as the one before.
    expectLifetime(refreshed, seconds ?? 3600)
    await expectRefreshable(id)
  })

  test('on a code: the grant is kept, the lifetime read', async () => {
    scene.hostile.script('token', [answerWith({ expires_in: written })])
    const connected = await connect(`connected ${name}`)
    const { id } = connected.body.authorizedProvider

    const first = await scene.ask(id)

    expect([connected.status, first.status]).toEqual([200, 201])
    // A token that is over at once has been refreshed for the first caller.
    expectLifetime(first, seconds === 0 ? 3600 : seconds)
    await expectRefreshable(id)
  })
})

describe.each(oddities)('an answer with $name', ({ name, members, on = ['refresh', 'code'] }) => {
  test.each(on)('on a %s is as good as any', async (when) => {
    const account = `${name}, ${when}`
    const odd = [answerWith(members)]
    if (when === 'code') scene.hostile.script('token', odd)
    const connected = await connect(account)
    expect(connected.status).toBe(200)
    const { id } = connected.body.authorizedProvider
    if (when === 'refresh') {
      await scene.rows.age(id)
      scene.hostile.script('token', odd)
    }

    const served = await scene.ask(id)

    expect(served.status).toBe(201)
    if (members.access_token !== undefined) expect(served.body.accessToken).toBe(members.access_token)
    expect(served.body.authorizedOauthProvider.scopes).toEqual(
      Array.isArray(members.scope) ? members.scope : ['profile'],
    )
    await expectRefreshable(id)
  })
})
