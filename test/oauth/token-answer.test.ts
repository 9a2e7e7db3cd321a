import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aClientAt, answer, asked, failureOf, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const refreshed = () => asked.refresh(aClientAt(upstream.origin), 'the old refresh token', [])
const exchanged = () =>
  asked.exchangeCode(aClientAt(upstream.origin), {
    code: 'the-code',
    redirectUri: 'https://app.example/callback',
    codeVerifier: 'v'.repeat(43),
  })

/** What every answer below has, and what is always made of it. */
const tokens = { access_token: 'A', refresh_token: 'R', token_type: 'Bearer', expires_in: 3600 }
const read = { accessToken: 'A', refreshToken: 'R', expiresInSeconds: 3600, extra: {} }

const inForm = 'access_token=A&refresh_token=R&expires_in=3600'
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
const { expiresInSeconds: _, ...endless } = read
const { refreshToken: __, ...unrenewable } = read

describe.each([
  ['a refresh', refreshed],
  ['an exchange', exchanged],
])('%s takes an answer', (_title, ask) => {
  test.each<[string, number, unknown, Record<string, string>, unknown]>([
    ['as the standard has it', 200, tokens, {}, read],
    ['with the status of something made', 201, tokens, {}, read],
    ['with any other status of success', 202, tokens, {}, read],
    ['in a form', 200, 'access_token=A&refresh_token=R&token_type=bearer&expires_in=3600', form, read],
    ['as JSON that says it is a form', 200, JSON.stringify(tokens), form, read],
    ['as JSON that says it is a script', 200, JSON.stringify(tokens), { 'content-type': 'text/javascript' }, read],
    ['as JSON that says nothing of itself', 200, JSON.stringify(tokens), {}, read],
    ['with a mark of its byte order', 200, `\ufeff${JSON.stringify(tokens)}`, {}, read],
    ['with a challenge beside it', 200, tokens, { 'www-authenticate': 'Bearer realm="x"' }, read],
    ['without a token type', 200, { ...tokens, token_type: undefined }, {}, read],
    ["with Slack's token type", 200, { ...tokens, token_type: 'bot' }, {}, read],
    ['with a token type that is no text', 200, { ...tokens, token_type: 7 }, {}, read],
    ['with an error that is null', 200, { ...tokens, error: null }, {}, read],
    ['with an error that is empty', 200, { ...tokens, error: '' }, {}, read],
    ['with an error that is false', 200, { ...tokens, error: false }, {}, read],
    ['with an error that is 0', 200, { ...tokens, error: 0 }, {}, read],
    ["with WeChat's code of success", 200, { ...tokens, errcode: 0 }, {}, { ...read, extra: { errcode: 0 } }],
    ['in a form whose error is 0', 200, 'access_token=A&refresh_token=R&expires_in=3600&error=0', form, read],
    // ueberauth/oauth2#74, ruby-oauth/oauth2#126
    ['in a form that says it is text', 200, inForm, { 'content-type': 'text/plain; charset=UTF-8' }, read],
    ['in a form that says it is HTML', 200, inForm, { 'content-type': 'text/html' }, read],
    ['in a form that says nothing of itself', 200, inForm, {}, read],
    ['in a form with a line end', 200, `${inForm}\n`, { 'content-type': 'text/plain' }, read],
    ["with Slack's ok", 200, { ...tokens, ok: true }, {}, { ...read, extra: { ok: true } }],
    ['without a refresh token', 200, { ...tokens, refresh_token: undefined }, {}, unrenewable],
    ['with a refresh token that is null', 200, { ...tokens, refresh_token: null }, {}, unrenewable],
    ['with a refresh token that is empty', 200, { ...tokens, refresh_token: '' }, {}, unrenewable],
    ['with a lifetime as text', 200, { ...tokens, expires_in: '3600' }, {}, read],
    ['with a lifetime in fractions', 200, { ...tokens, expires_in: 3600.7 }, {}, read],
    ['without a lifetime', 200, { ...tokens, expires_in: undefined }, {}, endless],
    ['with a lifetime that is null', 200, { ...tokens, expires_in: null }, {}, endless],
    ['with a lifetime that nobody can read', 200, { ...tokens, expires_in: 'soon' }, {}, endless],
    ['with a lifetime that is a list', 200, { ...tokens, expires_in: [3600] }, {}, endless],
    [
      'with a lifetime beyond all numbers',
      200,
      '{"access_token":"A","refresh_token":"R","expires_in":1e999}',
      {},
      endless,
    ],
    ['with a lifetime of nothing', 200, { ...tokens, expires_in: 0 }, {}, { ...read, expiresInSeconds: 0 }],
    ['with a lifetime of less', 200, { ...tokens, expires_in: -1 }, {}, { ...read, expiresInSeconds: 0 }],
    ['with a lifetime of ages', 200, { ...tokens, expires_in: 1e18 }, {}, { ...read, expiresInSeconds: 1e18 }],
    ['with scopes', 200, { ...tokens, scope: 'a b' }, {}, { ...read, scopes: ['a', 'b'] }],
    ["with GitHub's scopes", 200, { ...tokens, scope: 'a,b' }, {}, { ...read, scopes: ['a', 'b'] }],
    ['with a list of scopes', 200, { ...tokens, scope: ['a', 'b'] }, {}, { ...read, scopes: ['a', 'b'] }],
    ['with empty scopes', 200, { ...tokens, scope: '' }, {}, read],
    ['with scopes that are null', 200, { ...tokens, scope: null }, {}, read],
    ['with scopes that are a number', 200, { ...tokens, scope: 7 }, {}, read],
    ['with scopes that are an object', 200, { ...tokens, scope: { a: true } }, {}, read],
    [
      "with GitHub's end of the refresh token",
      200,
      { ...tokens, refresh_token_expires_in: 99 },
      {},
      { ...read, refreshExpiresInSeconds: 99, extra: { refresh_token_expires_in: 99 } },
    ],
    [
      "with Keycloak's end of the refresh token",
      200,
      { ...tokens, refresh_expires_in: '99' },
      {},
      { ...read, refreshExpiresInSeconds: 99, extra: { refresh_expires_in: '99' } },
    ],
    [
      "with Keycloak's refresh token without an end",
      200,
      { ...tokens, refresh_expires_in: 0 },
      {},
      { ...read, extra: { refresh_expires_in: 0 } },
    ],
    ['with an ID token that nobody asked for', 200, { ...tokens, id_token: 'junk' }, {}, read],
    ['with an ID token that is no text', 200, { ...tokens, id_token: 7 }, {}, read],
    ['with the account in it', 200, { ...tokens, data: { gid: '1' } }, {}, { ...read, extra: { data: { gid: '1' } } }],
    [
      'with names that mean something to JavaScript',
      200,
      '{"access_token":"A","refresh_token":"R","expires_in":3600,"__proto__":{"x":1},"constructor":"c"}',
      {},
      { ...read, extra: JSON.parse('{"__proto__":{"x":1},"constructor":"c"}') },
    ],
    [
      'with tokens of 20 kB',
      200,
      { ...tokens, access_token: 'A'.repeat(20_000) },
      {},
      { ...read, accessToken: 'A'.repeat(20_000) },
    ],
    [
      'with tokens of any characters',
      200,
      { ...tokens, refresh_token: '"漢字🔑\n\\' },
      {},
      { ...read, refreshToken: '"漢字🔑\n\\' },
    ],
  ])('%s', async (_case, status, body, headers, expected) => {
    upstream.answer = answer(status, body, headers)

    expect(await ask()).toEqual(expected)
  })
})

