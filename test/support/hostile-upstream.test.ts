import * as oauth from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as hostile from './hostile-answers.ts'
import { type HostileUpstream, startHostileUpstream } from './hostile-upstream.ts'

const REDIRECT_URI = 'http://127.0.0.1:9/callback'

let upstream: HostileUpstream
let config: oauth.Configuration

beforeAll(async () => {
  upstream = await startHostileUpstream()
  config = await oauth.discovery(new URL(upstream.url), 'app', 'secret', undefined, {
    execute: [oauth.allowInsecureRequests],
  })
})

beforeEach(() => {
  for (const endpoint of ['token', 'userinfo', 'revocation', 'discovery'] as const) upstream.script(endpoint, [])
})

afterAll(() => upstream.close())

async function connect(account = 'mallory') {
  const request = oauth.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid',
    state: 's',
    nonce: 'n',
    login_hint: account,
  })
  const response = await fetch(request, { redirect: 'manual' })
  return oauth.authorizationCodeGrant(config, new URL(response.headers.get('location') ?? ''), {
    expectedState: 's',
    expectedNonce: 'n',
  })
}

function post(fields: Record<string, string>): Promise<Response> {
  return fetch(upstream.endpoints.token, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'app', client_secret: 'secret', ...fields }),
  })
}

/** A refresh of a fresh connection, as it comes over the wire. */
async function refresh(): Promise<Response> {
  const { refresh_token: refreshToken = '' } = await connect()
  return post({ grant_type: 'refresh_token', refresh_token: refreshToken })
}

describe('unscripted, the hostile upstream', () => {
  test('connects, rotates, tells who the user is, and revokes', async () => {
    const tokens = await connect('ada')

    const refreshed = await oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')

    expect(tokens.claims()).toMatchObject({ sub: 'ada', nonce: 'n' })
    expect(upstream.currentRefreshToken('ada')).toBe(refreshed.refresh_token)
    expect(await oauth.fetchUserInfo(config, refreshed.access_token, 'ada')).toEqual({ sub: 'ada', name: 'ada' })
    await expect(oauth.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
    await oauth.tokenRevocation(config, refreshed.refresh_token ?? '')
    expect(upstream.currentRefreshToken('ada')).toBeUndefined()
  })

  test('records what it was asked', async () => {
    await connect()

    const [authorization, token] = upstream.requests().slice(-2)

    expect(authorization).toMatchObject({ endpoint: 'authorization', method: 'GET', params: { state: 's' } })
    expect(token).toMatchObject({ endpoint: 'token', method: 'POST', params: { client_secret: 'secret' } })
  })
})

describe('scripted, the hostile upstream', () => {
  test('plays one behaviour per request and is honest again after the last', async () => {
    upstream.script('userinfo', [hostile.html(), hostile.answer(500, {})])

    const statuses: string[] = []
    for (const _request of [1, 2, 3]) {
      const response = await fetch(upstream.endpoints.userinfo)
      statuses.push(`${response.status} ${response.headers.get('content-type')}`)
    }

    expect(statuses).toEqual(['200 text/html', '500 application/json', '401 application/json'])
  })

  test.each([
    ['1e18', 1e18],
    ['a string', '3600'],
    ['zero', 0],
    ['negative', -1],
    ['missing', undefined],
    ['a fraction', 3600.7],
    ['null', null],
  ])('rotates and answers an expires_in that is %s', async (_title, expiresIn) => {
    const { refresh_token: before = '' } = await connect()
    upstream.script('token', hostile.answerWith({ expires_in: expiresIn }))

    const response = await post({ grant_type: 'refresh_token', refresh_token: before })

    const body = (await response.json()) as Record<string, unknown>
    expect(body.expires_in).toBe(expiresIn)
    expect(body.refresh_token).toBe(upstream.currentRefreshToken('mallory'))
    expect(body.refresh_token).not.toBe(before)
  })

  test.each([
    ['an error with status 200', hostile.errorAs200('bad_refresh_token'), 200, /"error":"bad_refresh_token"/],
    ['an error that its header names', hostile.errorInHeader(400, 'invalid_grant'), 400, /invalid_grant/],
    ['a rate limit', hostile.tooManyRequests('30'), 429, /rate_limited/],
    ['HTML', hostile.html(), 200, /<h1>/],
    ['nothing', hostile.noContent(), 204, /^$/],
    ['truncated JSON', hostile.truncatedJson(), 200, /^\{[^}]*$/],
    ['the wrong content type', hostile.answerUnder({ 'content-type': 'image/png' }), 200, /access_token/],
    ['an answer that is late', hostile.late(20), 200, /access_token/],
  ])('answers %s', async (_title, behaviour, status, body) => {
    upstream.script('token', [hostile.honest(), behaviour])

    const response = await refresh()

    expect(response.status).toBe(status)
    expect(await response.text()).toMatch(body)
  })

  test('names the error and the time to wait in headers', async () => {
    upstream.script('token', [hostile.errorInHeader(401, 'invalid_client'), hostile.tooManyRequests('30')])

    const named = await post({})
    const limited = await post({})

    expect(named.headers.get('www-authenticate')).toBe('Bearer realm="hostile", error="invalid_client"')
    expect(limited.headers.get('retry-after')).toBe('30')
  })

  test.each(['beforeWork', 'afterWork', 'inAnswer'] as const)('resets the connection %s', async (when) => {
    const { refresh_token: before = '' } = await connect()
    upstream.script('token', hostile.reset(when))

    const answer = post({ grant_type: 'refresh_token', refresh_token: before }).then((response) => response.text())

    await expect(answer).rejects.toThrow()
    expect(upstream.currentRefreshToken('mallory') === before).toBe(when === 'beforeWork')
  })

  test.each([
    ['hangs', hostile.hang()],
    ['drips', hostile.slowDrip(10)],
  ])('%s until the client gives up', async (_title, behaviour) => {
    upstream.script('token', behaviour)
    const signal = AbortSignal.timeout(200)

    const answer = fetch(upstream.endpoints.token, { method: 'POST', signal }).then((response) => response.text())

    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('redirects to a listener that tells whether credentials came along', async () => {
    upstream.script('token', hostile.redirectElsewhere())

    await post({ grant_type: 'refresh_token', refresh_token: 'r' })
    await fetch(`${upstream.url}/token`, { method: 'POST' })

    expect(upstream.elsewhere()).toEqual([
      { path: '/elsewhere', carriedCredentials: true },
      { path: '/elsewhere', carriedCredentials: false },
    ])
  })

  test.each([
    ['plainly', hostile.hugeBody()],
    ['as a small gzip', hostile.gzipBomb()],
  ])('sends 300 MiB of valid JSON %s', async (_title, behaviour) => {
    upstream.script('userinfo', behaviour)

    const response = await fetch(upstream.endpoints.userinfo)
    let received = 0
    let last = ''
    for await (const chunk of response.body ?? []) {
      received += chunk.length
      last = Buffer.from(chunk.subarray(-2)).toString()
    }

    expect(received).toBeGreaterThan(300 * 1024 * 1024)
    expect(last).toBe('"}')
    const length = response.headers.get('content-length')
    if (response.headers.get('content-encoding') === 'gzip') expect(Number(length)).toBeLessThan(400_000)
  })
})
