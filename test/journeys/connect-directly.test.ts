import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { aPlainProvider } from '../support/connecting.ts'
import { aCaller, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer as answering, reset } from '../support/hostile-answers.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { rowsOf } from '../support/rows.ts'
import { type StoredRows, storedRows } from '../support/stored-grant.ts'
import { sweepFlows } from '../support/sweep-flows.ts'

let grantkeeper: ProxiedGrantkeeper
let hostile: HostileUpstream
let rows: StoredRows
let caller: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper()
  hostile = await startHostileUpstream()
  rows = storedRows(grantkeeper, { endpoint: grantkeeper.direct.dynamodb })
  caller = checked(await aCaller(grantkeeper))
  provider = await aProvider(grantkeeper, { programmaticConnect: true })
})
afterAll(async () => {
  rows.close()
  await hostile.close()
  await grantkeeper.close()
})

const REDIRECT = 'http://127.0.0.1/app/callback'

const connect = (id: string, body: Json, by = caller) => by.post(`//api/integrations/${id}/connect`, body)
const refreshesOf = (account: string) =>
  grantkeeper.upstream.control
    .requests()
    .filter((seen) => seen.grantType === 'refresh_token' && seen.account === account).length
const liveGrants = async (account: string) =>
  (await grantkeeper.upstream.control.liveGrants()).filter((grant) => grant.account === account)

/** What an application has after it has sent a user to the demo upstream by itself. */
const aCode = async (account: string, { nonce }: { nonce?: string } = {}): Promise<Json> => {
  const codeVerifier = randomBytes(32).toString('base64url')
  const url = new URL(`${grantkeeper.upstream.issuer}/authorize`)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: grantkeeper.upstream.client.clientId,
    redirect_uri: REDIRECT,
    scope: 'openid profile offline_access',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(nonce !== undefined && { nonce }),
  }).toString()
  const redirect = await consent(url.href, { account })
  return { code: redirect.searchParams.get('code'), redirectUri: REDIRECT, codeVerifier, ...(nonce && { nonce }) }
}