describe('an answer without tokens is refused, and its outcome is unknown', () => {
  test.each<[string, number, unknown, Record<string, string>]>([
    ['nothing', 200, '', {}],
    ['no content', 204, '', {}],
    ['a page', 200, '<!doctype html><h1>Hello</h1>', { 'content-type': 'text/html' }],
    ['half of it', 200, JSON.stringify(tokens).slice(0, -5), {}],
    ['a list', 200, [tokens], {}],
    ['null', 200, 'null', {}],
    ['a text', 200, '"A"', {}],
    ['a sentence', 200, 'Your session = over', { 'content-type': 'text/plain' }],
    ['a page that looks like a form', 200, 'a=<b>access_token=A</b>', { 'content-type': 'text/html' }],
    ['an object with nothing in it', 200, {}, {}],
    ['a form with nothing in it', 200, '', form],
    ['an access token that is empty', 200, { ...tokens, access_token: '' }, {}],
    ['an access token that is null', 200, { ...tokens, access_token: null }, {}],
    ['an access token that is a number', 200, { ...tokens, access_token: 7 }, {}],
  ])('%s', async (_case, status, body, headers) => {
    upstream.answer = answer(status, body, headers)

    expect(await failureOf(refreshed())).toMatchObject({ failure: 'badAnswer', outcomeUnknown: true })
    expect(upstream.seen).toHaveLength(1)
  })

  test.each([
    ['more than a mebibyte', 200, JSON.stringify({ ...tokens, padding: 'x'.repeat(1_100_000) })],
    ['a redirect', 307, ''],
    ['a depth that no stack holds', 200, `{"access_token":"A","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ])('%s', async (_case, status, body) => {
    upstream.answer = answer(status, body, { location: `${upstream.origin}/elsewhere` })

    expect(await failureOf(refreshed())).toMatchObject({ failure: 'badAnswer' })
    expect(upstream.seen).toHaveLength(1)
  })

  test('and nothing of it is repeated in the failure', async () => {
    upstream.answer = answer(200, { access_token: 7, error_description: 'canary', refresh_token: 'canary' })
    expect(JSON.stringify(await failureOf(refreshed()))).not.toContain('canary')

    upstream.answer = answer(400, { error: 'a canary', error_description: 'canary', canary: true })
    expect(JSON.stringify(await failureOf(refreshed()))).not.toContain('canary')
  })
})
