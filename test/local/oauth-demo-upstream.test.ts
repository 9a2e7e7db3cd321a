import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as oauth from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DemoUpstream, startDemoUpstream } from '../../lib/local/oauth/demo-upstream.ts'
import { consent } from '../support/browser.ts'

const REDIRECT_URI = 'http://127.0.0.1:9/oauth2/callback/provider-1'
const OTHER_APP = {
  clientId: 'other-app',
  clientSecret: 'c:+% &/~secret',
  redirectUris: ['https://app.example.test/callback'],
}

let dataDir: string
let upstream: DemoUpstream
let app: oauth.Configuration

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'demo-upstream-'))
  upstream = await startDemoUpstream({ dataDir, port: 0 })
  app = await discover()
})

beforeEach(async () => {
  upstream.control.resetBehaviour()
  for (const grant of await upstream.control.liveGrants()) await upstream.control.revokeGrant(grant.grantId)
  upstream.control.clearRequests()
})

afterAll(async () => {
  await upstream.close()
  await rm(dataDir, { recursive: true })
})

function discover(client = upstream.client): Promise<oauth.Configuration> {
  return oauth.discovery(new URL(upstream.issuer), client.clientId, client.clientSecret, undefined, {
    execute: [oauth.allowInsecureRequests],
  })
}

/** An authorization as far as the client's callback, with what its exchange needs. */
async function authorize(input: { account?: string; config?: oauth.Configuration; redirectUri?: string } = {}) {
  const { account = 'ada', config = app, redirectUri = REDIRECT_URI } = input
  const pkceCodeVerifier = oauth.randomPKCECodeVerifier()
  const request = oauth.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    state: 'state-1',
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  const callback = await consent(request, { account })
  const exchange = () =>
    oauth.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier,
      expectedState: 'state-1',
      idTokenExpected: true,
    })
  return { callback, exchange }
}

async function connect(input: Parameters<typeof authorize>[0] = {}) {
  const { exchange } = await authorize(input)
  const tokens = await exchange()
  return { tokens, refreshToken: tokens.refresh_token ?? '', accessToken: tokens.access_token }
}

const refused = { error: 'invalid_grant', status: 400 }
const liveGrants = () => upstream.control.liveGrants()

describe('a connection', () => {
  test('gives tokens, an id_token and the claims of the account', async () => {
    const { tokens, accessToken } = await connect({ account: 'ada' })

    const userinfo = await oauth.fetchUserInfo(app, accessToken, 'ada')

    expect(tokens).toMatchObject({ expires_in: 3600, scope: 'openid profile email' })
    expect(tokens.claims()).toMatchObject({ iss: upstream.issuer, sub: 'ada', aud: upstream.client.clientId })
    expect(userinfo).toEqual({
      sub: 'ada',
      name: 'Ada Example',
      given_name: 'Ada',
      family_name: 'Example',
      nickname: 'ada',
      email: 'ada@example.test',
      email_verified: true,
      picture: 'https://example.test/pictures/ada.png',
      locale: 'en-GB',
    })
  })

  test('needs PKCE with S256', async () => {
    const request = oauth.buildAuthorizationUrl(app, { redirect_uri: REDIRECT_URI, scope: 'openid', state: 's' })

    const callback = await consent(request, { account: 'ada' })

    expect(callback.searchParams.get('error')).toBe('invalid_request')
  })

  test('is refused for a code whose verifier is wrong', async () => {
    const { callback } = await authorize()

    const exchange = oauth.authorizationCodeGrant(app, callback, {
      pkceCodeVerifier: oauth.randomPKCECodeVerifier(),
      expectedState: 'state-1',
    })

    await expect(exchange).rejects.toMatchObject(refused)
  })

  test('loses its grant when its code is used twice', async () => {
    const { exchange } = await authorize()
    const tokens = await exchange()

    await expect(exchange()).rejects.toMatchObject(refused)

    expect(await liveGrants()).toEqual([])
    await expect(oauth.refreshTokenGrant(app, tokens.refresh_token ?? '')).rejects.toMatchObject(refused)
  })

  test('is a grant of its own each time, also for one account and client', async () => {
    const first = await connect()
    const second = await connect()

    await oauth.tokenRevocation(app, first.refreshToken)

    expect(await oauth.refreshTokenGrant(app, second.refreshToken)).toHaveProperty('access_token')
  })
})

