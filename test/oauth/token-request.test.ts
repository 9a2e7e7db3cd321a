import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { withDeadline } from '../../lib/domain/deadline.ts'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { aClientAt, answer, asked, failureOf, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => {
  upstream.reset()
  upstream.answer = answer(200, { access_token: 'A' })
})

const codeVerifier = 'v'.repeat(43)
const exchange = (settings: Partial<ProviderSettings> = {}, redirectUri = 'https://app.example/callback') =>
  asked.exchangeCode(aClientAt(upstream.origin, settings), { code: 'the code', redirectUri, codeVerifier })
const refresh = (settings: Partial<ProviderSettings> = {}, clientSecret = 'the secret') =>
  asked.refresh({ ...aClientAt(upstream.origin, settings), clientSecret }, 'the token', [])

describe('the exchange of a code', () => {
  test('is one request, with all that the standard asks for', async () => {
    await exchange()

    expect(upstream.seen).toHaveLength(1)
    expect(lastRequest(upstream)).toMatchObject({ method: 'POST', path: '/token' })
    expect(lastRequest(upstream).form).toEqual({
      grant_type: 'authorization_code',
      code: 'the code',
      redirect_uri: 'https://app.example/callback',
      code_verifier: codeVerifier,
      client_id: 'client-1',
      client_secret: 'the secret',
    })
  })

  test.each([
    'https://app.example/callback',
    'https://app.example/callback?tenant=acme&x=1',
    'https://app.example/callback?code=mine&state=mine',
    'https://app.example/callback?q=a%20b+c',
    'https://app.example',
    'https://App.Example:443/callback/',
    'http://127.0.0.1:3000/cb',
  ])('sends the redirect URI as it was asked for: %s', async (redirectUri) => {
    await exchange({}, redirectUri)

    expect(lastRequest(upstream).form.redirect_uri).toBe(redirectUri)
  })

  test('has no verifier where the provider takes no PKCE', async () => {
    await exchange({ pkce: false })

    expect(lastRequest(upstream).form).not.toHaveProperty('code_verifier')
  })

  test('proves the challenge that the authorization request made', async () => {
    const { provider } = aClientAt(upstream.origin)
    const request = { redirectUri: 'https://app.example', state: 'state', scopes: [], codeVerifier, forceConsent: true }
    const challenge = new URL(asked.authorizationUrl(provider, request)).searchParams.get('code_challenge')

    await exchange()

    const sent = lastRequest(upstream).form.code_verifier ?? ''
    expect(createHash('sha256').update(sent).digest('base64url')).toBe(challenge)
  })
})

describe('a refresh', () => {
  test('is one request, with all that the standard asks for', async () => {
    await refresh()

    expect(upstream.seen).toHaveLength(1)
    expect(lastRequest(upstream).form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'the token',
      client_id: 'client-1',
      client_secret: 'the secret',
    })
  })

  test('looks at no ID token, and asks for no keys, whatever the provider', async () => {
    upstream.answer = answer(200, { access_token: 'A', id_token: 'e30.e30.e30' })

    expect(await refresh({ jwksUrl: `${upstream.origin}/jwks`, issuer: upstream.origin })).toMatchObject({
      accessToken: 'A',
    })

    expect(upstream.seen.map(({ path }) => path)).toEqual(['/token'])
  })
})

