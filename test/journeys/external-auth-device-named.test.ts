import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import type { StandInControl } from '../../lib/local/stand-in/control.ts'
import { checked } from '../support/conforms.ts'
import { aDevice, deviceRow, externalAuthOf, said } from '../support/external-auth.ts'
import { type Answer, aCaller, aGrantkeeper, type Caller, type Json } from '../support/grantkeeper.ts'
import { aNamedProvider, type Played } from '../support/named-provider.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let control: StandInControl
let rows: Rows
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  control = grantkeeper.standIn.control
  rows = rowsOf(grantkeeper.stack)
  grace = checked(await aCaller(grantkeeper))
})
afterAll(() => grantkeeper.close())
beforeEach(() => {
  control.reset()
  control.clearRequests()
})

interface Case extends Played {
  readonly login: string
  /** Seconds that a code is good, and the interval after the provider has said slow_down once. */
  readonly seconds: number
  /** Whether the secret goes with the requests. */
  readonly secret: boolean
}

/** Every named provider with a device flow; where an app must be allowed it, or be of that kind, this one is. */
const cases: readonly Case[] = [
  { plays: 'github', client: { kind: 'githubApp', device: true }, login: 'mira-okafor', seconds: 900, secret: false },
  { plays: 'gitlab', login: 't.lindqvist', seconds: 300, secret: true },
  { plays: 'google', client: { device: true }, login: 'ines@corp.example', seconds: 1800, secret: true },
  {
    plays: 'microsoft',
    client: { device: true },
    login: 'pia_corp.example#EXT#@contoso.example',
    seconds: 900,
    secret: false,
  },
]

const pollAt = (provider: Json, device: Json): Promise<Answer> =>
  externalAuthOf(grace).poll(provider.id, device.device_code)
/** The next poll, as if so many seconds had passed here, and at the provider. */
const pollAfter = async (provider: Json, device: Json, seconds: number): Promise<Answer> => {
  await rows.change(await deviceRow(rows, device), { nextPollAt: 1 })
  if (seconds > 0) control.advance(seconds)
  return pollAt(provider, device)
}
const polls = (plays: Played['plays']) =>
  control.requests(plays).filter(({ body }) => body.grant_type?.endsWith(':device_code'))

describe.each(cases.map((each) => [each.plays, each] as const))('the device flow of %s', (plays, each) => {
  let provider: Json
  beforeAll(async () => {
    provider = await aNamedProvider(grantkeeper, each)
  })

  test('connects the account once its user has typed in the code', async () => {
    const device = await aDevice(grace, provider)
    const first = await pollAt(provider, device)
    const early = await pollAt(provider, device)
    control.decideDevice(plays, device.user_code, 'allow')
    const done = await pollAfter(provider, device, 5)
    const again = await pollAt(provider, device)

    expect(device).toMatchObject({ expires_in: each.seconds, interval: 5 })
    expect([first, early, done, again].map(said)).toEqual([
      [400, 'authorization_pending'],
      [400, 'authorization_pending'],
      204,
      204,
    ])
    expect(polls(plays).map(({ error }) => error)).toEqual(['authorization_pending', undefined])
  })

  test('gives a connection that is refreshed like any other', async () => {
    const { data } = (await grace.get(`/authorizedProviders/?providerIds=${provider.id}`)).body
    const row = (await rows.of('GRANT#')).find(({ id }) => id === data[0].id)
    await rows.change(row, { accessTokenExpiresAt: Date.now() - 1 })

    const { body } = await externalAuthOf(grace).get(provider.id)

    expect(body).toMatchObject({ authenticated: true, device: true, user: { login: each.login } })
    expect(control.requests(plays).filter(({ body }) => body.grant_type === 'refresh_token')).toHaveLength(1)
  })

  test(`is asked for ${each.secret ? 'with' : 'without'} the client's secret`, async () => {
    const device = await aDevice(grace, provider)
    await pollAt(provider, device)

    const sent = control
      .requests(plays)
      .map(({ body, headers }) => 'client_secret' in body || 'authorization' in headers)
    expect(sent).toEqual([each.secret, each.secret])
  })

  test('slows down when the provider says so, and then never has to be told again', async () => {
    const device = await aDevice(grace, provider)
    await pollAt(provider, device)

    const slower = await pollAfter(provider, device, 0)
    const { intervalSeconds } = await deviceRow(rows, device)
    const afterwards = await pollAfter(provider, device, intervalSeconds)

    expect([slower, afterwards].map(said)).toEqual([
      [400, 'slow_down'],
      [400, 'authorization_pending'],
    ])
    expect(intervalSeconds).toBe(10)
  })

  test('ends when the user denies it', async () => {
    const device = await aDevice(grace, provider)
    control.decideDevice(plays, device.user_code, 'deny')

    expect([await pollAt(provider, device), await pollAt(provider, device)].map(said)).toEqual(
      Array(2).fill([400, 'access_denied']),
    )
    expect(polls(plays)).toHaveLength(1)
  })

  test('ends when the provider lets the code expire', async () => {
    const device = await aDevice(grace, provider)
    control.advance(each.seconds + 1)

    expect([await pollAt(provider, device), await pollAt(provider, device)].map(said)).toEqual(
      Array(2).fill([400, 'expired_token']),
    )
    expect(polls(plays)).toHaveLength(1)
  })
})

test.each<Played>([
  { plays: 'github', client: { device: false } },
  { plays: 'google', client: { device: false } },
  { plays: 'microsoft', client: { device: false } },
  { plays: 'bitbucket' },
  { plays: 'box' },
])('$plays has none for this client: 400, and nothing is wrong with it', async (played) => {
  const provider = await aNamedProvider(grantkeeper, played)

  const answer = await externalAuthOf(grace).start(provider.id)

  expect([answer.status, answer.body.message]).toEqual([
    400,
    'The provider has no device flow, or none for this client.',
  ])
  expect((await grace.get(`/providers/${provider.id}/`)).body.status).toBe('active')
})