/** A refresh token that the application has from a code of its own. */
const aRefreshToken = async (account: string): Promise<string> => {
  const { code, redirectUri, codeVerifier } = await aCode(account)
  const { clientId, clientSecret } = grantkeeper.upstream.client
  const response = await fetch(`${grantkeeper.upstream.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: codeVerifier,
    }),
  })
  return ((await response.json()) as Json).refresh_token
}

describe('a code that an application has got by itself', () => {
  test.each([{}, { nonce: 'a-nonce-of-the-app' }])('connects the account: %j', async (options) => {
    const account = `direct.${Object.keys(options).length}`

    const { status, body } = await connect(provider.id, await aCode(account, options))

    expect([status, body]).toEqual([201, expect.objectContaining({ integrationId: provider.id, ownerId: 'grace' })])
    const served = await caller.post(`/authorizedProviders/${body.id}/accessToken/`)
    expect([served.status, served.body.authorizedOauthProvider.accountId]).toEqual([201, account])
  })

  test('renews the connection of the same account', async () => {
    const first = await connect(provider.id, await aCode('twice'))
    const second = await connect(provider.id, await aCode('twice'))

    expect([second.status, second.body.id]).toEqual([201, first.body.id])
  })

  test('is answered alike when it is sent again, and sent to the provider once', async () => {
    const code = await aCode('repeated')
    const first = await connect(provider.id, code)
    const again = await connect(provider.id, code)

    expect([again.status, again.body.id]).toEqual([201, first.body.id])
    // A code that comes twice ends the grant upstream.
    expect(await liveGrants('repeated')).toHaveLength(1)
  })

  test('is answered with its own connection when it is sent again, whatever was connected since', async () => {
    const code = await aCode('before')
    const first = await connect(provider.id, code)
    await connect(provider.id, await aCode('since'))

    const again = await connect(provider.id, code)
    await caller.delete(`/authorizedProviders/${first.body.id}/`)
    const gone = await connect(provider.id, code)

    expect([again.status, again.body.id, gone.status]).toEqual([201, first.body.id, 400])
  })

  test('connects once, however many send it at once', async () => {
    const code = await aCode('at.once')

    const answers = await Promise.all(Array.from({ length: 20 }, () => connect(provider.id, code)))

    const statuses = new Set(answers.map(({ status }) => status))
    expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([])
    expect(statuses.has(201)).toBe(true)
    expect(await liveGrants('at.once')).toHaveLength(1)
  })

  test('is taken up where a failure broke it off', async () => {
    const code = await aCode('broken.off')
    const { dynamodb } = grantkeeper.proxies
    dynamodb.plan({ match: ({ operation }) => operation === 'TransactWriteItems', times: 12, kind: 'error' })

    const failed = await connect(provider.id, code)
    dynamodb.plan([])
    const again = await connect(provider.id, code)

    expect([failed.status, again.status]).toEqual([503, 201])
    expect(await liveGrants('broken.off')).toHaveLength(1)
  })

  test('is refused by a provider that does not know it: 400, and so it stays', async () => {
    const code = { code: 'nobody-gave-this', redirectUri: REDIRECT, codeVerifier: 'v'.repeat(43) }

    const answers = [await connect(provider.id, code), await connect(provider.id, code)]

    expect(answers.map(({ status, body }) => [status, body.message])).toEqual([
      [400, 'The provider refused the authorization code. Start again.'],
      [400, 'The provider refused the authorization code. Start again.'],
    ])
  })

  test('is refused without the nonce that its ID token holds', async () => {
    const { nonce, ...without } = await aCode('with.nonce', { nonce: 'a-nonce-of-the-app' })

    const { status } = await connect(provider.id, without)

    expect([nonce, status]).toEqual(['a-nonce-of-the-app', 502])
  })
})

describe('a refresh token that an application has', () => {
  test('is used at once, and the account is connected', async () => {
    const refreshToken = await aRefreshToken('by.refresh')

    const { status, body } = await connect(provider.id, { refreshToken })

    expect([status, refreshesOf('by.refresh')]).toEqual([201, 1])
    const { body: grant } = await caller.get(`/authorizedProviders/${body.id}/`)
    expect(grant).toMatchObject({ accountId: 'by.refresh', status: 'active' })
    const [live] = await liveGrants('by.refresh')
    expect(live?.refreshTokens).toBe(1)
  })

  test('is answered alike when it is sent again: the provider would take a second use for theft', async () => {
    const refreshToken = await aRefreshToken('again')
    const first = await connect(provider.id, { refreshToken })
    const second = await connect(provider.id, { refreshToken })

    expect([second.status, second.body.id, refreshesOf('again')]).toEqual([201, first.body.id, 1])
    expect(await liveGrants('again')).toHaveLength(1)
  })

  test('is kept where the provider gives no other', async () => {
    const plain = await aPlainProvider(grantkeeper, hostile, { programmaticConnect: true })
    hostile.script('token', [answering(200, { access_token: 'fresh-token', token_type: 'Bearer', expires_in: 3600 })])
    hostile.script('userinfo', [answering(200, { sub: 'mallory' })])

    const { status, body } = await connect(plain.id, { refreshToken: 'the-token-of-the-app' })
    await rows.age(body.id)
    await caller.post(`/authorizedProviders/${body.id}/accessToken/`)

    const used = hostile.requests().filter(({ params }) => params['grant_type'] === 'refresh_token')
    expect([status, used.map(({ params }) => params['refresh_token'])]).toEqual([
      201,
      ['the-token-of-the-app', 'the-token-of-the-app'],
    ])
  })

  test('is refused when the provider refuses it', async () => {
    const { status, body } = await connect(provider.id, { refreshToken: 'nobody-gave-this' })

    expect([status, body.message]).toEqual([400, 'The provider refused the refresh token.'])
  })

  test('makes no connection while nobody says whose it is; the same call goes on', async () => {
    const plain = await aPlainProvider(grantkeeper, hostile, { programmaticConnect: true, name: 'Mute' })
    hostile.script('token', [answering(200, { access_token: 'a-token', refresh_token: 'r2', token_type: 'Bearer' })])
    hostile.script('userinfo', [answering(500, {}), answering(200, { sub: 'mallory' })])

    const first = await connect(plain.id, { refreshToken: 'another-token' })
    const none = await caller.get(`//api/integrations/${plain.id}/connection`)
    const second = await connect(plain.id, { refreshToken: 'another-token' })

    expect([first.status, none.status, second.status]).toEqual([502, 404, 201])
    expect(hostile.requests().filter(({ params }) => params['refresh_token'] === 'another-token')).toHaveLength(1)
  })
})

describe('what broke off for good', () => {
  /** Fails whenever it is to be kept, and is swept. */
  const breakOff = async (body: Json): Promise<void> => {
    const { dynamodb } = grantkeeper.proxies
    dynamodb.plan({ match: ({ operation }) => operation === 'TransactWriteItems', times: 12, kind: 'error' })
    expect((await connect(provider.id, body)).status).toBe(503)
    dynamodb.plan([])
    await sweepFlows(grantkeeper, rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb))
  }

  test('is revoked by the sweeper, and so is what a refresh token gave', async () => {
    await breakOff(await aCode('left.code'))
    await breakOff({ refreshToken: await aRefreshToken('left.token') })

    expect([await liveGrants('left.code'), await liveGrants('left.token')]).toEqual([[], []])
  })

  test('is not sent again, when it is a refresh token whose answer was lost', async () => {
    const plain = await aPlainProvider(grantkeeper, hostile, { programmaticConnect: true, name: 'Silent' })
    hostile.script('token', [reset('afterWork')])

    const { status } = await connect(plain.id, { refreshToken: 'lost-on-the-way' })
    await sweepFlows(grantkeeper, rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb))

    expect(status).toBe(502)
    expect(hostile.requests().filter(({ params }) => params['refresh_token'] === 'lost-on-the-way')).toHaveLength(1)
    expect(hostile.requests().filter(({ params }) => params['code'] === 'lost-on-the-way')).toEqual([])
    const flows = await rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb).of('FLOW#')
    expect(flows.filter(({ providerId, sk }) => providerId === plain.id && sk === 'FLOW')).toEqual([])
  })
})
