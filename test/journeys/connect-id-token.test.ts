import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Reason, reasons } from '../../lib/domain/reasons.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { begin, callbackOf, finish, redirectFrom } from '../support/connecting.ts'
import { type Answer, aCaller, aGrantkeeper, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer, answerWith, honest } from '../support/hostile-answers.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

const CLIENT = { clientId: 'hostile-client', clientSecret: 'a-secret-of-at-least-thirty-two-bytes' }

let grantkeeper: LocalGrantkeeper
let upstream: HostileUpstream
let rows: Rows
let grace: Caller

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  upstream = await startHostileUpstream()
  rows = rowsOf(grantkeeper.stack)
  grace = checked(await aCaller(grantkeeper))
})
afterAll(async () => {
  await grantkeeper.close()
  await upstream.close()
})
beforeEach(() => {
  for (const endpoint of ['discovery', 'jwks', 'token', 'userinfo'] as const) upstream.script(endpoint, honest())
})

const oidcProvider = (): Promise<Json> =>
  aProvider(grantkeeper, { issuer: upstream.url, ...CLIENT, scopes: ['openid', 'offline_access'] })

/** Connects with an ID token in place of the honest one; undefined leaves it out. */
const connectWith = async (idToken: (nonce: string) => unknown): Promise<{ answer: Answer; provider: Json }> => {
  const provider = await oidcProvider()
  const { body } = await begin(grace, provider.id)
  const redirect = await redirectFrom(body.redirectUrl)
  const nonce = new URL(body.redirectUrl).searchParams.get('nonce') ?? ''
  upstream.script('token', answerWith({ id_token: await idToken(nonce) }))
  return { answer: await finish(grace, callbackOf(provider.id, redirect)), provider }
}

const tokenRequests = (): number => upstream.requests().filter(({ endpoint }) => endpoint === 'token').length

const now = (): number => Math.floor(Date.now() / 1000)
const claims = (nonce: string) => ({
  iss: upstream.url,
  sub: 'mallory',
  aud: CLIENT.clientId,
  iat: now(),
  exp: now() + 600,
  nonce,
})

test('an ID token with the right nonce, audience, issuer and signature tells the account', async () => {
  const { answer: connected } = await connectWith((nonce) => upstream.signIdToken(claims(nonce)))

  expect(connected).toMatchObject({ status: 200, body: { authorizedProvider: { accountId: 'mallory' } } })
})

test('where the provider has no userinfo endpoint, the ID token alone tells the account, also later', async () => {
  const userinfoRequests = () => upstream.requests().filter(({ endpoint }) => endpoint === 'userinfo').length
  const before = userinfoRequests()
  upstream.script('discovery', answerWith({ userinfo_endpoint: undefined }))

  const { answer: connected } = await connectWith((nonce) => upstream.signIdToken(claims(nonce)))

  expect(connected).toMatchObject({
    status: 200,
    body: { authorizedProvider: { accountId: 'mallory' }, userInfo: { sub: 'mallory', email: '' } },
  })
  const userinfo = await grace.get(`/authorizedProviders/${connected.body.authorizedProvider.id}/userinfo/`)
  expect(userinfo).toMatchObject({ status: 200, body: { sub: 'mallory', email: '' } })
  expect(userinfoRequests()).toBe(before)
})

