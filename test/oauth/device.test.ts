import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { aClientAt, answer, asked, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const clientWith = (settings: Partial<ProviderSettings> = {}) =>
  aClientAt(upstream.origin, { deviceUrl: `${upstream.origin}/device`, ...settings })
const start = (settings: Partial<ProviderSettings> = {}, scopes = ['a', 'b']) =>
  asked.startDevice(clientWith(settings), scopes)
const poll = (settings: Partial<ProviderSettings> = {}) =>
  asked.exchangeDeviceCode(clientWith(settings), 'the device code')

/** What a call fails with, as far as a device flow goes by it. */
const failureOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    (value) => new Error(`It succeeded: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  if (!(error instanceof UpstreamFailure)) throw error
  const { failure, error: code, intervalSeconds, outcomeUnknown } = error
  return { failure, code, intervalSeconds, outcomeUnknown }
}

const codes = { device_code: 'D', user_code: 'KQRT-4WZ9', verification_uri: 'https://upstream.example/device' }
const read = { deviceCode: 'D', userCode: 'KQRT-4WZ9', verificationUri: 'https://upstream.example/device' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('the device authorization request', () => {
  beforeEach(() => {
    upstream.answer = answer(200, codes)
  })

  test.each<[string, Partial<ProviderSettings>, object, string | undefined]>([
    ['with its secret in the form', {}, { client_secret: 'the secret' }, undefined],
    ['with its secret in the header', { authMethod: 'client_secret_basic' }, {}, 'Basic'],
    ['without any secret', { deviceAuth: 'none' }, {}, undefined],
    [
      'without any secret, whatever it does elsewhere',
      { deviceAuth: 'none', authMethod: 'client_secret_basic' },
      {},
      undefined,
    ],
  ])('names the client and the scopes, %s', async (_, settings, credentials, scheme) => {
    await start(settings)

    const { method, path, headers, form: sent } = lastRequest(upstream)
    expect([method, path]).toEqual(['POST', '/device'])
    expect(sent).toEqual({ client_id: 'client-1', scope: 'a b', ...credentials })
    expect(headers.authorization?.split(' ')[0]).toBe(scheme)
    expect(headers.accept).toBe('application/json')
  })

  test('joins the scopes as the provider wants, and leaves them out where there are none', async () => {
    await start({ scopeSeparator: ',' })
    const joined = lastRequest(upstream).form
    await start({}, [])

    expect(joined).toMatchObject({ scope: 'a,b' })
    expect(lastRequest(upstream).form).not.toHaveProperty('scope')
  })

  test.each<[string, unknown, object, Record<string, string>?]>([
    [
      'of the standard',
      { ...codes, expires_in: 900, interval: 7 },
      { ...read, expiresInSeconds: 900, intervalSeconds: 7 },
    ],
    ['without lifetime and interval', codes, read],
    [
      'with numbers as texts',
      { ...codes, expires_in: '300', interval: '5' },
      { ...read, expiresInSeconds: 300, intervalSeconds: 5 },
    ],
    [
      'with a URL that has the code in it',
      { ...codes, verification_uri_complete: 'https://upstream.example/device?user_code=1' },
      { ...read, verificationUriComplete: 'https://upstream.example/device?user_code=1' },
    ],
    [
      'of Google, which says verification_url',
      { device_code: 'D', user_code: 'KQRT-4WZ9', verification_url: 'https://upstream.example/device' },
      read,
    ],
    ['in a form', new URLSearchParams(codes).toString(), read, form],
  ])('takes an answer %s', async (_, body, expected, headers = {}) => {
    upstream.answer = answer(200, body, headers)

    expect(await start()).toEqual(expected)
  })

  test.each<[string, unknown]>([
    ['that is nothing', ''],
    ['that is no object', []],
    ['without a device code', { ...codes, device_code: undefined }],
    ['with an empty device code', { ...codes, device_code: '' }],
    ['with a device code that is no text', { ...codes, device_code: 7 }],
    ['with a device code longer than any', { ...codes, device_code: 'x'.repeat(8193) }],
    ['without a user code', { ...codes, user_code: null }],
    ['without a place to go', { ...codes, verification_uri: undefined }],
    ['with a place that is no web page', { ...codes, verification_uri: 'javascript:alert(1)' }],
    ['with a place that is no URL', { ...codes, verification_uri: 'https://' }],
  ])('cannot use an answer %s', async (_, body) => {
    upstream.answer = answer(200, body)

    expect(await failureOf(start())).toMatchObject({ failure: 'badAnswer' })
  })

  test('leaves out a complete URL that nobody should follow', async () => {
    upstream.answer = answer(200, { ...codes, verification_uri_complete: 'data:text/html,x' })

    expect(await start()).toEqual(read)
  })

  test.each<[string, ...Parameters<typeof answer>]>([
    ['GitHub: it is switched off', 200, { error: 'device_flow_disabled' }],
    ['the client may not', 400, { error: 'unauthorized_client' }],
    ['Google: the client is of another kind', 401, { error: 'invalid_client' }],
    ['GitHub: there is no such client', 404, { error: 'Not Found' }],
    ['there is no such endpoint', 404, ''],
  ])('tells that there is no device flow: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(start())).toMatchObject({ failure: 'unsupported' })
  })

  test.each<[string, string, ...Parameters<typeof answer>]>([
    ['a failure', 'transient', 503],
    ['a rate limit', 'transient', 429, { error: 'slow_down' }],
    ['a scope that it does not know', 'badAnswer', 400, { error: 'invalid_scope' }],
    ['a redirect', 'badAnswer', 302, '', { location: 'https://elsewhere.example/' }],
  ])('fails with %s as %s', async (_, failure, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(start())).toMatchObject({ failure })
  })

  test('is not made of a provider without a device flow', async () => {
    expect(await failureOf(asked.startDevice(aClientAt(upstream.origin), []))).toMatchObject({ failure: 'unsupported' })
    expect(upstream.seen).toEqual([])
  })
})

describe('a poll', () => {
  test.each<[string, Partial<ProviderSettings>, object, string | undefined]>([
    ['with its secret', {}, { client_id: 'client-1', client_secret: 'the secret' }, undefined],
    ['with its secret in the header', { authMethod: 'client_secret_basic' }, {}, 'Basic'],
    ['without any secret', { deviceAuth: 'none' }, { client_id: 'client-1' }, undefined],
    [
      'with further parameters',
      { tokenParams: { resource: 'r' } },
      { resource: 'r', client_id: 'client-1', client_secret: 'the secret' },
      undefined,
    ],
  ])('sends the device code to the token endpoint once, %s', async (_, settings, others, scheme) => {
    upstream.answer = answer(200, { access_token: 'A' })

    await poll(settings)

    const { path, headers, form: sent } = lastRequest(upstream)
    expect(upstream.seen).toHaveLength(1)
    expect(path).toBe('/token')
    expect(sent).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'the device code',
      ...others,
    })
    expect(headers.authorization?.split(' ')[0]).toBe(scheme)
  })

  test.each<[string, unknown, Record<string, string>?]>([
    ['of the standard', { access_token: 'A', token_type: 'Bearer', refresh_token: 'R', expires_in: 7200, scope: 'a' }],
    ['of GitHub', 'access_token=A&token_type=bearer&refresh_token=R&expires_in=7200&scope=a', form],
    [
      'with an ID token, which is not looked at',
      { access_token: 'A', refresh_token: 'R', expires_in: 7200, scope: 'a', id_token: 'none' },
    ],
  ])('gives the tokens of an answer %s', async (_, body, headers = {}) => {
    upstream.answer = answer(200, body, headers)

    expect(await poll({ jwksUrl: `${upstream.origin}/jwks` })).toEqual({
      accessToken: 'A',
      refreshToken: 'R',
      expiresInSeconds: 7200,
      scopes: ['a'],
      extra: {},
    })
  })

  test.each<[string, string, number | undefined, ...Parameters<typeof answer>]>([
    ['the standard', 'authorization_pending', undefined, 400, { error: 'authorization_pending' }],
    ['GitHub', 'authorization_pending', undefined, 200, { error: 'authorization_pending' }],
    ['Google', 'authorization_pending', undefined, 428, { error: 'authorization_pending' }],
    ['the standard, to slow down', 'slow_down', undefined, 400, { error: 'slow_down' }],
    ['GitHub, to slow down', 'slow_down', 10, 200, { error: 'slow_down', interval: 10 }],
    ['Google, to slow down', 'slow_down', undefined, 403, { error: 'slow_down' }],
    ['a server that limits, to slow down', 'slow_down', undefined, 429, { error: 'slow_down' }],
  ])('of a user who has not decided is pending: %s says %s', async (_, code, intervalSeconds, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(poll())).toEqual({ failure: 'pending', code, intervalSeconds, outcomeUnknown: false })
  })

  test.each<[string, string, ...Parameters<typeof answer>]>([
    ['the standard', 'access_denied', 400, { error: 'access_denied' }],
    ['Google', 'access_denied', 403, { error: 'access_denied' }],
    ['Microsoft', 'access_denied', 400, { error: 'authorization_declined' }],
    ['the standard', 'expired_token', 400, { error: 'expired_token' }],
    ['GitHub', 'expired_token', 200, { error: 'token_expired' }],
    ['GitHub', 'expired_token', 200, { error: 'incorrect_device_code' }],
    ['Microsoft', 'expired_token', 400, { error: 'bad_verification_code' }],
    ['oidc-provider', 'expired_token', 400, { error: 'invalid_grant' }],
  ])('that is over: what %s says is %s', async (_, code, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(poll())).toMatchObject({ failure: 'grantDead', code, outcomeUnknown: false })
  })

  test.each<[string, string, boolean, ...Parameters<typeof answer>]>([
    ['a client that may not', 'unsupported', false, 400, { error: 'unauthorized_client' }],
    ['a flow that was switched off', 'unsupported', false, 200, { error: 'device_flow_disabled' }],
    ['a secret that is refused', 'clientRejected', false, 401, { error: 'invalid_client' }],
    ['a failure', 'transient', false, 503, { error: 'expired_token' }],
    ['a word that nobody knows', 'badAnswer', false, 400, { error: 'something_else' }],
    ['no tokens at all', 'badAnswer', true, 200, ''],
  ])('fails with %s as %s, its outcome unknown: %s', async (_, failure, outcomeUnknown, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(poll())).toMatchObject({ failure, outcomeUnknown })
  })
})

test('a refresh is not taken for a device flow: its words mean there what they have always meant', async () => {
  const refresh = () => failureOf(asked.refresh(clientWith(), 'R', []))

  upstream.answer = answer(400, { error: 'access_denied' })
  expect(await refresh()).toMatchObject({ failure: 'badAnswer' })
  upstream.answer = answer(400, { error: 'slow_down' })
  expect(await refresh()).toMatchObject({ failure: 'transient' })
  upstream.answer = answer(400, { error: 'unauthorized_client' })
  expect(await refresh()).toMatchObject({ failure: 'badAnswer' })
})
