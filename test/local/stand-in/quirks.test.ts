import { describe, expect, test } from 'vitest'
import { type PlayedProvider, playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { useStandIn } from './stage.ts'
import { tokensIn } from './visitor.ts'

const stage = useStandIn()

describe('a token error', () => {
  test.each([
    ['gitlab', true, 200],
    ['gitlab', false, 401],
    ['github', true, 200],
    ['github', false, 400],
  ] as const)('of %s comes with status 200: %s', async (provider, errorsAs200, status) => {
    stage.control.set(provider, { errorsAs200 })
    const visitor = Object.assign(stage.visitor(provider), { clientSecret: 'wrong' })

    expect((await visitor.exchange('code')).status).toBe(status)
  })

  test.each([
    ['gitlab', true],
    ['gitlab', false],
    ['box', true],
    ['box', false],
  ] as const)('of %s carries a challenge: %s', async (provider, wwwAuthenticateOnTokenError) => {
    stage.control.set(provider, { wwwAuthenticateOnTokenError })

    const { headers } = await stage.visitor(provider).refresh('never-given')

    const isNamed = headers.get('www-authenticate')?.includes('error="invalid_grant"') ?? false
    expect(isNamed).toBe(wwwAuthenticateOnTokenError)
  })
})

describe('a token answer', () => {
  test.each([
    ['github', {}, 'form'],
    ['github', { accept: 'application/json' }, 'json'],
    ['github', { accept: 'application/vnd.github+json' }, 'json'],
    ['gitlab', {}, 'json'],
  ] as const)('of %s to a request with %j is of the kind %s', async (provider, headers, kind) => {
    const { reply } = await stage.visitor(provider, { headers }).connect()

    expect(reply.headers.get('content-type')).toContain(kind)
  })

  test('may be a form elsewhere too, its errors as well', async () => {
    stage.control.set('gitlab', { formUnlessAcceptJson: true })
    const visitor = stage.visitor('gitlab')

    const { reply } = await visitor.connect()
    const refused = await visitor.refresh('never-given')

    expect(Object.fromEntries(new URLSearchParams(reply.text))).toMatchObject({ token_type: 'Bearer' })
    expect(new URLSearchParams(refused.text).get('error')).toBe('invalid_grant')
  })

  test.each([
    ['bitbucket', {}, { scope: 'account email' }],
    ['bitbucket', { scopeField: 'scopes' }, { scopes: 'account email' }],
    ['github', {}, { scope: 'read:user,user:email' }],
    ['github', { scopeJoin: ' ' }, { scope: 'read:user user:email' }],
    ['gitlab', {}, { expires_in: 7200 }],
    ['gitlab', { expiresInAsString: true }, { expires_in: '7200' }],
    ['gitlab', { accessTokenSeconds: 7 }, { expires_in: 7 }],
    ['gitlab', { nullRefreshToken: true }, { refresh_token: null }],
    ['notion', { nullRefreshToken: true }, { refresh_token: null }],
  ] as const)('of %s with %j has %j', async (provider, quirks, members) => {
    stage.control.set(provider, quirks)
    const visitor = stage.visitor(provider)
    const callback = await visitor.authorize()

    const answer = await visitor.exchange(callback.searchParams.get('code') ?? '')

    expect(answer.body).toMatchObject(members)
  })

  test('may name no scopes, and no end', async () => {
    stage.control.set('gitlab', { scopeField: 'none', accessTokenSeconds: null })
    const visitor = stage.visitor('gitlab')

    const { reply, access } = await visitor.connect()
    stage.control.advance(100 * 24 * 3600)

    expect(reply.body).not.toHaveProperty('scope')
    expect(reply.body).not.toHaveProperty('expires_in')
    expect(await visitor.shows(access)).toBe(true)
  })

  test.each([
    ['bitbucket', 2600, 2600],
    ['microsoft', 2400, 1500],
  ] as const)('of %s has tokens of %i and %i bytes', async (provider, access, refresh) => {
    const tokens = await stage.visitor(provider).connect()

    expect([tokens.access.length, tokens.refresh.length]).toEqual([access, refresh])
  })

  test('has tokens as large as told, and of their usual size again', async () => {
    stage.control.set('gitlab', { bigTokens: { access: 9000, refresh: 5000 } })
    const big = await stage.visitor('gitlab').connect()
    stage.control.set('gitlab', { bigTokens: null })
    const usual = await stage.visitor('gitlab').connect()

    expect([big.access.length, big.refresh.length, usual.access.length]).toEqual([9000, 5000, 64])
  })
})

describe('a rotation', () => {
  test.each([
    ['none', { renewed: false, oldRefresh: true, oldAccess: true }],
    ['replaceKeepOld', { renewed: true, oldRefresh: true, oldAccess: true }],
    ['singleUse', { renewed: true, oldRefresh: false, oldAccess: true }],
    ['singleUseKillAccess', { renewed: true, oldRefresh: false, oldAccess: false }],
    [{ grace: 30 }, { renewed: true, oldRefresh: true, oldAccess: true }],
    [{ grace: 0 }, { renewed: true, oldRefresh: false, oldAccess: true }],
  ] as const)('of the kind %j leaves %j', async (rotation, expected) => {
    stage.control.set('linear', { rotation })
    const visitor = stage.visitor('linear')
    const first = await visitor.connect()

    const second = await visitor.refresh(first.refresh)
    const oldAccess = await visitor.shows(first.access)
    const again = await visitor.refresh(first.refresh)

    const renewed = second.body?.refresh_token !== undefined
    expect({ renewed, oldRefresh: again.body?.access_token !== undefined, oldAccess }).toEqual(expected)
  })

  test.each([true, false])('whose reuse ends the grant: %s', async (reuseEndsGrant) => {
    stage.control.set('linear', { rotation: 'singleUse', reuseEndsGrant })
    const visitor = stage.visitor('linear')
    const { refresh } = await visitor.connect()
    const second = tokensIn(await visitor.refresh(refresh))

    await visitor.refresh(refresh)

    expect(await visitor.shows(second.access)).toBe(!reuseEndsGrant)
    expect((await visitor.refresh(second.refresh)).body?.access_token === undefined).toBe(reuseEndsGrant)
  })
})

test('codes live as long as told', async () => {
  stage.control.set('gitlab', { codeTtlSeconds: 5 })
  const visitor = stage.visitor('gitlab')
  const code = (await visitor.authorize()).searchParams.get('code') ?? ''

  stage.control.advance(5)

  expect((await visitor.exchange(code)).body?.error).toBe('invalid_grant')
})

describe('the callback', () => {
  test.each([
    ['github', undefined, 'https://github.com/login/oauth'],
    ['github', false, null],
    ['google', undefined, 'https://accounts.google.com'],
    ['gitlab', undefined, null],
    ['gitlab', true, 'https://gitlab.com'],
  ] as const)('of %s, iss set to %s, has the iss %s', async (provider, issParam, iss) => {
    if (issParam !== undefined) stage.control.set(provider, { issParam })

    const callback = await stage.visitor(provider).authorize()

    expect(callback.searchParams.get('iss')).toBe(iss)
  })

  test('of Google has more than a client asks for, and any other may have', async () => {
    stage.control.set('box', { extraCallbackParams: { campaign: 'spring' } })

    const [google, box] = [await stage.visitor('google').authorize(), await stage.visitor('box').authorize()]

    expect(Object.fromEntries(google.searchParams)).toMatchObject({
      authuser: '0',
      hd: 'corp.example',
      prompt: 'consent',
    })
    expect(box.searchParams.get('campaign')).toBe('spring')
  })
})

describe('a revocation', () => {
  const outcome = async (provider: PlayedProvider) => {
    const visitor = stage.visitor(provider)
    const [one, sibling] = [await visitor.connect(), await visitor.connect()]
    const { revoke } = visitor.manual
    const { status } = revoke ? await visitor.call(revoke, one) : { status: 0 }
    const accessIsLeft = await visitor.shows(one.access)
    const refreshIsLeft = (await visitor.refresh(one.refresh)).body?.access_token !== undefined
    return [status, accessIsLeft, refreshIsLeft, await visitor.shows(sibling.access)]
  }

  test.each([
    ['none', [404, true, true, true]],
    ['token', [200, false, true, true]],
    ['grant', [200, false, false, true]],
    ['userAndClient', [200, false, false, false]],
  ] as const)('of the kind %s answers, and leaves access, refresh and a sibling: %j', async (revocation, expected) => {
    stage.control.set('box', { revocation })

    expect(await outcome('box')).toEqual(expected)
  })
})

test('the endpoint of e-mails may be missing', async () => {
  for (const [provider, url] of [
    ['github', 'api.github.com/user/emails'],
    ['bitbucket', 'api.bitbucket.org/2.0/user/emails'],
  ] as const) {
    stage.control.set(provider, { emailsEndpoint: false })
    const visitor = stage.visitor(provider)
    const { access } = await visitor.connect()

    const answer = await visitor.call({ method: 'GET', url, auth: 'bearer' }, { access })

    expect(answer.status).toBe(404)
  }
})

test('a new token may be unknown for a while', async () => {
  stage.control.set('github', { replicaLagMs: 60_000 })
  const visitor = stage.visitor('github')
  const { access } = await visitor.connect()

  const before = (await visitor.user(access)).status
  stage.control.advance(60)

  expect([before, (await visitor.user(access)).status]).toEqual([401, 200])
})

test('the API may be at its limit, which is a 403 and no verdict on the token', async () => {
  const visitor = stage.visitor('github')
  const { access } = await visitor.connect()

  stage.control.set('github', { rateLimitAs403: true })
  const limited = await visitor.user(access)
  stage.control.reset('github')

  expect([limited.status, limited.headers.get('x-ratelimit-remaining')]).toEqual([403, '0'])
  expect(Number(limited.headers.get('x-ratelimit-reset'))).toBeGreaterThan(0)
  expect(await visitor.shows(access)).toBe(true)
})

test('quirks are of one provider, and gone with a reset', async () => {
  stage.control.set('box', { errorsAs200: true })
  const wrong = (provider: PlayedProvider) => stage.visitor(provider).refresh('never-given')

  const during = [(await wrong('box')).status, (await wrong('gitlab')).status]
  stage.control.reset()

  expect([...during, (await wrong('box')).status]).toEqual([200, 400, 400])
})

test.each(playedProviders)('quirks of %s that make no sense are refused', (provider) => {
  expect(() => stage.control.set(provider, { codeTtlSeconds: -1 })).toThrow()
  expect(() => stage.control.set(provider, { rotation: 'sometimes' as 'none' })).toThrow()
  expect(() => stage.control.set(provider, { unheardOf: true } as object)).toThrow()
})
