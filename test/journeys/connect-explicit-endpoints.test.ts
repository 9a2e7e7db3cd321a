import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { aPlainProvider, begin, callbackOf, finish, redirectFrom } from '../support/connecting.ts'
import { type Answer, aCaller, aGrantkeeper, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer, answerUnder, answerWith, type HostileBehaviour, honest } from '../support/hostile-answers.ts'
import {
  type HostileEndpoint,
  type HostileRequest,
  type HostileUpstream,
  startHostileUpstream,
} from '../support/hostile-upstream.ts'

let grantkeeper: LocalGrantkeeper
let upstream: HostileUpstream
let grace: Caller
let before: number

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  upstream = await startHostileUpstream()
  grace = checked(await aCaller(grantkeeper))
})
afterAll(async () => {
  await grantkeeper.close()
  await upstream.close()
})
beforeEach(() => {
  for (const endpoint of ['token', 'userinfo'] as const) upstream.script(endpoint, honest())
  before = upstream.requests().length
})

interface Connected {
  provider: Json
  /** The parameters of the authorization request. */
  asked: Record<string, string>
  answer: Answer
  /** What the provider got at this endpoint. */
  sent(endpoint: HostileEndpoint): HostileRequest[]
}

const connect = async (knobs: Record<string, unknown>): Promise<Connected> => {
  const provider = await aPlainProvider(grantkeeper, upstream, knobs)
  const { body } = await begin(grace, provider.id)
  const redirect = await redirectFrom(body.redirectUrl)
  return {
    provider,
    asked: Object.fromEntries(new URL(body.redirectUrl).searchParams),
    answer: await finish(grace, callbackOf(provider.id, redirect)),
    sent: (endpoint) =>
      upstream
        .requests()
        .slice(before)
        .filter((request) => request.endpoint === endpoint),
  }
}

const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

describe('a provider with explicit endpoints', () => {
  test('is asked for a code with a challenge, and for tokens with its verifier and the same redirect URI', async () => {
    const { asked, answer, sent, provider } = await connect({})

    expect(answer).toMatchObject({
      status: 200,
      body: { authorizedProvider: { accountId: 'mallory' }, userInfo: { sub: 'mallory', email: '', name: 'mallory' } },
    })
    const [request, ...others] = sent('token')
    expect(others).toEqual([])
    expect(request?.params).toEqual({
      grant_type: 'authorization_code',
      code: expect.any(String),
      redirect_uri: provider.callbackUrl,
      code_verifier: expect.stringMatching(/^[\w-]{43,128}$/),
      client_id: 'plain',
      client_secret: 'plain-secret',
    })
    const challenge = createHash('sha256')
      .update(request?.params['code_verifier'] ?? '')
      .digest('base64url')
    expect(asked).toEqual({
      response_type: 'code',
      client_id: 'plain',
      redirect_uri: provider.callbackUrl,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: challenge,
      code_challenge_method: 'S256',
    })
  })

  const knobs: {
    knob: string
    fields: Record<string, unknown>
    asked?: Record<string, unknown>
    token?: Partial<Record<keyof HostileRequest, unknown>>
    userinfo?: Partial<Record<keyof HostileRequest, unknown>>
  }[] = [
    {
      knob: 'authMethod client_secret_basic puts the client, form-encoded, into the header alone',
      fields: { authMethod: 'client_secret_basic', clientId: 'a:b', clientSecret: 'p@ss w+rd%' },
      token: {
        authorization: basic('a%3Ab', 'p%40ss+w%2Brd%25'),
        params: expect.not.objectContaining({ client_secret: expect.anything() }),
      },
    },
    {
      knob: 'authMethod client_secret_post puts it into the form alone',
      fields: { authMethod: 'client_secret_post' },
      token: { params: expect.objectContaining({ client_id: 'plain', client_secret: 'plain-secret' }) },
    },
    {
      knob: 'scopeSeparator joins the scopes',
      fields: { scopes: ['read', 'write'], scopeSeparator: ',' },
      asked: { scope: 'read,write' },
    },
    {
      knob: 'authParams go into the authorization request',
      fields: { authParams: { login_hint: 'ada', access_type: 'offline' } },
      asked: { login_hint: 'ada', access_type: 'offline' },
    },
    {
      knob: 'tokenParams go into the token request',
      fields: { tokenParams: { audience: 'https://api.example.test' } },
      token: { params: expect.objectContaining({ audience: 'https://api.example.test' }) },
    },
    {
      knob: 'bodyFormat json sends the token request as JSON',
      fields: { bodyFormat: 'json', tokenParams: { version: '2' } },
      token: {
        contentType: 'application/json',
        params: expect.objectContaining({
          grant_type: 'authorization_code',
          client_secret: 'plain-secret',
          version: '2',
        }),
      },
    },
    {
      knob: 'pkce false leaves challenge and verifier out',
      fields: { pkce: false },
      asked: { code_challenge: undefined, code_challenge_method: undefined },
      token: { params: expect.not.objectContaining({ code_verifier: expect.anything() }) },
    },
    {
      knob: 'userInfoMethod POST asks for the profile so',
      fields: { userInfoMethod: 'POST', userInfoHeaders: { 'X-Api-Version': '2' } },
      userinfo: { method: 'POST', authorization: expect.stringMatching(/^Bearer /) },
    },
  ]

  test.each(knobs)('$knob', async ({ fields, asked = {}, token = {}, userinfo = {} }) => {
    const connected = await connect(fields)

    expect(connected.answer.status).toBe(200)
    for (const [name, value] of Object.entries(asked)) expect(connected.asked[name]).toEqual(value)
    expect(connected.sent('token')).toEqual([expect.objectContaining(token)])
    expect(connected.sent('userinfo')).toEqual([expect.objectContaining(userinfo)])
  })
})

