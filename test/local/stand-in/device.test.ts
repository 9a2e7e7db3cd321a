import { describe, expect, test } from 'vitest'
import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'
import { ScriptedBrowser } from '../../support/browser.ts'
import { useStandIn } from './stage.ts'
import { type Reply, tokensIn, type Visitor } from './visitor.ts'

const stage = useStandIn()

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
type DeviceProvider = 'github' | 'gitlab' | 'google' | 'microsoft'

/** How a device asks each provider. */
const manuals: Readonly<Record<DeviceProvider, { start: string; scope: string; secret: boolean; page: string }>> = {
  github: {
    start: 'github.com/login/device/code',
    scope: 'read:user offline_access',
    secret: false,
    page: 'github.com/login/device',
  },
  gitlab: {
    start: 'gitlab.com/oauth/authorize_device',
    scope: 'read_user',
    secret: false,
    page: 'gitlab.com/oauth/device',
  },
  google: {
    start: 'oauth2.googleapis.com/device/code',
    scope: 'openid email profile',
    secret: true,
    page: 'www.google.com/device',
  },
  microsoft: {
    start: 'login.microsoftonline.com/common/oauth2/v2.0/devicecode',
    scope: 'openid offline_access User.Read',
    secret: false,
    page: 'microsoft.com/devicelogin',
  },
}
const providers = Object.keys(manuals) as DeviceProvider[]

function start(visitor: Visitor, changes: Record<string, string | undefined> = {}): Promise<Reply> {
  const { start: url, scope } = manuals[visitor.provider as DeviceProvider]
  const request = visitor.tokenRequest({ scope, client_secret: undefined, ...changes })
  return visitor.send({ ...request, url })
}

function poll(visitor: Visitor, deviceCode: string, changes: Record<string, string | undefined> = {}): Promise<Reply> {
  const { secret } = manuals[visitor.provider as DeviceProvider]
  return visitor.token({
    grant_type: GRANT,
    device_code: deviceCode,
    ...(secret ? {} : { client_secret: undefined }),
    ...changes,
  })
}

describe.each(providers)('a device of %s', (provider) => {
  test('waits, and has tokens when its user has allowed it', async () => {
    const visitor = stage.visitor(provider)
    const { body } = await start(visitor)

    const pending = await poll(visitor, body.device_code)
    stage.control.decideDevice(provider, body.user_code, 'allow')
    stage.control.advance(body.interval)
    const { access, refresh } = tokensIn(await poll(visitor, body.device_code))

    expect(pending.body.error).toBe('authorization_pending')
    expect(await visitor.shows(access)).toBe(true)
    expect((await visitor.refresh(refresh, { client_secret: undefined })).status).toBe(
      provider === 'google' ? 401 : 200,
    )
  })

  test('gets tokens once', async () => {
    const visitor = stage.visitor(provider)
    const { body } = await start(visitor)
    stage.control.decideDevice(provider, body.user_code, 'allow')
    await poll(visitor, body.device_code)

    stage.control.advance(body.interval)

    expect((await poll(visitor, body.device_code)).body?.access_token).toBeUndefined()
  })

  test('hears of it when its user has decided on the page', async () => {
    const visitor = stage.visitor(provider)
    const { body } = await start(visitor)
    const browser = new ScriptedBrowser()

    let arrival = await browser.open(body.verification_uri ?? body.verification_url)
    // Case and dashes do not matter to a person.
    const typed = body.user_code.toLowerCase().replace('-', ' ')
    for (const values of [{ user_code: typed }, { account: 'ada' }, { decision: 'allow' }] as const) {
      const [form] = arrival.kind === 'page' ? arrival.forms : []
      if (!form) throw new Error('There is no form.')
      arrival = await browser.submit(form, values)
    }

    expect(arrival).toMatchObject({ kind: 'page', status: 200, forms: [] })
    const { access } = tokensIn(await poll(visitor, body.device_code))
    expect(await visitor.idSeen(access)).not.toBe(visitor.manual.id[1])
  })

  test('cannot be decided with a code that is wrong or over', async () => {
    const { body } = await start(stage.visitor(provider))
    const browser = new ScriptedBrowser()
    const enter = async (code: string) => {
      const arrival = await browser.open(`${stage.standIn.url}/${manuals[provider].page}`)
      const [form] = arrival.kind === 'page' ? arrival.forms : []
      if (!form) throw new Error('There is no form.')
      const next = await browser.submit(form, { user_code: code })
      return next.kind === 'page' ? next.status : 0
    }

    const wrong = await enter('AAAA-AAAA')
    stage.control.advance(body.expires_in)

    expect([wrong, await enter(body.user_code)]).toEqual([422, 422])
    expect(() => stage.control.decideDevice(provider, body.user_code, 'allow')).toThrow('No device waits')
  })
})

