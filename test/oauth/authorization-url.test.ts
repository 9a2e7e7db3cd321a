import { describe, expect, test } from 'vitest'
import type { AuthorizationRequest } from '../../lib/domain/ports.ts'
import type { Provider, ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { authorizationUrl } from '../../lib/oauth/authorization-url.ts'
import { aProviderRow, settings as plain } from '../support/records.ts'

const request: AuthorizationRequest = {
  redirectUri: 'https://app.example/callback?x=1',
  state: 'the state & more',
  scopes: ['read', 'write'],
  // RFC 7636 appendix B
  codeVerifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  forceConsent: false,
}

const urlOf = (
  settings: Partial<ProviderSettings> = {},
  changes: Partial<AuthorizationRequest> = {},
  row: Partial<Provider> = {},
) =>
  new URL(authorizationUrl(aProviderRow({ settings: { ...plain, ...settings }, ...row }), { ...request, ...changes }))
const parametersOf = (...args: Parameters<typeof urlOf>) => Object.fromEntries(urlOf(...args).searchParams)

const consentParams = { prompt: 'consent' }

describe('an authorization URL', () => {
  test('has all that the standard asks for, and the challenge of the verifier', () => {
    const url = urlOf()

    expect(url.origin + url.pathname).toBe('https://upstream.example/authorize')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'client-1',
      redirect_uri: 'https://app.example/callback?x=1',
      scope: 'read write',
      state: 'the state & more',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
  })

  test('never has the verifier or the secret', () => {
    expect(urlOf().href).not.toContain(request.codeVerifier)
    expect(urlOf().searchParams.has('client_secret')).toBe(false)
  })

  test.each<
    [
      string,
      Partial<ProviderSettings>,
      Partial<AuthorizationRequest>,
      Partial<Provider>,
      Record<string, string | undefined>,
    ]
  >([
    [
      'no challenge without PKCE',
      { pkce: false },
      {},
      {},
      { code_challenge: undefined, code_challenge_method: undefined },
    ],
    ['scopes joined by commas', { scopeSeparator: ',' }, {}, {}, { scope: 'read,write' }],
    ['scopes joined by a plus', { scopeSeparator: '+' }, {}, {}, { scope: 'read+write' }],
    ['no scope where there are none', {}, { scopes: [] }, {}, { scope: undefined }],
    ['a nonce', {}, { nonce: 'n' }, {}, { nonce: 'n' }],
    ['the consent screen', { consentParams }, { forceConsent: true }, {}, { prompt: 'consent' }],
    ['no prompt where consent may be skipped', { consentParams }, { forceConsent: false }, {}, { prompt: undefined }],
    ['no prompt at a server that may not know it', {}, { forceConsent: true }, {}, { prompt: undefined }],
    [
      "the admin's own parameters",
      { authParams: { audience: 'api', access_type: 'offline' } },
      {},
      {},
      { audience: 'api', access_type: 'offline' },
    ],
    [
      "the admin's own prompt",
      { authParams: { prompt: 'select_account' } },
      { forceConsent: true },
      { type: 'oidc' },
      { prompt: 'select_account' },
    ],
    [
      "the flow's own parameters before anybody's",
      { authParams: { state: 'evil', redirect_uri: 'evil' } },
      {},
      {},
      { state: request.state, redirect_uri: request.redirectUri },
    ],
    [
      'the query that the URL has already',
      { authorizationUrl: 'https://upstream.example/authorize?tenant=a%20b&x=1' },
      {},
      {},
      { tenant: 'a b', x: '1', response_type: 'code' },
    ],
    [
      "the flow's own before that query",
      { authorizationUrl: 'https://upstream.example/authorize?state=old&client_id=old' },
      {},
      {},
      { state: request.state, client_id: 'client-1' },
    ],
  ])('has %s', (_, settings, changes, row, expected) => {
    const parameters = parametersOf(settings, changes, row)

    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, parameters[name]]))).toEqual(expected)
  })

  /** Cognito takes no plus for a space (better-auth#6929), and proxies escape it (sbomify#1501). */
  test.each([
    ['between scopes', {}, {}, 'scope=read%20write&'],
    ['in a value', {}, { state: 'a b' }, 'state=a%20b&'],
    ['in a query that was there', { authorizationUrl: 'https://upstream.example/authorize?t=a+b' }, {}, '?t=a%20b&'],
    ['but a plus stays one', {}, { state: 'a+b' }, 'state=a%2Bb&'],
  ])('writes a space as %%20: %s', (_, settings, changes, part) => {
    expect(urlOf(settings, changes).href).toContain(part)
    expect(urlOf(settings, changes).search).not.toContain('+')
  })

  test('has every parameter once', () => {
    const url = urlOf({
      authorizationUrl: 'https://upstream.example/authorize?state=a&state=b',
      authParams: { state: 'c' },
    })

    expect(url.searchParams.getAll('state')).toEqual([request.state])
  })

  test.each(['a+b', 'a b', 'ü漢🔑', 'a%20b', '"\'<>', '#/?&='])('carries the state %s as it is', (state) => {
    expect(urlOf({}, { state }).searchParams.get('state')).toBe(state)
  })
})
