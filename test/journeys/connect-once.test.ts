import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { begin, callbackOf, finish } from '../support/connecting.ts'
import { aCaller, aGrantkeeper, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let grace: Caller

beforeAll(async () => {
  grantkeeper = await aGrantkeeper({ environments: 8 })
  grace = checked(await aCaller(grantkeeper))
})
afterAll(() => grantkeeper.close())
beforeEach(() => grantkeeper.upstream.control.clearRequests())

const tokenRequests = (): Json[] =>
  grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'token')

const redirectFor = async (caller: Caller, providerId: string, account: string): Promise<Json> => {
  const { body } = await begin(caller, providerId)
  return callbackOf(providerId, await consent(body.redirectUrl, { account }))
}

test('of fifty identical callbacks at once one is answered and one asks the provider; the others are refused', async () => {
  const provider = await aProvider(grantkeeper)
  const callback = await redirectFor(grace, provider.id, 'fifty')

  const answers = await Promise.all(Array.from({ length: 50 }, () => finish(grace, callback)))

  const refused = answers.filter(({ status }) => status === 400)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(refused).toHaveLength(49)
  expect(new Set(refused.map(({ text }) => text)).size).toBe(1)
  expect(tokenRequests()).toMatchObject([{ grantType: 'authorization_code', status: 200 }])
  const { body } = await grace.get(`/authorizedProviders/?providerIds=${provider.id}`)
  expect(body.data).toMatchObject([{ accountId: 'fifty', status: 'active' }])
})

test('a callback that is repeated later is refused, and the grant stays', async () => {
  const provider = await aProvider(grantkeeper)
  const callback = await redirectFor(grace, provider.id, 'twice')
  const first = await finish(grace, callback)

  const second = await finish(grace, callback)

  expect(second.status).toBe(400)
  expect(tokenRequests()).toHaveLength(1)
  const { id } = first.body.authorizedProvider
  expect((await grace.post(`/authorizedProviders/${id}/accessToken/`)).status).toBe(201)
})

test('twenty flows of one user on one provider, finished in any order, each finish by their own verifier', async () => {
  const provider = await aProvider(grantkeeper)
  const callbacks = await Promise.all(
    Array.from({ length: 20 }, (_, place) => redirectFor(grace, provider.id, `twenty-${place}`)),
  )

  const shuffled = callbacks.map((callback) => [Math.random(), callback] as const).sort(([a], [b]) => a - b)
  const answers = await Promise.all(shuffled.map(([, callback]) => finish(grace, callback)))

  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  expect(new Set(answers.map(({ body }) => body.authorizedProvider.accountId)).size).toBe(20)
  expect(new Set(answers.map(({ body }) => body.authorizedProvider.id)).size).toBe(20)
})

test('ten flows for the same account at once make one grant, and leave one grant upstream', async () => {
  const provider = await aProvider(grantkeeper)
  const callbacks = await Promise.all(Array.from({ length: 10 }, () => redirectFor(grace, provider.id, 'one-account')))

  const answers = await Promise.all(callbacks.map((callback) => finish(grace, callback)))

  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
  expect(new Set(answers.map(({ body }) => body.authorizedProvider.id)).size).toBe(1)
  const live = (await grantkeeper.upstream.control.liveGrants()).filter(({ account }) => account === 'one-account')
  expect(live).toHaveLength(1)
})
