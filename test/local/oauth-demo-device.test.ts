import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as oauth from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DemoUpstream, startDemoUpstream } from '../../lib/local/oauth/demo-upstream.ts'
import { type Arrival, ScriptedBrowser } from '../support/browser.ts'
import type { Json } from '../support/grantkeeper.ts'

let dataDir: string
let upstream: DemoUpstream
let app: oauth.Configuration
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'demo-upstream-'))
  upstream = await startDemoUpstream({ dataDir, port: 0 })
  const { clientId, clientSecret } = upstream.client
  app = await oauth.discovery(new URL(upstream.issuer), clientId, clientSecret, undefined, {
    execute: [oauth.allowInsecureRequests],
  })
})
beforeEach(() => {
  upstream.control.resetBehaviour()
  upstream.control.clearRequests()
})
afterAll(async () => {
  await upstream.close()
  await rm(dataDir, { recursive: true })
})

const start = () => oauth.initiateDeviceAuthorization(app, { scope: 'openid profile email offline_access' })
const poll = ({ device_code }: { device_code: string }) =>
  oauth.genericGrantRequest(app, 'urn:ietf:params:oauth:grant-type:device_code', { device_code })
const wordOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'tokens',
    (error: Json) => error.error,
  )

/** Walks the pages from a place on, filling in what is asked, until there is nothing more to do. */
const walk = async (url: string, fields: Record<string, string>): Promise<Arrival & { titles: string[] }> => {
  const browser = new ScriptedBrowser()
  const titles: string[] = []
  let arrival = await browser.open(url)
  for (let page = 0; page < 8 && arrival.kind === 'page'; page++) {
    titles.push(/<title>(.*?)( - .*)?<\/title>/.exec(arrival.html)?.[1] ?? '')
    const [form] = arrival.forms
    if (!form) break
    const wanted = [...form.fields.keys(), 'decision'].filter((name) => name in fields)
    arrival = await browser.submit(form, Object.fromEntries(wanted.map((name) => [name, fields[name] ?? ''])))
  }
  return { ...arrival, titles }
}

describe('a device', () => {
  test('is given tokens once a person has typed in its code, signed in and allowed it', async () => {
    const device = await start()
    const before = await wordOf(poll(device))

    const { titles } = await walk(device.verification_uri, {
      user_code: device.user_code.toLowerCase(),
      account: 'ada',
      decision: 'allow',
    })
    const tokens = await poll(device)

    expect(device).toMatchObject({ expires_in: 600, interval: 5, user_code: expect.stringMatching(/^\w{4}-\w{4}$/) })
    expect(before).toBe('authorization_pending')
    expect(titles).toEqual(['Connect a device', 'Connect a device', 'Sign in', 'Allow access', 'Done'])
    expect((await oauth.fetchUserInfo(app, tokens.access_token, 'ada')).email).toBe('ada@example.test')
    expect(tokens.refresh_token).toEqual(expect.any(String))
  })

  test('is denied when the person denies it', async () => {
    const device = await start()

    await walk(device.verification_uri_complete ?? '', { account: 'ada', decision: 'deny' })

    expect(await wordOf(poll(device))).toBe('access_denied')
  })

  test('with a code that is not known is told to nobody', async () => {
    const { titles, ...arrival } = await walk(`${upstream.issuer}/device`, { user_code: 'BCDF-GHJK' })

    expect(arrival.kind === 'page' && arrival.html).toContain('Nothing waits for this code any more.')
    expect(new Set(titles)).toEqual(new Set(['Connect a device']))
  })

  test.each([
    ['allow', 'tokens'],
    ['deny', 'access_denied'],
  ] as const)('can be decided on without the pages: %s gives %s', async (decision, word) => {
    const device = await start()

    await upstream.control.decideDevice({ userCode: device.user_code, decision, account: 'ada' })

    expect(await wordOf(poll(device))).toBe(word)
  })

  test('that does not wait cannot be decided on', async () => {
    await expect(upstream.control.decideDevice({ userCode: 'XXXX-XXXX', decision: 'allow' })).rejects.toThrow(
      'No device waits with the code XXXX-XXXX.',
    )
  })

  test('that polls too soon is told to slow down, and then that it must be slower still', async () => {
    upstream.control.setBehaviour({ deviceIntervalSeconds: 60 })
    const device = await start()

    const words = [await wordOf(poll(device)), await wordOf(poll(device)), await wordOf(poll(device))]

    expect(words).toEqual(['authorization_pending', 'slow_down', 'slow_down'])
  })

  test('that uses its code twice loses the grant', async () => {
    const device = await start()
    await upstream.control.decideDevice({ userCode: device.user_code, decision: 'allow', account: 'twice' })
    await poll(device)

    expect(await wordOf(poll(device))).toBe('invalid_grant')
    expect((await upstream.control.liveGrants()).filter(({ account }) => account === 'twice')).toEqual([])
  })
})

test('the log has every request of a device', async () => {
  const device = await start()
  await wordOf(poll(device))

  expect(upstream.control.requests()).toMatchObject([
    { endpoint: 'device_authorization', clientId: upstream.client.clientId, status: 200 },
    { endpoint: 'token', status: 400, error: 'authorization_pending' },
  ])
})
