import { describe, expect, test } from 'vitest'
import { playedProviders } from '../../../lib/local/stand-in/played-provider.ts'
import { manuals } from './manual.ts'
import { useStandIn } from './stage.ts'
import type { Reply } from './visitor.ts'
import { type Refusal, wordings } from './wordings.ts'

const stage = useStandIn()

const said = ({ status, body }: Reply): Refusal => [status, body?.error]
const codeFrom = async (callback: Promise<URL>) => (await callback).searchParams.get('code') ?? ''

describe.each(playedProviders)('the token endpoint of %s refuses', (provider) => {
  const words = wordings[provider]

  test('a wrong secret, and then takes the right one', async () => {
    const visitor = stage.visitor(provider)
    const code = await codeFrom(visitor.authorize())
    const { clientSecret } = visitor

    visitor.clientSecret = 'wrong'
    const refused = await visitor.exchange(code)
    visitor.clientSecret = clientSecret

    expect(said(refused)).toEqual(words.secret)
    expect((await visitor.exchange(code)).body?.error).toBeUndefined()
  })

  test('a client that it does not know, and one that says nothing of itself', async () => {
    const visitor = stage.visitor(provider)
    const code = await codeFrom(visitor.authorize())

    visitor.clientId = 'nobody'
    const unknown = await visitor.exchange(code)
    const silent = stage.visitor(provider, { clientAuth: 'none' })

    expect(said(unknown)).toEqual(words.client ?? words.secret)
    expect(said(await silent.exchange(code))).toEqual(words.secret)
  })

  test('a code that it never gave', async () => {
    expect(said(await stage.visitor(provider).exchange('never-given'))).toEqual(words.code)
  })

  test('a code that comes twice, and ends what it gave', async () => {
    const visitor = stage.visitor(provider)
    const code = await codeFrom(visitor.authorize())
    await visitor.exchange(code)

    const second = await visitor.exchange(code)

    expect(said(second)).toEqual(words.code)
    expect(stage.control.liveGrants(provider)).toEqual([])
  })

  test('a code that is too old, and not one that is nearly so', async () => {
    const visitor = stage.visitor(provider)
    const [young, old] = [await codeFrom(visitor.authorize()), await codeFrom(visitor.authorize())]
    const seconds = words.codeSeconds ?? 600

    stage.control.advance(seconds - 5)
    const intime = await visitor.exchange(young)
    stage.control.advance(5)

    expect(intime.body?.error).toBeUndefined()
    expect(said(await visitor.exchange(old))).toEqual(words.code)
  })

  test('a code of another client', async () => {
    const code = await codeFrom(stage.visitor(provider).authorize())
    const other = stage.app(provider, 'another')
    other.redirectUri = stage.visitor(provider).redirectUri

    expect(said(await other.exchange(code))).toEqual(words.code)
  })

  test.each([
    ['another redirect_uri', 'http://127.0.0.1:9/oauth2/callback/provider-2'],
    ['one with a slash more', 'http://127.0.0.1:9/oauth2/callback/provider-1/'],
    ['no redirect_uri', undefined],
  ])('a code with %s than it was asked for', async (_, redirectUri) => {
    const visitor = stage.visitor(provider)
    const code = await codeFrom(visitor.authorize())

    const refused = await visitor.exchange(code, { redirect_uri: redirectUri })

    expect(said(refused)).toEqual(words.redirectUri ?? words.code)
  })

  test('a grant type that it does not know, and none at all', async () => {
    const visitor = stage.visitor(provider)

    const statuses = [
      (await visitor.token({ grant_type: 'password', username: 'u', password: 'p' })).body?.error,
      (await visitor.token({ code: 'c' })).body?.error,
      (await visitor.token({ grant_type: 'authorization_code' })).body?.error,
    ]

    expect(statuses).toEqual([expect.any(String), expect.any(String), expect.any(String)])
  })

  test('a refresh token that it never gave', async () => {
    expect(said(await stage.visitor(provider).refresh('never-given'))).toEqual(words.refreshToken)
  })
})

const withRefresh = playedProviders.filter((provider) => provider !== 'slack')

