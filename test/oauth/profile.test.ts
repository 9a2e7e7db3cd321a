import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { answer, aProviderAt, asked, failureOf, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const accessToken = 'the-access-token'
const profile = (settings: Partial<ProviderSettings> = {}, extra: Record<string, unknown> = {}) =>
  asked.profile({ provider: aProviderAt(upstream.origin, settings) }, { accessToken, extra })

/** The profile of a provider without a userinfo endpoint, which has told the account with the tokens. */
const fromTokenAnswer = (extra: Record<string, unknown>, fieldMap?: Record<string, string>) => {
  const { userInfoUrl: _, ...settings } = aProviderAt(upstream.origin, fieldMap && { fieldMap }).settings
  return asked.profile({ provider: { ...aProviderAt(upstream.origin), settings } }, { accessToken, extra })
}

describe('a profile', () => {
  test('is asked for with the access token, in the header alone', async () => {
    upstream.answer = answer(200, { sub: '1' })

    await profile()

    expect(lastRequest(upstream)).toMatchObject({ method: 'GET', path: '/userinfo', body: '' })
    expect(lastRequest(upstream).headers).toMatchObject({
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
    })
  })

  test("may be asked for by POST, with headers of the provider's own", async () => {
    upstream.answer = answer(200, { sub: '1' })

    await profile({ userInfoMethod: 'POST', userInfoHeaders: { 'Notion-Version': '2026-03-11' } })

    expect(lastRequest(upstream)).toMatchObject({ method: 'POST', headers: { 'notion-version': '2026-03-11' } })
  })

  test('has the names of the standard', async () => {
    const raw = {
      sub: '1',
      email: 'grace@example.com',
      name: 'Grace Hopper',
      given_name: 'Grace',
      family_name: 'Hopper',
      nickname: 'gh',
      picture: 'https://p.example/1.png',
      locale: 'en',
    }
    upstream.answer = answer(200, raw)

    const { given_name: givenName, family_name: familyName, nickname: nickName, ...same } = raw
    expect(await profile()).toEqual({ ...same, givenName, familyName, nickName, raw })
  })

  const github = {
    id: 7340021,
    login: 'mira',
    name: null,
    email: null,
    plan: { 'a/b': 'slash', 'a~b': 'tilde', '~1': 'both' },
    list: [{ v: 'first' }],
    '': 'empty',
  }

  test.each<[string, string | undefined, string]>([
    ['a number', '7340021', '/id'],
    ['a text', 'mira', '/login'],
    ['a member of a member', 'slash', '/plan/a~1b'],
    ['a name with a tilde', 'tilde', '/plan/a~0b'],
    ['a name that looks escaped', 'both', '/plan/~01'],
    ['an entry of a list', 'first', '/list/0/v'],
    ['a name of nothing', 'empty', '/'],
    ['null', undefined, '/name'],
    ['nothing', undefined, '/missing/further'],
    ['an object', undefined, '/plan'],
    ['a list', undefined, '/list'],
    ['what every object has', undefined, '/constructor/name'],
    ['what every object comes from', undefined, '/__proto__/x'],
    ['what every text has', undefined, '/login/length'],
  ])('may have a field at %s: %s', async (_, expected, pointer) => {
    upstream.answer = answer(200, github)

    const found = await profile({ fieldMap: { sub: '/id', nickName: pointer } })

    expect(found).toMatchObject({ sub: '7340021', email: '' })
    expect(found.nickName).toBe(expected)
  })

  test.each([
    ['18446744073709551615', '18446744073709551615'],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    ['7340021', '7340021'],
    ['"007"', '007'],
  ])('of the account %s is exactly of that one', async (written, sub) => {
    upstream.answer = answer(200, `{"sub":${written}}`)

    expect((await profile()).sub).toBe(sub)
  })

  test.each([
    ['no account', { email: 'grace@example.com' }],
    ['an account of no name', { sub: '' }],
    ['an account that is null', { sub: null }],
    ['an account that is an object', { sub: { id: 1 } }],
    ['an account that is true', { sub: true }],
  ])('with %s is refused', async (_, raw) => {
    upstream.answer = answer(200, raw)

    expect(await failureOf(profile())).toMatchObject({ failure: 'badAnswer' })
  })

  test.each<[string, string, number, unknown]>([
    ['a page', 'badAnswer', 200, '<h1>Hello</h1>'],
    ['nothing', 'badAnswer', 200, ''],
    ['a list', 'badAnswer', 200, [{ sub: '1' }]],
    ['null', 'badAnswer', 200, 'null'],
    ['more than a mebibyte', 'badAnswer', 200, { sub: '1', raw: 'x'.repeat(1_100_000) }],
    ['a depth that no stack holds', 'badAnswer', 200, `{"sub":"1","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
    ['a depth that nobody needs', 'badAnswer', 200, `{"sub":"1","x":${'['.repeat(500)}${']'.repeat(500)}}`],
    ['a refused token', 'badAnswer', 401, { error: 'invalid_token' }],
    ['a missing scope', 'badAnswer', 403, { error: 'insufficient_scope' }],
    ['a redirect', 'badAnswer', 302, ''],
    ['a failure', 'transient', 500, ''],
    ['too many requests', 'transient', 429, ''],
  ])('that is %s is a failure: %s', async (_, failure, status, body) => {
    upstream.answer = answer(status, body, { location: `${upstream.origin}/elsewhere` })

    expect(await failureOf(profile())).toMatchObject({ failure })
    expect(upstream.seen).toHaveLength(1)
  })
})

describe('an access token is known to be refused', () => {
  test.each<[string, boolean, number, object, Partial<ProviderSettings>]>([
    ['by the status of that', true, 401, { error: 'invalid_token' }, {}],
    ["by Slack's word", true, 200, { ok: false, error: 'token_revoked' }, {}],
    ["by Slack's other word", true, 200, { ok: false, error: 'account_inactive' }, {}],
    ['by an introspection', true, 200, { active: false }, { userInfoAuth: 'client' }],
    ['not by a word on something else', false, 200, { ok: false, error: 'ratelimited' }, {}],
    ['not by an account that is inactive', false, 200, { active: false }, {}],
    ['not by a missing scope', false, 403, { error: 'insufficient_scope' }, {}],
    ['not by a failure', false, 500, { error: 'invalid_token' }, {}],
  ])('%s', async (_, tokenRefused, status, body, settings) => {
    upstream.answer = answer(status, body)

    expect(await failureOf(profile(settings))).toMatchObject({ tokenRefused })
  })
})

describe('a profile hands on no token', () => {
  test('by any name, in any depth, nor the one that was sent', async () => {
    upstream.answer = answer(200, {
      sub: '1',
      access_token: 'canary',
      Refresh_Token: 'canary',
      nested: [
        { id_token: 'canary', deep: { client_secret: 'canary', accessToken: 'canary', 'refresh-token': 'canary' } },
      ],
      authorization: 'canary',
      headers: { Authorization: 'canary' },
      echoed: `Bearer ${accessToken}`,
      kept: { token_count: 3, tokens_used: 'fine' },
    })

    const { raw } = await profile()

    expect(JSON.stringify(raw)).not.toMatch(/canary|the-access-token/)
    expect(raw).toMatchObject({ kept: { token_count: 3, tokens_used: 'fine' }, echoed: '[removed]' })
  })

  test('and no member of it becomes part of any object', async () => {
    upstream.answer = answer(
      200,
      '{"sub":"1","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    )

    const { raw } = await profile()

    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect((raw as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('a provider without a userinfo endpoint', () => {
  test('has told the account with its tokens', async () => {
    const extra = { data: { gid: '42', email: 'g@example.com' }, authed_user: { id: 'U1', access_token: 'canary' } }

    const found = await fromTokenAnswer(extra, { sub: '/data/gid', email: '/data/email' })

    expect(found).toEqual({ sub: '42', email: 'g@example.com', raw: { data: extra.data, authed_user: { id: 'U1' } } })
    expect(upstream.seen).toEqual([])
  })

  test('or has told nobody, and then there is one account', async () => {
    expect(await fromTokenAnswer({ workspace: 'w' })).toEqual({ sub: '', email: '', raw: { workspace: 'w' } })
  })

  test('whose account is a large number tells exactly that one', async () => {
    upstream.answer = answer(200, '{"access_token":"A","user":{"id":18446744073709551615}}')
    const client = { provider: aProviderAt(upstream.origin), clientSecret: 's' }

    const { extra } = await asked.refresh(client, 'R', [])

    expect((await fromTokenAnswer({ ...extra }, { sub: '/user/id' })).sub).toBe('18446744073709551615')
  })
})
