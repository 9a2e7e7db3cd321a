import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { eventually } from '../support/eventually.ts'
import { aDevice, externalAuthOf, said } from '../support/external-auth.ts'
import {
  type Answer,
  aCaller,
  aGrant,
  aGrantkeeper,
  anAdmin,
  aProvider,
  type Caller,
  type Json,
} from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let control: LocalGrantkeeper['upstream']['control']
let grace: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.upstream.control
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

describe('a handle is good for who began, where it was begun, and is else one that nobody has', () => {
  /** What differs between any two answers. */
  const perAnswer = /^(date|x-amzn-requestid|x-amz-apigw-id|x-amzn-trace-id)$/
  const bytes = ({ status, headers, text }: Answer): unknown => ({
    status,
    headers: [...headers].filter(([name]) => !perAnswer.test(name)),
    text,
  })
  const others: Readonly<Record<string, () => Promise<[Caller, string]>>> = {
    'another user': async () => [await aCaller(grantkeeper, { user: 'linus' }), provider.id],
    'an admin': async () => [await anAdmin(grantkeeper), provider.id],
    'another organization': async () => [
      await aCaller(grantkeeper, { org: 'globex' }),
      (await aProvider(grantkeeper, {}, { org: 'globex' })).id,
    ],
    'another provider': async () => [grace, (await aProvider(grantkeeper)).id],
  }

  test.each(Object.entries(others))('%s', async (_, other) => {
    const device = await aDevice(grace, provider)
    await allow(device, 'device-5')
    const [caller, id] = await other()

    const foreign = await poll(device, caller, id)
    const unknown = await poll({ device_code: 'x'.repeat(43) }, caller, id)

    expect(foreign.status).toBe(404)
    expect(foreign.body).toMatchObject({ message: 'Device code not found.', validations: [] })
    expect(bytes(foreign)).toEqual(bytes(unknown))
    expect(polls()).toEqual([])
    expect(await outcome(device)).toBe(204)
  })

  test('is no state: the code flow does not know it', async () => {
    const device = await aDevice(grace, provider)

    const answer = await grace.post('/providers/callback/', {
      providerId: provider.id,
      state: device.device_code,
      code: 'a-code',
    })

    expect(answer.status).toBe(400)
    expect(polls()).toEqual([])
  })
})

describe('no device flow is begun', () => {
  test('at a provider that has none: 400, also for a poll', async () => {
    const plain = await aProvider(grantkeeper, {
      type: 'oauth2',
      issuer: undefined,
      authorizationUrl: `${grantkeeper.upstream.issuer}/authorize`,
      tokenUrl: `${grantkeeper.upstream.issuer}/token`,
    })

    const answers = [await externalAuthOf(grace).start(plain.id), await externalAuthOf(grace).poll(plain.id, 'x')]

    expect(answers.map(({ status, body }) => [status, body.message])).toEqual(
      Array(2).fill([400, 'The provider has no device flow, or none for this client.']),
    )
    expect((await externalAuthOf(grace).get(plain.id)).body.device).toBe(false)
  })

  test('at a provider that refuses the client there, which says nothing about its secret', async () => {
    control.setBehaviour({
      failNext: [
        {
          endpoint: 'device_authorization',
          times: 1,
          status: 401,
          body: '{"error":"invalid_client"}',
          beforeWork: true,
        },
      ],
    })

    const answer = await externalAuthOf(grace).start(provider.id)

    expect(answer.status).toBe(400)
    expect((await grace.get(`/providers/${provider.id}/`)).body.status).toBe('active')
  })

  test('at a provider that fails: 502', async () => {
    control.setBehaviour({
      failNext: [{ endpoint: 'device_authorization', times: 1, status: 500, beforeWork: true }],
    })

    expect((await externalAuthOf(grace).start(provider.id)).status).toBe(502)
  })

  test('at a provider that is not active: 409, also for a poll that was begun before', async () => {
    const paused = await aProvider(grantkeeper)
    const device = await aDevice(grace, paused)
    const admin = await anAdmin(grantkeeper)
    await admin.patch(`/providers/${paused.id}/`, { status: 'disabled' })

    const answers = [await externalAuthOf(grace).start(paused.id), await poll(device, grace, paused.id)]

    expect(answers.map(({ status }) => status)).toEqual([409, 409])
    await admin.patch(`/providers/${paused.id}/`, { status: 'active' })
    expect(said(await poll(device, grace, paused.id))).toEqual([400, 'authorization_pending'])
  })

  test('at a shared provider that somebody else has connected: 409', async () => {
    const shared = await aProvider(grantkeeper, { shared: true })
    await aGrant(await aCaller(grantkeeper, { user: 'linus' }), shared.id, 'shared')

    expect((await externalAuthOf(grace).start(shared.id)).status).toBe(409)
  })
})

test('a secret that the token endpoint refuses stops the provider for all, as in any other flow', async () => {
  const wrong = await aProvider(grantkeeper)
  const device = await aDevice(grace, wrong)
  const admin = await anAdmin(grantkeeper)
  await admin.patch(`/providers/${wrong.id}/`, { clientSecret: 'not the secret' })

  const refused = await poll(device, grace, wrong.id)

  expect(refused.status).toBe(409)
  expect((await grace.get(`/providers/${wrong.id}/`)).body).toMatchObject({
    status: 'inactive',
    statusReason: 'invalidClient',
  })
})

test.each([
  ['no body', undefined],
  ['no device code', {}],
  ['an empty device code', { device_code: '' }],
  ['a device code that is no text', { device_code: 7 }],
  ['a device code longer than any', { device_code: 'x'.repeat(513) }],
])('a poll with %s is 422, and names the field', async (_, body) => {
  const answer = await grace.post(`//api/v2/external-auth/${provider.id}/device`, body)

  expect(answer.status).toBe(422)
  expect(answer.body.validations).toMatchObject([{ field: body ? 'device_code' : 'body' }])
})
