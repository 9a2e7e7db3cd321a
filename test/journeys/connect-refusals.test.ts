import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { begin, callbackOf, finish } from '../support/connecting.ts'
import {
  type Answer,
  aCaller,
  aGrantkeeper,
  anAdmin,
  aProvider,
  type Caller,
  type Json,
} from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let rows: Rows
/** Who begins every flow. */
let grace: Caller
let admin: Caller
let ofOtherOrg: Caller
let provider: Json
let otherProvider: Json
let foreignProvider: Json

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  rows = rowsOf(grantkeeper.stack)
  grace = checked(await aCaller(grantkeeper))
  admin = checked(await anAdmin(grantkeeper))
  ofOtherOrg = checked(await aCaller(grantkeeper, { org: 'umbrella' }))
  provider = await aProvider(grantkeeper)
  otherProvider = await aProvider(grantkeeper)
  foreignProvider = await aProvider(grantkeeper, {}, { org: 'umbrella' })
})
afterAll(() => grantkeeper.close())

const tokenRequests = (): number =>
  grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'token').length

let accounts = 0
const redirectFor = async (providerId: string): Promise<Json> => {
  const { body } = await begin(grace, providerId)
  return callbackOf(providerId, await consent(body.redirectUrl, { account: `refused-${accounts++}` }))
}

const grantsOf = async (providerId: string): Promise<Json[]> =>
  (await rows.of('MEMBER')).filter(({ pk }) => pk.endsWith(providerId))

/** The attempt is refused without a request to the provider, and nothing is kept. */
const expectRefused = async (attempt: () => Promise<Answer>, status: number, providerId: string): Promise<Answer> => {
  const [asked, kept] = [tokenRequests(), (await grantsOf(providerId)).length]
  const answer = await attempt()
  expect([answer.status, tokenRequests() - asked, (await grantsOf(providerId)).length - kept]).toEqual([status, 0, 0])
  return answer
}

describe('a callback is refused before the provider is asked for tokens, and the state stays usable', () => {
  const attempts: [what: string, status: number, attempt: (callback: Json) => Promise<Answer>][] = [
    [
      'from another user of the organization',
      400,
      async (callback) => finish(checked(await aCaller(grantkeeper, { user: 'mallory' })), callback),
    ],
    ['from an admin who did not begin it', 400, (callback) => finish(admin, callback)],
    [
      'from a service that does not say for whom',
      400,
      async (callback) => finish(checked(await aCaller(grantkeeper, { user: 'bot', roles: ['service'] })), callback),
    ],
    ['from a user of the same name in another organization', 404, (callback) => finish(ofOtherOrg, callback)],
    [
      'from another organization, for its own provider',
      400,
      (callback) => finish(ofOtherOrg, { ...callback, providerId: foreignProvider.id }),
    ],
    ['for another provider', 400, (callback) => finish(grace, { ...callback, providerId: otherProvider.id })],
    [
      'for a provider that there is not',
      404,
      (callback) => finish(grace, { ...callback, providerId: foreignProvider.id }),
    ],
    [
      'with the iss of another server',
      400,
      (callback) => finish(grace, { ...callback, iss: 'https://attacker.example' }),
    ],
    ['with an iss that only looks alike', 400, (callback) => finish(grace, { ...callback, iss: `${callback.iss}/` })],
    ['with an altered state', 400, (callback) => finish(grace, { ...callback, state: `${callback.state}x` })],
    [
      'with a state that differs by case',
      400,
      (callback) => finish(grace, { ...callback, state: swapCase(callback.state) }),
    ],
    [
      'with a state that nobody knows',
      400,
      (callback) => finish(grace, { ...callback, state: 'unknown-state-of-some-length' }),
    ],
    ['with an empty state', 422, (callback) => finish(grace, { ...callback, state: '' })],
    ['with a state of 10 kB', 422, (callback) => finish(grace, { ...callback, state: 'x'.repeat(10_240) })],
    [
      'with a list of states',
      422,
      (callback) => finish(grace, { ...callback, state: [callback.state, callback.state] }),
    ],
    ['with an object for a state', 422, (callback) => finish(grace, { ...callback, state: { eq: callback.state } })],
    ['without a state', 422, ({ state: _, ...callback }) => finish(grace, callback)],
    ['without a code', 422, ({ code: _, ...callback }) => finish(grace, callback)],
    ['with an empty code', 422, (callback) => finish(grace, { ...callback, code: '' })],
    ['with a list of codes', 422, (callback) => finish(grace, { ...callback, code: [callback.code] })],
    ['without a provider', 422, ({ providerId: _, ...callback }) => finish(grace, callback)],
    [
      'with characters that no id has',
      422,
      (callback) => finish(grace, { ...callback, providerId: `${provider.id}#` }),
    ],
    ['with half a character for an id', 422, (callback) => finish(grace, { ...callback, providerId: '\ud800' })],
    ['with half a character for a state', 400, (callback) => finish(grace, { ...callback, state: 'half-a-\ud800' })],
    ['with no body', 422, () => finish(grace, undefined)],
    ['with a body that is no object', 422, () => finish(grace, '[]')],
  ]

  test.each(attempts)('%s: %i', async (_what, status, attempt) => {
    const callback = await redirectFor(provider.id)

    const refused = await expectRefused(() => attempt(callback), status, provider.id)

    expect(refused.text).not.toContain(callback.code)
    expect((await finish(grace, callback)).status).toBe(200)
  })

  test('every refused state is answered alike, so that nobody learns which ones there are', async () => {
    const callback = await redirectFor(provider.id)

    const foreign = await finish(checked(await aCaller(grantkeeper, { user: 'mallory' })), callback)
    const unknown = await finish(grace, { ...callback, state: 'unknown-state-of-some-length' })
    const ofAnother = await finish(grace, { ...callback, providerId: otherProvider.id })

    expect(new Set([foreign.text, unknown.text, ofAnother.text]).size).toBe(1)
  })

  test('a service finishes it for the user who began', async () => {
    const callback = await redirectFor(provider.id)
    const service = checked(
      await aCaller(grantkeeper, { user: 'bot', roles: ['service'], headers: { 'x-on-behalf-of': 'grace' } }),
    )

    const answer = await finish(service, callback)

    expect(answer).toMatchObject({ status: 200, body: { authorizedProvider: { userId: 'grace' } } })
  })
})