describe('refreshing', () => {
  test('rotates the refresh token', async () => {
    const tokens = await connect()

    const refreshed = await oauth.refreshTokenGrant(app, tokens.refreshToken)
    const again = await oauth.refreshTokenGrant(app, refreshed.refresh_token ?? '')

    expect(new Set([tokens.refreshToken, refreshed.refresh_token, again.refresh_token]).size).toBe(3)
    expect(await liveGrants()).toMatchObject([{ account: 'ada', refreshTokens: 1, accessTokens: 3 }])
  })

  test('with a used refresh token ends the whole grant', async () => {
    const tokens = await connect()
    const refreshed = await oauth.refreshTokenGrant(app, tokens.refreshToken)

    await expect(oauth.refreshTokenGrant(app, tokens.refreshToken)).rejects.toMatchObject(refused)

    await expect(oauth.refreshTokenGrant(app, refreshed.refresh_token ?? '')).rejects.toMatchObject(refused)
    await expect(oauth.fetchUserInfo(app, refreshed.access_token, 'ada')).rejects.toThrow()
    expect(await liveGrants()).toEqual([])
  })

  test('with one refresh token many times at once lets one succeed and ends the grant', async () => {
    const tokens = await connect()

    const attempts = Array.from({ length: 10 }, () => oauth.refreshTokenGrant(app, tokens.refreshToken))
    const outcomes = await Promise.allSettled(attempts)

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await liveGrants()).toEqual([])
  })

  test('works after a restart with a token from before it, and still knows the used ones', async () => {
    const kept = await connect()
    const reused = await connect({ account: 'grace' })
    await oauth.refreshTokenGrant(app, reused.refreshToken)
    const before = await liveGrants()
    const port = Number(new URL(upstream.issuer).port)

    await upstream.close()
    upstream = await startDemoUpstream({ dataDir, port })

    expect(await liveGrants()).toEqual(before)
    expect(await oauth.refreshTokenGrant(app, kept.refreshToken)).toHaveProperty('refresh_token')
    await expect(oauth.refreshTokenGrant(app, reused.refreshToken)).rejects.toMatchObject(refused)
    expect(await liveGrants()).toMatchObject([{ account: 'ada' }])
  })
})

describe('revoking', () => {
  test('a token ends its own grant', async () => {
    const tokens = await connect()
    await connect()

    await oauth.tokenRevocation(app, tokens.refreshToken)

    expect(await liveGrants()).toHaveLength(1)
    await expect(oauth.refreshTokenGrant(app, tokens.refreshToken)).rejects.toMatchObject(refused)
  })

  test('a token ends every grant of its account and client where the upstream works so', async () => {
    upstream.control.setBehaviour({ revocation: 'userAndApp' })
    const tokens = await connect()
    await connect()
    await connect({ account: 'grace' })

    await oauth.tokenRevocation(app, tokens.refreshToken)

    expect(await liveGrants()).toMatchObject([{ account: 'grace' }])
  })

  test('another client’s token changes nothing', async () => {
    await upstream.control.registerClient(OTHER_APP)
    const other = await discover(OTHER_APP)
    const tokens = await connect()

    await oauth.tokenRevocation(other, tokens.refreshToken)

    expect(await liveGrants()).toHaveLength(1)
  })
})