describe('what a device is told', () => {
  type Outcome = readonly [status: number, error: string]
  const outcome = ({ status, body }: Reply): Outcome => [status, body?.error]

  type Row = [DeviceProvider, pending: Outcome, slow: Outcome, denied: Outcome, expired: Outcome, unknown: Outcome]
  const rows: Row[] = [
    [
      'github',
      [200, 'authorization_pending'],
      [200, 'slow_down'],
      [200, 'access_denied'],
      [200, 'expired_token'],
      [200, 'incorrect_device_code'],
    ],
    [
      'gitlab',
      [400, 'authorization_pending'],
      [400, 'slow_down'],
      [400, 'access_denied'],
      [400, 'expired_token'],
      [400, 'invalid_grant'],
    ],
    [
      'google',
      [428, 'authorization_pending'],
      [403, 'slow_down'],
      [403, 'access_denied'],
      [400, 'expired_token'],
      [400, 'invalid_grant'],
    ],
    [
      'microsoft',
      [400, 'authorization_pending'],
      [400, 'slow_down'],
      [400, 'authorization_declined'],
      [400, 'expired_token'],
      [400, 'bad_verification_code'],
    ],
  ]

  test.each(rows)(
    'by %s: waiting %j, too fast %j, denied %j, too late %j, unknown %j',
    async (provider, ...expected) => {
      const visitor = stage.visitor(provider)
      const [{ body }, { body: late }] = [await start(visitor), await start(visitor)]

      const pending = await poll(visitor, body.device_code)
      const slow = await poll(visitor, body.device_code)
      stage.control.decideDevice(provider, body.user_code, 'deny')
      stage.control.advance(body.interval + 5)
      const denied = await poll(visitor, body.device_code)
      stage.control.advance(body.expires_in)
      const expired = await poll(visitor, late.device_code)
      const unknown = await poll(visitor, 'never-given')

      expect([pending, slow, denied, expired, unknown].map(outcome)).toEqual(expected)
    },
  )

  test('slow_down adds five seconds each time, which GitHub names', async () => {
    const visitor = stage.visitor('github')
    const { body } = await start(visitor)
    await poll(visitor, body.device_code)

    const slow = [await poll(visitor, body.device_code), await poll(visitor, body.device_code)]
    stage.control.advance(14)
    slow.push(await poll(visitor, body.device_code))
    stage.control.advance(20)
    const patient = await poll(visitor, body.device_code)

    expect(slow.map(({ body }) => body.interval)).toEqual([10, 15, 20])
    expect(patient.body.error).toBe('authorization_pending')
  })

  test.each([
    ['github', { expires_in: 900, interval: 5, user_code: expect.stringMatching(/^\w{4}-\w{4}$/) }],
    ['gitlab', { expires_in: 300, verification_uri_complete: expect.stringContaining('?user_code=') }],
    ['google', { expires_in: 1800, verification_url: expect.any(String) }],
    ['microsoft', { expires_in: 900, message: expect.any(String) }],
  ] as const)('by %s at first: %j', async (provider, expected) => {
    expect((await start(stage.visitor(provider))).body).toMatchObject(expected)
  })

  test.each([
    ['rfc', 400, 'verification_uri'],
    ['github200', 200, 'verification_uri'],
    ['google428', 428, 'verification_url'],
  ] as const)('in the manner of %s: %i, and %s', async (device, status, name) => {
    stage.control.set('gitlab', { device })
    const visitor = stage.visitor('gitlab')

    const { body } = await start(visitor)

    expect(body[name]).toBe(`${stage.standIn.url}/gitlab.com/oauth/device`)
    expect((await poll(visitor, body.device_code)).status).toBe(status)
  })
})

describe('a device is refused', () => {
  test.each([
    ['github', 'device_flow_disabled'],
    ['google', 'invalid_client'],
    ['microsoft', 'invalid_client'],
  ] as const)('by %s when its app may not use the flow, with %s', async (provider, error) => {
    expect((await start(stage.app(provider, 'no-devices'))).body.error).toBe(error)
  })

  test('by Google without its secret', async () => {
    const visitor = stage.visitor('google')
    const { body } = await start(visitor)

    expect((await poll(visitor, body.device_code, { client_secret: undefined })).body.error).toBe('invalid_client')
  })

  test('by Microsoft with a secret', async () => {
    const visitor = stage.visitor('microsoft')
    const { body } = await start(visitor)

    const refused = await poll(visitor, body.device_code, { client_secret: visitor.clientSecret })

    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_client'])
  })

  test.each(providers)('by %s for a client or a scope that is not known, and in JSON', async (provider) => {
    const visitor = stage.visitor(provider)
    const inJson = stage.visitor(provider, { body: 'json' })

    const errors = [
      (await start(visitor, { client_id: 'nobody' })).body.device_code,
      (await start(visitor, { scope: 'no,such scope' })).body.error,
      (await start(inJson)).body.device_code,
    ]

    expect(errors).toEqual([undefined, 'invalid_scope', undefined])
  })

  test.each(providers)('by %s with the code of another client', async (provider) => {
    const { body } = await start(stage.visitor(provider))
    const other = stage.app(provider, 'another-device', { device: true })
    stage.control.decideDevice(provider as PlayedProvider, body.user_code, 'allow')

    expect((await poll(other, body.device_code)).body?.access_token).toBeUndefined()
  })
})

test('a device that asks one server of GitHub is not known at another', async () => {
  const visitor = stage.visitor('github')
  const { body } = await start(visitor)
  stage.control.decideDevice('github', body.user_code, 'allow')

  const elsewhere = stage.visitor('github', { token: 'acme.ghe.com/login/oauth/access_token' })

  expect((await poll(elsewhere, body.device_code)).body.error).toBe('incorrect_device_code')
  expect((await poll(visitor, body.device_code)).body.access_token).toEqual(expect.any(String))
})

test('an app of Google for devices is not one for the web', async () => {
  const app = stage.app('google', 'television', { device: true })

  expect(await app.ask()).toEqual({ page: 'invalid_request' })
})
