import { describe, expect, test } from 'vitest'
import { startStandIn } from '../../../lib/local/stand-in/stand-in.ts'
import { useStandIn } from './stage.ts'
import { REDIRECT_URI, tokensIn } from './visitor.ts'

const stage = useStandIn()

describe('a restart', () => {
  test('keeps clients, grants, tokens and the clock', async () => {
    const app = stage.app('gitlab', 'kept')
    const visitor = stage.visitor('gitlab')
    const [mine, theirs] = [await visitor.connect(), await app.connect({}, { account: 'ada' })]
    const used = await visitor.connect()
    await visitor.refresh(used.refresh)
    stage.control.advance(7000)
    const before = stage.control.liveGrants('gitlab')

    await stage.restart()

    expect(stage.control.liveGrants('gitlab')).toEqual(before)
    const again = stage.visitor('gitlab')
    expect(again.clientSecret).toBe(visitor.clientSecret)
    expect(await again.shows(mine.access)).toBe(true)
    stage.control.advance(200)
    expect(await again.shows(mine.access)).toBe(false)
    expect(tokensIn(await again.refresh(mine.refresh)).refresh).not.toBe('')
    expect((await again.refresh(used.refresh)).body.error).toBe('invalid_grant')
    expect((await app.refresh(theirs.refresh)).status).toBe(200)
  })

  test('gives every provider its real behaviour back', async () => {
    stage.control.set('gitlab', { errorsAs200: true })

    await stage.restart()

    expect((await stage.visitor('gitlab').refresh('never-given')).status).toBe(400)
  })
})

test('a port that is taken is said in one line', async () => {
  const port = Number(new URL(stage.standIn.url).port)

  const second = startStandIn({ dataDir: stage.dataDir, port })

  await expect(second).rejects.toThrow(`port ${port} on 127.0.0.1 is in use by another program`)
})

describe('clients', () => {
  test('may be replaced, but not the ready-made ones', async () => {
    const registration = { provider: 'box', clientSecret: 'new', redirectUris: ['https://b.example.test/cb'] } as const
    const first = stage.app('box', 'replaced')

    stage.control.registerClient({
      ...registration,
      redirectUris: [...registration.redirectUris],
      clientId: 'replaced',
    })

    expect(await first.ask()).toEqual({ page: 'redirect_uri_mismatch' })
    expect(await first.ask({ redirect_uri: 'https://b.example.test/cb' })).toBe('asked')
    const { clientId } = stage.control.client('box')
    expect(() => stage.control.registerClient({ ...registration, redirectUris: [REDIRECT_URI], clientId })).toThrow(
      'ready-made',
    )
  })

  test('of one provider are nobody at another', async () => {
    const visitor = stage.visitor('box')
    visitor.clientId = stage.control.client('gitlab').clientId

    expect(await visitor.ask()).toEqual({ page: 'invalid_client' })
  })

  test('may have their secret changed, which ends no grant', async () => {
    const app = stage.app('gitlab', 'changing')
    const { refresh } = await app.connect()

    stage.control.setSecret('gitlab', 'changing', 'another secret')
    const refused = await app.refresh(refresh)
    app.clientSecret = 'another secret'

    expect(refused.body.error).toBe('invalid_client')
    expect((await app.refresh(refresh)).status).toBe(200)
    expect(() => stage.control.setSecret('gitlab', 'nobody', 's')).toThrow('has no client nobody')
  })
})