describe.each(withRefresh)('the token endpoint of %s refuses', (provider) => {
  test('a refresh token of another client', async () => {
    const { refresh } = await stage.visitor(provider).connect()

    const refused = await stage.app(provider, 'another').refresh(refresh)

    expect(said(refused)).toEqual(wordings[provider].refreshToken)
    expect(stage.control.liveGrants(provider)).toMatchObject([{ refreshTokens: 1 }])
  })

  test('an access token in the place of a refresh token', async () => {
    const visitor = stage.visitor(provider)
    const { access } = await visitor.connect()

    expect(said(await visitor.refresh(access))).toEqual(wordings[provider].refreshToken)
  })

  test('to refresh after the user has removed the app', async () => {
    const visitor = stage.visitor(provider)
    const { refresh, access } = await visitor.connect()

    stage.control.revokeGrant(provider, '')

    expect(said(await visitor.refresh(refresh))).toEqual(wordings[provider].refreshToken)
    expect(await visitor.shows(access)).toBe(false)
  })

  test('a scope that was not granted, unless it looks at no scope', async () => {
    const visitor = stage.visitor(provider)
    const { refresh } = await visitor.connect()

    const refused = await visitor.refresh(refresh, { scope: 'everything:else' })

    const looksAtNone = ['bitbucket', 'notion', 'zoom'].includes(provider)
    expect(refused.body?.error).toBe(looksAtNone ? undefined : 'invalid_scope')
  })
})

const withPkce = playedProviders.filter((provider) => manuals[provider].pkce)

test.each(withPkce)('%s, once a challenge was sent, refuses a wrong verifier and a missing one', async (provider) => {
  const visitor = stage.visitor(provider)
  const [wrong, missing] = [await codeFrom(visitor.authorize()), await codeFrom(visitor.authorize())]

  const refused = [
    await visitor.exchange(wrong, { code_verifier: 'a'.repeat(43) }),
    await visitor.exchange(missing, { code_verifier: undefined }),
  ]

  expect(refused.map(said)).toEqual([wordings[provider].code, wordings[provider].code])
})

const withoutPkce = playedProviders.filter((provider) => !manuals[provider].pkce)

test.each(withoutPkce)('%s ignores a challenge', async (provider) => {
  const visitor = stage.visitor(provider)
  const challenge = { code_challenge: 'b'.repeat(43), code_challenge_method: 'S256' }

  const code = await codeFrom(visitor.authorize(challenge))

  expect((await visitor.exchange(code)).body?.error).toBeUndefined()
})

const withOneBody = playedProviders.filter((provider) => wordings[provider].body)

test.each(withOneBody)('%s reads bodies of one kind alone', async (provider) => {
  const { body } = manuals[provider]
  const visitor = stage.visitor(provider, { body: body === 'form' ? 'json' : 'form' })

  const code = await codeFrom(visitor.authorize())

  expect(said(await visitor.exchange(code))).toEqual(wordings[provider].body)
})

const withOneAuth = playedProviders.filter((provider) => wordings[provider].clientAuth)

test.each(withOneAuth)('%s takes credentials in one way alone', async (provider) => {
  const { clientAuth } = manuals[provider]
  const visitor = stage.visitor(provider, { clientAuth: clientAuth === 'basic' ? 'post' : 'basic' })

  const code = await codeFrom(visitor.authorize())

  expect(said(await visitor.exchange(code))).toEqual(wordings[provider].clientAuth)
})

const withEitherAuth = playedProviders.filter((provider) => !wordings[provider].clientAuth)

test.each(withEitherAuth)('%s takes credentials in the header and in the body', async (provider) => {
  for (const clientAuth of ['basic', 'post'] as const) {
    const visitor = stage.visitor(provider, { clientAuth })

    const { access } = await visitor.connect()

    expect(await visitor.shows(access)).toBe(true)
  }
})

test.each(['gitlab', 'atlassian', 'github'] as const)('%s reads forms and JSON', async (provider) => {
  for (const body of ['form', 'json'] as const) {
    const visitor = stage.visitor(provider, { body })

    const { access } = await visitor.connect()

    expect(await visitor.shows(access)).toBe(true)
  }
})

test('a token endpoint takes POST alone', async () => {
  const visitor = stage.visitor('google')
  const { method: _, body: __, ...request } = visitor.tokenRequest({})

  const answer = await visitor.send({ ...request, method: 'GET' })

  expect(answer.status).toBe(405)
})

test('Microsoft refuses a request that comes from a browser, as its Origin says', async () => {
  const visitor = stage.visitor('microsoft', { headers: { origin: 'https://app.example.test' } })

  const code = await codeFrom(visitor.authorize())

  expect(said(await visitor.exchange(code))).toEqual([400, 'invalid_request'])
})

test('Notion refuses a request that does not name the version', async () => {
  const visitor = stage.visitor('notion', { headers: {} })

  const answer = await visitor.exchange(await codeFrom(visitor.authorize()))

  expect([answer.status, answer.body?.code]).toEqual([400, 'missing_version'])
})
