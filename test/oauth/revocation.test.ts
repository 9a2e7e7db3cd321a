import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { aClientAt, answer, asked, failureOf, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const both = { accessToken: 'access', refreshToken: 'refresh' }
const revoke = (
  settings: Partial<ProviderSettings> = {},
  tokens: { accessToken: string; refreshToken?: string } = both,
  clientSecret = 'the secret',
) => asked.revoke({ ...aClientAt(upstream.origin, settings), clientSecret }, tokens, false)

/** Answers one request after another so. */
const answersOneByOne = (...replies: Parameters<typeof answer>[]) => {
  upstream.answer = (response) => answer(...(replies[upstream.seen.length - 1] ?? [500]))(response)
}

describe('revocation by the standard', () => {
  test('ends the refresh token first, then the access token', async () => {
    await revoke()

    expect(upstream.seen.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      { token: 'refresh', token_type_hint: 'refresh_token', client_id: 'client-1', client_secret: 'the secret' },
      { token: 'access', token_type_hint: 'access_token', client_id: 'client-1', client_secret: 'the secret' },
    ])
    expect(upstream.seen.every(({ method, path }) => method === 'POST' && path === '/revoke')).toBe(true)
  })

  test('ends the access token alone where there is no other', async () => {
    await revoke({}, { accessToken: 'access' })

    expect(upstream.seen).toHaveLength(1)
    expect(lastRequest(upstream).form).toMatchObject({ token: 'access', token_type_hint: 'access_token' })
  })

  test('tells who asks in the header where the provider wants that, each part encoded as a form is', async () => {
    await revoke({ authMethod: 'client_secret_basic' }, both, 'a:b+c%d e&f=g/ü漢')

    const { headers, form } = lastRequest(upstream)
    const credentials = Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64').toString()
    expect(credentials).toBe('client-1:a%3Ab%2Bc%25d+e%26f%3Dg%2F%C3%BC%E6%BC%A2')
    expect(form).toEqual({ token: 'access', token_type_hint: 'access_token' })
  })

  test.each<[string, ...Parameters<typeof answer>]>([
    ['with nothing', 200],
    ['with an empty object', 200, {}],
    ['with a word', 200, 'OK'],
    ['with a list', 200, []],
    ['with no content', 204],
    ['that the token is gone already', 400, { error: 'invalid_token' }],
    ['that it knows no such thing', 404, ''],
    ['that it knows no such thing, in JSON', 404, 'null', { 'content-type': 'application/json' }],
  ])('is done when the provider answers %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    await revoke()

    expect(upstream.seen).toHaveLength(2)
  })

  test('is done though the provider ends access tokens only with their refresh token', async () => {
    answersOneByOne([200], [400, { error: 'unsupported_token_type' }])

    await revoke()

    expect(upstream.seen).toHaveLength(2)
  })

  test.each<[string, string, ...Parameters<typeof answer>]>([
    ['rejects the client', 'clientRejected', 401, { error: 'invalid_client' }],
    ['rejects the client with 200, as GitHub does', 'clientRejected', 200, { error: 'incorrect_client_credentials' }],
    ['says that the client is gone', 'clientRejected', 401, { error: 'deleted_client' }],
    ['wants the user', 'needsUser', 400, { error: 'interaction_required' }],
    ['ends no such tokens at all', 'badAnswer', 400, { error: 'unsupported_token_type' }],
    ['wants something else', 'badAnswer', 400, { error: 'invalid_request' }],
    ['says nothing', 'badAnswer', 400],
    ['says null', 'badAnswer', 400, 'null', { 'content-type': 'application/json' }],
    ['says an error with 200', 'badAnswer', 200, { error: 'invalid_request' }],
    ['says that it is not ok with 200', 'badAnswer', 200, { ok: false, error: 'internal' }],
    ['fails', 'transient', 503],
    ['limits', 'transient', 429],
    ['sends elsewhere', 'badAnswer', 307, '', { location: 'http://127.0.0.1:9/' }],
  ])('has failed when the provider %s: %s', async (_, failure, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await failureOf(revoke())).toMatchObject({ failure })
    expect(upstream.seen).toHaveLength(1)
  })

  test('has failed when the provider does not answer', async () => {
    upstream.answer = (response) => response.destroy()

    expect(await failureOf(revoke())).toMatchObject({ failure: 'transient' })
  })
})

describe('revocation by the token itself', () => {
  test('is an empty request that carries the access token, and no secret', async () => {
    await revoke({ revocationStyle: 'bearer' })

    expect(upstream.seen).toHaveLength(1)
    expect(lastRequest(upstream)).toMatchObject({ method: 'POST', path: '/revoke', body: '' })
    expect(lastRequest(upstream).headers.authorization).toBe('Bearer access')
  })

  test.each<[string, ...Parameters<typeof answer>]>([
    ['as Slack does', 200, { ok: true, revoked: true }],
    ['as Dropbox does', 200, 'null', { 'content-type': 'application/json' }],
    ['with no content', 204],
    ['that the token is gone already', 401, { error: 'invalid_token' }],
    ['as Slack does, that the token is gone already', 200, { ok: false, error: 'token_revoked' }],
  ])('is done when the provider answers %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    await revoke({ revocationStyle: 'bearer' })
  })

  test('has failed when Slack says so with 200', async () => {
    upstream.answer = answer(200, { ok: false, error: 'ratelimited' })

    expect(await failureOf(revoke({ revocationStyle: 'bearer' }))).toMatchObject({ failure: 'badAnswer' })
  })
})

test('a provider without revocation is not asked', async () => {
  const { provider, clientSecret } = aClientAt(upstream.origin)
  const { revocationUri: _, ...settings } = provider.settings

  await asked.revoke({ provider: { ...provider, settings }, clientSecret }, both, false)

  expect(upstream.seen).toEqual([])
})