describe('redirect URIs', () => {
  const cases = [
    { client: 'ready-made', redirectUri: 'http://127.0.0.1:1/oauth2/callback/x', allowed: true },
    { client: 'ready-made', redirectUri: 'http://[::1]:8080/oauth2/callback/y', allowed: true },
    { client: 'ready-made', redirectUri: 'http://127.0.0.1.example.test/oauth2/callback', allowed: false },
    { client: 'ready-made', redirectUri: 'http://127.0.0.1@example.test/oauth2/callback', allowed: false },
    { client: 'ready-made', redirectUri: 'https://app.example.test/callback', allowed: false },
    { client: 'other-app', redirectUri: 'https://app.example.test/callback', allowed: true },
    { client: 'other-app', redirectUri: 'https://app.example.test/callback/', allowed: false },
    { client: 'other-app', redirectUri: 'http://127.0.0.1:1/oauth2/callback/x', allowed: false },
  ]

  test.each(cases)(
    'of the $client client: $redirectUri allowed: $allowed',
    async ({ client, redirectUri, allowed }) => {
      await upstream.control.registerClient(OTHER_APP)
      const config = client === 'ready-made' ? app : await discover(OTHER_APP)

      const walk = authorize({ config, redirectUri }).then(({ callback }) => callback.searchParams.has('code'))

      if (allowed) expect(await walk).toBe(true)
      else await expect(walk).rejects.toThrow('invalid_redirect_uri')
    },
  )

  test.each([
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ])('belong to a registered client, which may use %s with any secret', async (_method, authentication) => {
    await upstream.control.registerClient(OTHER_APP)
    const { clientId, clientSecret, redirectUris } = OTHER_APP
    const config = new oauth.Configuration(app.serverMetadata(), clientId, {}, authentication(clientSecret))
    oauth.allowInsecureRequests(config)

    const tokens = await connect({ config, redirectUri: redirectUris[0] ?? '' })

    expect(tokens.refreshToken).not.toBe('')
  })
})

describe('the request log', () => {
  test('tells grant types apart and holds no token', async () => {
    const tokens = await connect()
    const refreshed = await oauth.refreshTokenGrant(app, tokens.refreshToken)
    await oauth.refreshTokenGrant(app, 'not-a-token').catch(() => undefined)
    await oauth.tokenRevocation(app, refreshed.refresh_token ?? '')

    const requests = upstream.control.requests()

    const { clientId } = upstream.client
    expect(requests.map(({ at, ...rest }) => rest)).toEqual([
      { endpoint: 'authorization', clientId, status: 303 },
      { endpoint: 'token', grantType: 'authorization_code', clientId, account: 'ada', status: 200 },
      { endpoint: 'token', grantType: 'refresh_token', clientId, account: 'ada', status: 200 },
      { endpoint: 'token', grantType: 'refresh_token', clientId, status: 400, error: 'invalid_grant' },
      { endpoint: 'revocation', clientId, account: 'ada', status: 200 },
    ])
    for (const secret of [tokens.refreshToken, tokens.accessToken, upstream.client.clientSecret]) {
      expect(JSON.stringify(requests)).not.toContain(secret)
    }
  })
})