describe('who the account is', () => {
  const profile = { data: { id: 42, 'e/mail': 'g@example.test', names: [{ full: 'Grace' }] } }
  const rows: {
    said: string
    fields: Record<string, unknown>
    endpoint: HostileEndpoint
    behaviour: HostileBehaviour
    userInfo: Record<string, unknown>
    accountId: string
  }[] = [
    {
      said: 'in the profile, found by fieldMap',
      fields: { fieldMap: { sub: '/data/id', email: '/data/e~1mail', name: '/data/names/0/full' } },
      endpoint: 'userinfo',
      behaviour: answer(200, profile),
      userInfo: { sub: '42', email: 'g@example.test', name: 'Grace', raw: profile },
      accountId: '42',
    },
    {
      said: 'in the token answer, where there is no userInfoUrl',
      fields: { userInfoUrl: undefined, fieldMap: { sub: '/team/id' } },
      endpoint: 'token',
      behaviour: answerWith({ team: { id: 'T1' }, ok: true }),
      userInfo: { sub: 'T1', email: '', raw: { team: { id: 'T1' }, ok: true } },
      accountId: 'T1',
    },
  ]

  test.each(rows)('is said $said', async ({ fields, endpoint, behaviour, userInfo, accountId }) => {
    upstream.script(endpoint, behaviour)

    const { answer: connected } = await connect(fields)

    expect(connected.status).toBe(200)
    expect(connected.body).toMatchObject({ userInfo, authorizedProvider: { accountId } })
    expect(connected.body.userInfo.raw).toEqual(userInfo['raw'])
  })

  test('is said nowhere: then each consent makes a grant of its own, and only its reconnection renews it', async () => {
    const provider = await aPlainProvider(grantkeeper, upstream, {
      userInfoUrl: undefined,
      revocationScope: 'userAndApp',
    })
    const consent = async (query: Record<string, string> = {}): Promise<Answer> => {
      const redirect = await redirectFrom((await begin(grace, provider.id, query)).body.redirectUrl)
      return finish(grace, callbackOf(provider.id, redirect))
    }

    const first = await consent()
    const second = await consent()
    const { id } = first.body.authorizedProvider
    const renewed = await consent({ authorizedProviderId: id })

    expect([first.status, second.status, renewed.status]).toEqual([200, 200, 200])
    expect(first.body).toMatchObject({
      authorizedProvider: { accountId: id },
      userInfo: { sub: id, email: '', raw: {} },
    })
    expect(second.body.authorizedProvider.id).not.toBe(id)
    expect(renewed.body.authorizedProvider.id).toBe(id)
    const kept = (await grace.get(`/authorizedProviders/?providerIds=${provider.id}`)).body.data
    expect(kept.map((grant: Json) => grant.id)).toEqual([id, second.body.authorizedProvider.id])

    // Nobody knows that they are of one person, so neither spares the other.
    const revocations = () => upstream.requests().filter((request) => request.endpoint === 'revocation').length
    const asked = revocations()
    await grace.delete(`/authorizedProviders/${id}/`)
    expect(revocations()).toBeGreaterThan(asked)
  })

  test('must be said by a profile: without an account nothing is kept', async () => {
    upstream.script('userinfo', answer(200, { name: 'Nobody' }))

    const { answer: connected, provider } = await connect({})

    expect(connected.status).toBe(502)
    expect((await grace.get(`/authorizedProviders/?providerIds=${provider.id}`)).body.data).toEqual([])
  })
})

describe('a token answer that is odd but says what is needed', () => {
  const rows: [oddity: string, behaviour: HostileBehaviour, grant: Record<string, unknown>][] = [
    ['has the status 201', answerWith({}, 201), {}],
    ['is served as text', answerUnder({ 'content-type': 'text/plain' }), {}],
    ['names no token type', answerWith({ token_type: undefined }), {}],
    ['calls the token type bot', answerWith({ token_type: 'bot' }), {}],
    ['has a list of scopes', answerWith({ scope: ['read', 'write'] }), { scopes: ['read', 'write'] }],
    ['joins scopes by commas', answerWith({ scope: 'read,write' }), { scopes: ['read', 'write'] }],
    ['grants fewer scopes than asked', answerWith({ scope: 'read' }), { scopes: ['read'] }],
    [
      'names no scopes: those asked for were granted',
      answerWith({ scope: undefined }),
      { scopes: ['read', 'write', 'admin'] },
    ],
    ['has a null refresh token', answerWith({ refresh_token: null }), {}],
    ['writes the lifetime as text', answerWith({ expires_in: '3600' }), {}],
  ]

  test.each(rows)('%s', async (_oddity, behaviour, grant) => {
    upstream.script('token', [behaviour])

    const { answer: connected } = await connect({ scopes: ['read', 'write', 'admin'] })

    expect(connected.status).toBe(200)
    expect(connected.body.authorizedProvider).toMatchObject({ status: 'active', ...grant })
  })
})

test('a provider that gives the same refresh token again is not asked to revoke it', async () => {
  upstream.script('token', answerWith({ refresh_token: 'the-only-one' }))
  const first = await connect({})
  const { body } = await begin(grace, first.provider.id)

  const second = await finish(grace, callbackOf(first.provider.id, await redirectFrom(body.redirectUrl)))

  expect(second.body.authorizedProvider.id).toBe(first.answer.body.authorizedProvider.id)
  expect(first.sent('revocation')).toEqual([])
})
