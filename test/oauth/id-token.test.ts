import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ProviderSettings } from '../../lib/domain/providers/provider.ts'
import type { Reason } from '../../lib/domain/reasons.ts'
import { aClientAt, answer, asked, failureOf, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
let keys: GenerateKeyPairResult
let stranger: GenerateKeyPairResult
let jwks: unknown
beforeAll(async () => {
  ;[upstream, keys, stranger] = await Promise.all([startProvider(), generateKeyPair('RS256'), generateKeyPair('RS256')])
  jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] }
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const nonce = 'the-nonce'
const claimsOf = (changes: JWTPayload = {}): JWTPayload => {
  const now = Math.floor(Date.now() / 1000)
  return { iss: upstream.origin, aud: 'client-1', sub: 'account', iat: now, exp: now + 300, nonce, ...changes }
}
const signed = (changes: JWTPayload = {}, key = keys.privateKey, kid = 'one') =>
  new SignJWT(claimsOf(changes)).setProtectedHeader({ alg: 'RS256', kid }).sign(key)

/** An exchange at an OpenID provider that gives this ID token. */
const exchange = (
  idToken: unknown,
  { keysAnswer = answer(200, jwks), withNonce = true, settings = {} as Partial<ProviderSettings> } = {},
) => {
  upstream.answer = (response, { url }) =>
    url === '/jwks'
      ? keysAnswer(response)
      : answer(200, { access_token: 'A', token_type: 'Bearer', id_token: idToken })(response)
  const client = aClientAt(
    upstream.origin,
    { issuer: upstream.origin, jwksUrl: `${upstream.origin}/jwks`, ...settings },
    { type: 'oidc' },
  )
  return asked.exchangeCode(client, {
    code: 'code',
    redirectUri: 'https://app.example/callback',
    codeVerifier: 'v'.repeat(43),
    ...(withNonce && { nonce }),
  })
}

describe('an ID token', () => {
  test("that is the provider's own tells the account", async () => {
    expect(await exchange(await signed())).toMatchObject({ accessToken: 'A', sub: 'account' })
  })

  test('is no part of what is kept of the answer', async () => {
    const { extra } = await exchange(await signed())

    expect(extra).toEqual({})
  })

  test.each<[string, Reason, () => unknown]>([
    ['signed by a stranger', 'idTokenSignature', () => signed({}, stranger.privateKey)],
    ['signed by a key that is not published', 'idTokenKeyUnknown', () => signed({}, stranger.privateKey, 'two')],
    [
      'whose signature is garbage',
      'idTokenSignature',
      async () => (await signed()).replace(/\.[^.]+$/, `.${'A'.repeat(342)}`),
    ],
    ['without a signature', 'idTokenSignature', async () => (await signed()).replace(/\.[^.]+$/, '.')],
    ['signed by nobody', 'idTokenAlgorithm', () => new UnsecuredJWT(claimsOf()).encode()],
    [
      'signed by the client secret',
      'idTokenAlgorithm',
      () => new SignJWT(claimsOf()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from('the secret'.repeat(4))),
    ],
    ['of another issuer', 'idTokenIssuer', () => signed({ iss: 'https://evil.example' })],
    ['for another client', 'idTokenAudience', () => signed({ aud: 'client-2' })],
    [
      'for two clients, of which we are not the one',
      'idTokenAudience',
      () => signed({ aud: ['client-1', 'client-2'], azp: 'client-2' }),
    ],
    ['that has expired', 'idTokenExpired', () => signed({ exp: Math.floor(Date.now() / 1000) - 120 })],
    ['that is not valid yet', 'idTokenExpired', () => signed({ nbf: Math.floor(Date.now() / 1000) + 600 })],
    ['without an end', 'idTokenClaim', () => signed({ exp: undefined as unknown as number })],
    ['without an account', 'idTokenClaim', () => signed({ sub: undefined as unknown as string })],
    ['with another nonce', 'idTokenNonce', () => signed({ nonce: 'another' })],
    ['without the nonce', 'idTokenNonce', () => signed({ nonce: undefined })],
    ['that is garbage', 'idTokenUnreadable', () => 'garbage'],
    ['that is no text', 'idTokenUnreadable', () => 7],
    ['that is missing, though a nonce was sent', 'idTokenUnreadable', () => undefined],
  ])('%s is refused, and the outcome is unknown: there are tokens now', async (_, reason, idToken) => {
    const refused = { failure: 'badAnswer', outcomeUnknown: true, reason }

    expect(await failureOf(exchange(await idToken()))).toMatchObject(refused)
  })

  /** Kanidm, Logto, Pocket ID and others sign by another one than RS256 unless told otherwise. */
  test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])(
    'may be signed by %s, where the provider is known to do so, and not otherwise',
    async (alg) => {
      const { publicKey, privateKey } = await generateKeyPair(alg)
      const keysAnswer = answer(200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg, use: 'sig' }] })
      const idToken = await new SignJWT(claimsOf()).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey)
      const other = alg === 'RS256' ? 'ES256' : 'RS256'

      const taken = exchange(idToken, { keysAnswer, settings: { idTokenAlgorithms: [alg] } })
      expect(await taken).toMatchObject({ sub: 'account' })
      const refused = exchange(idToken, { keysAnswer, settings: { idTokenAlgorithms: [other] } })
      expect(await failureOf(refused)).toMatchObject({ failure: 'badAnswer' })
    },
  )

  test('without a nonce is taken of a server that never gives it back (directus#23645), and checked all the same', async () => {
    const settings = { nonce: false }
    const token = { withNonce: false, settings }

    expect(await exchange(await signed({ nonce: undefined }), token)).toMatchObject({ sub: 'account' })
    const forged = exchange(await signed({ nonce: undefined }, stranger.privateKey), token)
    expect(await failureOf(forged)).toMatchObject({ failure: 'badAnswer' })
  })

  test('is not needed where no nonce was sent', async () => {
    expect(await exchange(undefined, { withNonce: false })).toEqual({ accessToken: 'A', extra: {} })
  })

  test.each<[string, string, number, unknown]>([
    ['fails', 'transient', 503, ''],
    ['gives no JSON', 'badAnswer', 200, '<html></html>'],
    ['gives no list of keys', 'badAnswer', 200, { keys: { one: 1 } }],
  ])(
    'is not asked for where the endpoint of the keys %s: the code would be lost',
    async (_, failure, status, keySet) => {
      const exchanging = exchange(await signed(), { keysAnswer: answer(status, keySet) })

      expect(await failureOf(exchanging)).toMatchObject({ failure, outcomeUnknown: false })
      expect(upstream.seen.map(({ path }) => path)).toEqual(['/jwks'])
    },
  )

  test.each([
    ['none', []],
    ['keys that are none', [null, 7, {}]],
  ])('is refused where the provider publishes %s', async (_, published) => {
    const exchanging = exchange(await signed(), { keysAnswer: answer(200, { keys: published }) })

    expect(await failureOf(exchanging)).toMatchObject({ failure: 'badAnswer', outcomeUnknown: true })
  })

  test('of a provider whose keys are not known is not looked at', async () => {
    upstream.answer = answer(200, { access_token: 'A', id_token: await signed({}, stranger.privateKey) })

    const tokens = await asked.exchangeCode(aClientAt(upstream.origin), {
      code: 'code',
      redirectUri: 'https://app.example/callback',
      codeVerifier: 'v'.repeat(43),
      nonce,
    })

    expect(tokens).toEqual({ accessToken: 'A', extra: {} })
  })
})