describe('behaviours', () => {
  test('a dropped answer loses the connection after the rotation', async () => {
    const tokens = await connect()
    upstream.control.setBehaviour({ dropAnswer: 1 })

    await expect(oauth.refreshTokenGrant(app, tokens.refreshToken)).rejects.toThrow()

    expect(upstream.control.requests().at(-1)).toMatchObject({ grantType: 'refresh_token', status: 200, dropped: true })
    await expect(oauth.refreshTokenGrant(app, tokens.refreshToken)).rejects.toMatchObject(refused)
    expect(await liveGrants()).toEqual([])
  })

  test('a delayed answer comes after the work', async () => {
    const tokens = await connect()
    upstream.control.setBehaviour({ tokenDelayMs: 300 })
    let answered = false

    const refresh = oauth.refreshTokenGrant(app, tokens.refreshToken).then(() => {
      answered = true
    })
    while (upstream.control.requests().at(-1)?.grantType !== 'refresh_token') {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }

    expect(answered).toBe(false)
    expect(await liveGrants()).toMatchObject([{ refreshTokens: 1, accessTokens: 2 }])
    await refresh
  })

  test('a failure before the work leaves the refresh token as it was', async () => {
    const tokens = await connect()
    const failure = { endpoint: 'token', times: 2, status: 503, beforeWork: true } as const
    upstream.control.setBehaviour({
      failNext: [{ ...failure, headers: { 'retry-after': '7' }, body: '{"error":"busy"}' }],
    })

    for (const _attempt of [1, 2]) {
      const failed = oauth.refreshTokenGrant(app, tokens.refreshToken)
      await expect(failed).rejects.toMatchObject({ cause: { status: 503 } })
    }

    expect(upstream.control.requests().at(-1)).toMatchObject({
      grantType: 'refresh_token',
      clientId: upstream.client.clientId,
      status: 503,
    })
    expect(await oauth.refreshTokenGrant(app, tokens.refreshToken)).toHaveProperty('access_token')
  })

  test('a failure after the work has used the refresh token up', async () => {
    const tokens = await connect()
    upstream.control.setBehaviour({ failNext: [{ endpoint: 'token', times: 1, status: 500, beforeWork: false }] })

    await expect(oauth.refreshTokenGrant(app, tokens.refreshToken)).rejects.toThrow()

    await expect(oauth.refreshTokenGrant(app, tokens.refreshToken)).rejects.toMatchObject(refused)
  })

  test('decide over lifetimes and refresh tokens', async () => {
    upstream.control.setBehaviour({ accessTokenSeconds: 7, refreshTokens: false })

    const { exchange } = await authorize()
    const tokens = await exchange()

    expect(tokens.expires_in).toBe(7)
    expect(tokens).not.toHaveProperty('refresh_token')
    expect(await liveGrants()).toMatchObject([{ refreshTokens: 0, accessTokens: 1 }])
  })

  test('that make no sense are refused', () => {
    expect(() => upstream.control.setBehaviour({ tokenDelayMs: -1 })).toThrow()
  })
})

describe('the control', () => {
  test('issues live grants fast, and ends those of one account', async () => {
    const grants = await upstream.control.issueGrants(1000)

    const [first, second] = grants
    expect(new Set(grants.map(({ refreshToken }) => refreshToken)).size).toBe(1000)
    expect(await liveGrants()).toHaveLength(1000)
    expect(await oauth.refreshTokenGrant(app, first?.refreshToken ?? '')).toHaveProperty('refresh_token')
    expect(await oauth.fetchUserInfo(app, second?.accessToken ?? '', 'load-2')).toMatchObject({ sub: 'load-2' })
    await upstream.control.revokeGrant({ account: 'load-1' })
    expect(await liveGrants()).toHaveLength(999)
  })

  test('is the same over HTTP', async () => {
    const post = (name: string, argument: unknown) =>
      fetch(`${upstream.issuer}/control/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(argument),
      })

    const issued = (await (await post('issueGrants', { count: 2 })).json()) as { account: string }[]
    const statuses = [
      (await post('setBehaviour', { accessTokenSeconds: 9 })).status,
      (await post('revokeGrant', { account: 'load-1' })).status,
      (await post('setBehaviour', { accessTokenSeconds: 'long' })).status,
      (await post('constructor', {})).status,
    ]

    expect(issued.map(({ account }) => account)).toEqual(['load-1', 'load-2'])
    expect(statuses).toEqual([204, 204, 400, 404])
    const live = await fetch(`${upstream.issuer}/control/liveGrants`)
    expect(await live.json()).toMatchObject([{ account: 'load-2', refreshTokens: 1, accessTokens: 1 }])
    const client = await fetch(`${upstream.issuer}/control/client`)
    expect(await client.json()).toEqual(upstream.client)
  })
})

test('several upstreams in one process have their own issuer, keys and grants', async () => {
  const secondDir = await mkdtemp(join(tmpdir(), 'demo-upstream-'))
  const second = await startDemoUpstream({ dataDir: secondDir, port: 0 })
  await second.control.issueGrants(1)
  const foreign = await authorize()

  const { searchParams } = foreign.callback

  expect(searchParams.get('iss')).toBe(upstream.issuer)
  expect(second.issuer).not.toBe(upstream.issuer)
  expect(await second.control.liveGrants()).toHaveLength(1)
  expect(await liveGrants()).toEqual([])
  await second.close()
  await rm(secondDir, { recursive: true })
})