describe('a client tells who it is', () => {
  const secret = 'a:b+c%d e&f=g/ü漢'

  test('in the form, as it is', async () => {
    await refresh({ authMethod: 'client_secret_post' }, secret)

    expect(lastRequest(upstream).form).toMatchObject({ client_id: 'client-1', client_secret: secret })
    expect(lastRequest(upstream).headers.authorization).toBeUndefined()
  })

  /** Where each row is from: a client id or secret that a server of that report refused. */
  test.each<[string, string, string]>([
    ['hyphens and underscores, as they are (panva/oauth4webapi#148)', '0jQKm_heHj4Ba7-IPXk', '0jQKm_heHj4Ba7-IPXk'],
    ['dots and tildes, as they are (Google, Entra ID)', '77-x.apps.example~8Q~', '77-x.apps.example~8Q~'],
    ['a UUID, as it is (SAP IAS)', '9f2c0e1a-5b7d-4c3e-8a61-77c2b1d0e9f8', '9f2c0e1a-5b7d-4c3e-8a61-77c2b1d0e9f8'],
    ['a colon, encoded: it ends the id', 'cid:1', 'cid%3A1'],
    ['a plus, encoded (jumbojett/OpenID-Connect-PHP#230)', 'a+b/c=', 'a%2Bb%2Fc%3D'],
    ['a percent sign, encoded (jumbojett/OpenID-Connect-PHP#209)', 'xxx%yyy', 'xxx%25yyy'],
    ['a dollar sign, encoded (panva/openid-client#134)', 'a$b', 'a%24b'],
    ['a space, as a plus (RFC 6749 appendix B)', 'a b', 'a+b'],
    ['letters beyond ASCII, as UTF-8', 'ü漢', '%C3%BC%E6%BC%A2'],
  ])('or in the header: %s', async (_, part, encoded) => {
    const client = aClientAt(upstream.origin, { authMethod: 'client_secret_basic' }, { clientId: part })
    const expected = `Basic ${Buffer.from(`${encoded}:${encoded}`).toString('base64')}`

    await asked.refresh({ ...client, clientSecret: part }, 'the token', [])
    const { headers, form } = lastRequest(upstream)
    await asked.revoke({ ...client, clientSecret: part }, { accessToken: 'A' }, false)

    expect(form).toEqual({ grant_type: 'refresh_token', refresh_token: 'the token' })
    expect([headers.authorization, lastRequest(upstream).headers.authorization]).toEqual([expected, expected])
  })

  test('and never in the URL', async () => {
    await refresh({}, 'canary')
    await exchange()

    expect(upstream.seen.map(({ path }) => path)).toEqual(['/token', '/token'])
  })
})

describe('a provider may want', () => {
  test('JSON in place of a form', async () => {
    await exchange({ bodyFormat: 'json' }, 'https://app.example/callback?a=1')

    const { headers, body } = lastRequest(upstream)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toMatchObject({
      grant_type: 'authorization_code',
      redirect_uri: 'https://app.example/callback?a=1',
      code_verifier: codeVerifier,
    })
  })

  test('parameters of its own, on refreshes others than on exchanges', async () => {
    const settings = {
      tokenParams: { audience: 'api', resource: 'r' },
      refreshParams: { resource: 's', scope: 'again' },
    }

    await exchange(settings)
    expect(lastRequest(upstream).form).toMatchObject({ audience: 'api', resource: 'r' })
    await refresh(settings)
    expect(lastRequest(upstream).form).toMatchObject({ audience: 'api', resource: 's', scope: 'again' })
  })

  test('JSON as the answer, and a name of who asks: it is told both', async () => {
    await refresh()

    expect(lastRequest(upstream).headers.accept).toMatch(/application\/json/)
    expect(lastRequest(upstream).headers['user-agent']).toBeTruthy()
  })
})

describe('the token endpoint is asked wherever an admin says it is', () => {
  test.each([
    ['with a query', '/token?tenant=acme', '/token?tenant=acme'],
    ['with spaces', '/a token', '/a%20token'],
    ['with letters beyond ASCII', '/tökén', '/t%C3%B6k%C3%A9n'],
    ['with dots', '/x/../token', '/token'],
    ['at the root', '', '/'],
  ])('%s', async (_, path, asks) => {
    expect(await refresh({ tokenUrl: `${upstream.origin}${path}` })).toMatchObject({ accessToken: 'A' })

    expect(lastRequest(upstream)).toMatchObject({ path: asks, form: { refresh_token: 'the token' } })
  })

  test('with a host in capitals', async () => {
    const tokenUrl = `${upstream.origin.replace('127.0.0.1', 'LOCALHOST').replace('http:', 'HTTP:')}/token`

    expect(await refresh({ tokenUrl })).toMatchObject({ accessToken: 'A' })

    expect(lastRequest(upstream).form).toMatchObject({ refresh_token: 'the token' })
  })
})

describe('a token request ends', () => {
  test('with its request, and its outcome is unknown then', async () => {
    upstream.answer = () => undefined

    const failure = await withDeadline(200, () => failureOf(refresh()))

    expect(failure).toMatchObject({ failure: 'transient', timedOut: true, outcomeUnknown: true })
  })

  test('without a request where it may not go', async () => {
    expect(await failureOf(refresh({ tokenUrl: 'http://upstream.example/token' }))).toMatchObject({
      failure: 'badAnswer',
      outcomeUnknown: false,
    })
  })
})
