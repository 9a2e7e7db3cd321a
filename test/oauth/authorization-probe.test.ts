import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answer, asked, failureOf, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const redirectUri = 'https://api.example/oauth2/callback/1'
const probe = () =>
  asked.probeAuthorization(`${upstream.origin}/authorize?client_id=c&redirect_uri=${encodeURIComponent(redirectUri)}`)
const html = { 'content-type': 'text/html' }
const back = (query: string) => ({ location: `${redirectUri}?${query}` })
const google = Buffer.from('\n\x15redirect_uri_mismatch\x12You cannot').toString('base64url')

describe('an authorization request that nobody has signed in for', () => {
  test.each<[string, unknown, ...Parameters<typeof answer>]>([
    ['goes on to a page', { refused: false }, 200, '<h1>Sign in</h1> Choose a client and scopes; redirect_uri', html],
    ['goes on to another place', { refused: false }, 302, '', { location: '/login?return_to=redirect_uri' }],
    ['goes on to nowhere', { refused: false }, 302, ''],
    ['goes on to a place that is none', { refused: false }, 302, '', { location: 'http://[' }],
    [
      'is refused for its redirect URI on a page',
      { refused: true, about: 'callbackUrl' },
      400,
      '<p>The redirect_uri MUST match</p>',
      html,
    ],
    ['is refused for it by a code', { refused: true, about: 'callbackUrl' }, 400, 'Error: redirect_uri_mismatch', html],
    [
      'is refused for it on a page of success',
      { refused: true, about: 'callbackUrl' },
      200,
      '<p>AADSTS50011: no',
      html,
    ],
    [
      'is refused for it at the redirect URI that is registered',
      { refused: true, about: 'callbackUrl' },
      302,
      '',
      { location: 'https://other.example/?error=redirect_uri_mismatch' },
    ],
    [
      "is refused for it on Google's page",
      { refused: true, about: 'callbackUrl' },
      302,
      '',
      { location: `/signin/oauth/error?authError=${google}&client_id=c` },
    ],
    [
      'is refused for its client on a page',
      { refused: true, about: 'clientId' },
      401,
      'invalid_client redirect_uri',
      html,
    ],
    ['is refused for its client in words', { refused: true, about: 'clientId' }, 404, 'No such application', html],
    [
      'is refused for its client at our place',
      { refused: true, about: 'clientId', atRedirectUri: true },
      302,
      '',
      back('error=unauthorized_client'),
    ],
    [
      'is refused for its scopes at our place',
      { refused: true, about: 'scopes', atRedirectUri: true },
      303,
      '',
      back('error=invalid_scope&state=s'),
    ],
    [
      'is refused for PKCE at our place',
      { refused: true, about: 'pkce', atRedirectUri: true },
      302,
      '',
      back('error=invalid_request&error_description=code_challenge+required'),
    ],
    ['is refused at our place', { refused: true, atRedirectUri: true }, 302, '', back('error=access_denied')],
    ['is refused without a word', { refused: true }, 400, '<h1>Sorry</h1>', html],
  ])('%s', async (_, expected, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await probe()).toEqual(expected)
    expect(upstream.seen).toHaveLength(1)
    expect(lastRequest(upstream)).toMatchObject({ method: 'GET', headers: { accept: 'text/html' } })
  })

  test.each<[string, ...Parameters<typeof answer>]>([
    ['fails', 500, 'redirect_uri_mismatch'],
    ['limits', 429],
  ])('tells nothing where the provider %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(probe())).toMatchObject({ failure: 'transient' })
  })

  test('tells nothing where the provider cuts the connection', async () => {
    upstream.answer = (response) => response.destroy()

    expect(await failureOf(probe())).toMatchObject({ failure: 'transient' })
  })
})