describe('grants', () => {
  test('that live are listed with what is left of them', async () => {
    const visitor = stage.visitor('gitlab')
    const first = await visitor.connect({}, { account: 'ada' })
    await visitor.connect({ scope: 'api' })

    stage.control.advance(7200)
    const live = stage.control.liveGrants('gitlab')
    const { clientId } = visitor

    expect(live).toEqual([
      { account: 'ada', clientId, scopes: ['read_user'], accessTokens: 0, refreshTokens: 1 },
      { account: 't.lindqvist', clientId, scopes: ['api'], accessTokens: 0, refreshTokens: 1 },
    ])
    stage.control.revokeGrant('gitlab', 'tuva@corp.example')
    expect(stage.control.liveGrants('gitlab')).toHaveLength(1)
    expect((await visitor.refresh(first.refresh)).status).toBe(200)
  })

  test('never come of a code or a device whose app was removed meanwhile', async () => {
    const visitor = stage.visitor('gitlab')
    const code = (await visitor.authorize()).searchParams.get('code') ?? ''
    const request = visitor.tokenRequest({ client_secret: undefined, scope: 'read_user' })
    const { body } = await visitor.send({ ...request, url: 'gitlab.com/oauth/authorize_device' })
    stage.control.decideDevice('gitlab', body.user_code, 'allow')

    stage.control.revokeGrant('gitlab', '')

    const poll = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: body.device_code }
    expect((await visitor.exchange(code)).body.error).toBe('invalid_grant')
    expect((await visitor.token(poll)).body.error).toBe('access_denied')
  })

  test('may be ended at one client alone', async () => {
    const app = stage.app('box', 'one-of-two')
    await app.connect()
    await stage.visitor('box').connect()

    stage.control.revokeGrant('box', '', 'one-of-two')

    expect(stage.control.liveGrants('box')).toMatchObject([{ clientId: stage.control.client('box').clientId }])
  })
})

describe('the request log', () => {
  test('names what was sent and shows no secret', async () => {
    const visitor = stage.visitor('microsoft')
    const tokens = await visitor.connect()
    const second = tokensIn(await visitor.refresh(tokens.refresh, { scope: 'User.Read' }))
    await visitor.user(second.access)
    await visitor.refresh('never-given')

    const log = stage.control.requests('microsoft')

    expect(log.map(({ endpoint, status, error }) => [endpoint, status, error])).toEqual([
      ['authorization', 303, undefined],
      ['token', 200, undefined],
      ['token', 200, undefined],
      ['api', 200, undefined],
      ['token', 400, 'invalid_grant'],
    ])
    expect(log[0]).toMatchObject({
      method: 'GET',
      host: 'login.microsoftonline.com',
      path: '/common/oauth2/v2.0/authorize',
      query: { response_type: 'code', redirect_uri: REDIRECT_URI, state: '(hidden)', code_challenge: '(hidden)' },
    })
    expect(log[2]).toMatchObject({
      body: { grant_type: 'refresh_token', scope: 'User.Read', refresh_token: '(hidden)', client_secret: '(hidden)' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(log[3]?.headers).toMatchObject({ authorization: 'Bearer' })
    const text = JSON.stringify(log)
    for (const secret of [tokens.access, tokens.refresh, second.access, second.refresh, visitor.clientSecret])
      expect(text).not.toContain(secret)
  })

  test('has what nobody answers too, and can be cleared', async () => {
    await fetch(`${stage.standIn.url}/nowhere.example.test/user`)

    expect(stage.control.requests()).toMatchObject([{ host: 'nowhere.example.test', path: '/user', status: 404 }])
    expect(stage.control.requests('box')).toEqual([])
    stage.control.clearRequests()
    expect(stage.control.requests()).toEqual([])
  })
})

describe('over HTTP', () => {
  const post = (name: string, body: unknown, type = 'application/json') =>
    fetch(`${stage.standIn.url}/control/${name}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    })

  test('the control is the same', async () => {
    await stage.visitor('box').connect()

    const statuses = [
      (await post('set', ['box', { accessTokenSeconds: 9 }])).status,
      (await post('set', ['box', { accessTokenSeconds: 'long' }])).status,
      (await post('set', ['nobody', {}])).status,
      (await post('set', 'not a list')).status,
      (await post('advance', [60])).status,
      (await post('advance', [-60])).status,
      (await post('constructor', [])).status,
      (await post('set', ['box', {}], 'text/plain')).status,
      (await fetch(`${stage.standIn.url}/control/reset`)).status,
    ]

    expect(statuses).toEqual([204, 400, 400, 400, 204, 400, 404, 415, 404])
    expect((await stage.visitor('box').connect()).reply.body).toMatchObject({ expires_in: 9 })
    const client = await fetch(`${stage.standIn.url}/control/client?provider=box`)
    expect(await client.json()).toEqual(stage.control.client('box'))
    const live = await post('liveGrants', ['box'])
    expect(await live.json()).toMatchObject([{ account: 'noor@corp.example' }, {}])
  })
})