describe('an ID token is refused, and nothing is kept,', () => {
  const signedBy = async (alg: string, key: Parameters<SignJWT['sign']>[0], nonce: string): Promise<string> =>
    new SignJWT(claims(nonce)).setProtectedHeader({ alg, kid: 'hostile' }).sign(key)
  const changed = (changes: Record<string, unknown>) => (nonce: string) =>
    upstream.signIdToken({ ...claims(nonce), ...changes })

  const refusals: [why: string, reason: Reason, idToken: (nonce: string) => unknown][] = [
    ['when there is none', 'idTokenUnreadable', () => undefined],
    ['with another nonce', 'idTokenNonce', changed({ nonce: 'of-another-flow' })],
    ['without a nonce', 'idTokenNonce', changed({ nonce: undefined })],
    ['of another issuer', 'idTokenIssuer', changed({ iss: 'https://attacker.example' })],
    ['of an issuer with one slash more', 'idTokenIssuer', changed({ iss: 'http://127.0.0.1/' })],
    ['for another client', 'idTokenAudience', changed({ aud: 'another-client' })],
    [
      'for several clients, without saying for whom',
      'idTokenAudience',
      changed({ aud: [CLIENT.clientId, 'another-client'] }),
    ],
    [
      'for several clients, made for another',
      'idTokenAudience',
      changed({ aud: [CLIENT.clientId, 'other'], azp: 'other' }),
    ],
    ['that has expired', 'idTokenExpired', changed({ iat: now() - 7200, exp: now() - 3600 })],
    ['that is not valid yet', 'idTokenExpired', changed({ nbf: now() + 3600 })],
    ['without an end', 'idTokenClaim', changed({ exp: undefined })],
    ['without an account', 'idTokenClaim', changed({ sub: undefined })],
    ['with an account that is no text', 'idTokenClaim', changed({ sub: 42 })],
    ['of another account than the profile', 'accountContradicted', changed({ sub: 'somebody-else' })],
    [
      'signed with another key of the same name',
      'idTokenSignature',
      async (nonce) => signedBy('RS256', (await generateKeyPair('RS256')).privateKey, nonce),
    ],
    [
      'signed with the client secret',
      'idTokenAlgorithm',
      (nonce) => signedBy('HS256', new TextEncoder().encode(CLIENT.clientSecret), nonce),
    ],
    ['not signed', 'idTokenAlgorithm', (nonce) => new UnsecuredJWT(claims(nonce)).encode()],
    [
      'with a signature that was altered',
      'idTokenSignature',
      async (nonce) => `${(await upstream.signIdToken(claims(nonce))).slice(0, -8)}AAAAAAAA`,
    ],
    [
      'with claims that were altered',
      'idTokenSignature',
      async (nonce) => altered(await upstream.signIdToken(claims(nonce))),
    ],
    ['that is no token at all', 'idTokenUnreadable', () => 'not.a.token'],
    ['that is a number', 'idTokenUnreadable', () => 7],
  ]

  test.each(refusals)('%s', async (_why, reason, idToken) => {
    const { answer: refused, provider } = await connectWith(idToken)

    const message = `The provider gave an answer that cannot be used. ${reasons[reason][0]}`
    expect([refused.status, refused.body]).toEqual([502, { message, errorFields: [], reason }])
    expect((await rows.of('MEMBER')).filter(({ pk }) => pk.endsWith(provider.id))).toEqual([])
    expect((await rows.of('GRANT')).filter(({ providerId }) => providerId === provider.id)).toEqual([])
  })

  test('when the server has no key for it', async () => {
    upstream.script('jwks', answer(200, { keys: [] }))

    const { answer: refused } = await connectWith((nonce) => upstream.signIdToken(claims(nonce)))

    expect(refused.status).toBe(502)
  })
})

test.each([
  ['fail', answer(503, 'later')],
  ['are none', answer(200, 'keys')],
])('when the keys %s the code is not spent, and the same callback is answered later', async (_how, behaviour) => {
  const provider = await oidcProvider()
  const { body } = await begin(grace, provider.id)
  const callback = callbackOf(provider.id, await redirectFrom(body.redirectUrl))
  const before = tokenRequests()
  upstream.script('jwks', behaviour)

  const failed = await finish(grace, callback)
  const asked = tokenRequests() - before
  upstream.script('jwks', honest())

  expect([failed.status, asked]).toEqual([502, 0])
  expect((await finish(grace, callback)).status).toBe(200)
})

test.each([
  ['redirect_uri_mismatch', 400],
  ['invalid_grant', 400],
])(
  'a code that is refused is answered with the code of the provider (%s), and not with its sentence',
  async (error, status) => {
    const provider = await oidcProvider()
    const { body } = await begin(grace, provider.id)
    const callback = callbackOf(provider.id, await redirectFrom(body.redirectUrl))
    upstream.script('token', answer(400, { error, error_description: 'a sentence' }))

    const refused = await finish(grace, callback)

    expect([refused.status, refused.body.error]).toEqual([status, error])
    expect(refused.text).not.toContain('a sentence')
  },
)

test('a server whose metadata knows only plain is sent S256 all the same', async () => {
  upstream.script('discovery', answerWith({ code_challenge_methods_supported: ['plain'] }))

  const { body } = await begin(grace, (await oidcProvider()).id)

  expect(new URL(body.redirectUrl).searchParams.get('code_challenge_method')).toBe('S256')
})

const altered = (token: string): string => {
  const [header, payload, signature] = token.split('.')
  const changed = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
  return [
    header,
    Buffer.from(JSON.stringify({ ...changed, sub: 'mallory', admin: true })).toString('base64url'),
    signature,
  ].join('.')
}