describe('what burns the state', () => {
  test('a denied consent: 400 in our own words, and nobody can go on with it', async () => {
    const { body } = await begin(grace, provider.id)
    const redirect = await consent(body.redirectUrl, { account: 'denier', deny: true })
    const denied = {
      ...callbackOf(provider.id, redirect),
      error_description: undefined,
      errorDescription: '<script>alert(1)</script>',
    }

    const answer = await expectRefused(() => finish(grace, denied), 400, provider.id)

    expect(denied.error).toBe('access_denied')
    expect(answer.body.message).toBe('The provider did not grant access.')
    expect(answer.text).not.toMatch(/script|alert/)
    await expectRefused(() => finish(grace, { ...denied, error: undefined, code: 'a-code' }), 400, provider.id)
  })

  test("but another user's word that it was denied does not", async () => {
    const callback = await redirectFor(provider.id)
    const mallory = checked(await aCaller(grantkeeper, { user: 'mallory' }))

    await expectRefused(
      () => finish(mallory, { ...callback, code: undefined, error: 'access_denied' }),
      400,
      provider.id,
    )

    expect((await finish(grace, callback)).status).toBe(200)
  })

  test('ten minutes, though the row is still there', async () => {
    const callback = await redirectFor(provider.id)
    const [flow] = (await rows.of('FLOW'))
      .filter(({ claimId }) => claimId === undefined)
      .sort((a, b) => b.expiresAt - a.expiresAt)
    expect(flow.expiresAt - Date.now()).toBeLessThanOrEqual(600_000)
    expect(flow.expiresAt - Date.now()).toBeGreaterThan(540_000)
    await rows.change(flow, { expiresAt: Date.now() - 1 })

    await expectRefused(() => finish(grace, callback), 400, provider.id)

    expect((await rows.of(flow.pk)).length).toBe(1)
  })

  test('a code that the provider refuses', async () => {
    const callback = await redirectFor(provider.id)

    const answer = await finish(grace, { ...callback, code: 'another-code' })

    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining('Start again') } })
    await expectRefused(() => finish(grace, callback), 400, provider.id)
  })
})

describe('a provider that is no longer active between begin and end', () => {
  const pauses = [
    { status: 'inactive', change: () => admin.patch(`/providers/${provider.id}/`, { status: 'inactive' }) },
    { status: 'disabled', change: () => admin.patch(`/providers/${provider.id}/`, { status: 'disabled' }) },
  ]

  test.each(pauses)('$status: 409, and once it is active again the same callback is answered', async ({ change }) => {
    const callback = await redirectFor(provider.id)
    await change()

    await expectRefused(() => finish(grace, callback), 409, provider.id)
    const began = await begin(grace, provider.id)
    await admin.patch(`/providers/${provider.id}/`, { status: 'active' })

    expect(began.status).toBe(409)
    expect((await finish(grace, callback)).status).toBe(200)
  })

  test.each(['deleting', 'deletionFailed'])('%s: 409', async (state) => {
    const callback = await redirectFor(otherProvider.id)
    const [row] = (await rows.of('PROV')).filter(({ id }) => id === otherProvider.id)
    await rows.change(row, { state })

    await expectRefused(() => finish(grace, callback), 409, otherProvider.id)
    await rows.change(row, { state: 'active' })
  })

  test('deleted: 404', async () => {
    const doomed = await aProvider(grantkeeper)
    const callback = await redirectFor(doomed.id)
    await admin.delete(`/providers/${doomed.id}/`)

    await gone(doomed.id)

    await expectRefused(() => finish(grace, callback), 404, doomed.id)
  })

  test('deleted at this very moment, its secret gone already: 404', async () => {
    const doomed = await aProvider(grantkeeper)
    const callback = await redirectFor(doomed.id)
    await rows.remove({ pk: 'SECRET#acme', sk: doomed.secureConfigId })

    await expectRefused(() => finish(grace, callback), 404, doomed.id)
  })

  test('with a new client secret: the code is exchanged with it, and with a wrong one 409 until it is right', async () => {
    const changed = await aProvider(grantkeeper)
    const callback = await redirectFor(changed.id)
    await admin.patch(`/providers/${changed.id}/`, { clientSecret: 'not-the-secret' })

    const refused = await finish(grace, callback)
    const during = await grace.get(`/providers/${changed.id}/`)
    await expectRefused(() => finish(grace, callback), 409, changed.id)
    await admin.patch(`/providers/${changed.id}/`, { clientSecret: grantkeeper.upstream.client.clientSecret })

    expect(refused.status).toBe(409)
    expect(during.body).toMatchObject({ status: 'inactive', statusReason: 'invalidClient' })
    expect(await finish(grace, callback)).toMatchObject({ status: 200 })
  })
})

const swapCase = (text: string): string =>
  text.replace(/[a-z]/i, (letter) => (letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()))

const gone = async (providerId: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    if ((await admin.get(`/providers/${providerId}/`)).status === 404) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('The provider is not gone')
}
