import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closedPort } from './outbound-provider.ts'
import { answer, asked, failureOf, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const metadata = (changes: Record<string, unknown> = {}, issuer = upstream.origin) => ({
  issuer,
  authorization_endpoint: `${upstream.origin}/authorize`,
  token_endpoint: `${upstream.origin}/token`,
  ...changes,
})

/** Serves documents by their path; everything else is unknown. */
const serving = (documents: Record<string, unknown>) => {
  upstream.answer = (response, { url = '' }) => {
    const document = documents[url]
    answer(document === undefined ? 404 : 200, document ?? '')(response)
  }
}
const OIDC = '/.well-known/openid-configuration'
const OAUTH = '/.well-known/oauth-authorization-server'
const discover = (path = '') => asked.discover(`${upstream.origin}${path}`)

describe('discovery', () => {
  test('reads all that is needed', async () => {
    serving({
      [OIDC]: metadata({
        jwks_uri: `${upstream.origin}/jwks`,
        userinfo_endpoint: `${upstream.origin}/userinfo`,
        revocation_endpoint: `${upstream.origin}/revoke`,
        introspection_endpoint: `${upstream.origin}/introspect`,
        device_authorization_endpoint: `${upstream.origin}/device`,
        scopes_supported: ['openid', 'offline_access'],
        token_endpoint_auth_methods_supported: ['client_secret_post'],
      }),
    })

    expect(await discover()).toEqual({
      issuer: upstream.origin,
      authorizationUrl: `${upstream.origin}/authorize`,
      tokenUrl: `${upstream.origin}/token`,
      jwksUrl: `${upstream.origin}/jwks`,
      userInfoUrl: `${upstream.origin}/userinfo`,
      revocationUri: `${upstream.origin}/revoke`,
      introspectionUrl: `${upstream.origin}/introspect`,
      deviceUrl: `${upstream.origin}/device`,
      scopesSupported: ['openid', 'offline_access'],
      authMethod: 'client_secret_post',
    })
    expect(upstream.seen.map(({ path }) => path)).toEqual([OIDC])
  })

  test.each<[string, unknown, string[] | undefined]>([
    [
      'those that a key of the issuer signs by',
      ['none', 'HS256', 'ES256', 'EdDSA', 'RS256'],
      ['ES256', 'EdDSA', 'RS256'],
    ],
    ['one alone (kanidm)', ['ES256'], ['ES256']],
    ['none, where only others are listed', ['none', 'HS256'], undefined],
    ['none, where nothing is listed', undefined, undefined],
    ['none of what is no list', 'ES256', undefined],
  ])('takes of the algorithms of ID tokens %s', async (_, listed, taken) => {
    serving({ [OIDC]: metadata({ id_token_signing_alg_values_supported: listed }) })

    expect((await discover()).idTokenAlgorithms).toEqual(taken)
  })

  test('is content with the two endpoints that a flow needs', async () => {
    serving({ [OIDC]: metadata() })

    expect(await discover()).toEqual({
      issuer: upstream.origin,
      authorizationUrl: `${upstream.origin}/authorize`,
      tokenUrl: `${upstream.origin}/token`,
      authMethod: 'client_secret_basic',
    })
  })

  test.each([
    ['with a path, whose document stands behind it', '/realms/acme', '/realms/acme/.well-known/openid-configuration'],
    ['of plain OAuth', '', OAUTH],
    ['of plain OAuth with a path, whose document stands before it', '/realms/acme', `${OAUTH}/realms/acme`],
  ])('finds an issuer %s', async (_, path, place) => {
    serving({ [place]: metadata({}, `${upstream.origin}${path}`) })

    expect(await discover(path)).toMatchObject({ tokenUrl: `${upstream.origin}/token` })
  })

  test('takes a slash at the end of a host for nothing', async () => {
    serving({ [OIDC]: metadata({}, `${upstream.origin}/`) })

    expect((await discover()).issuer).toBe(`${upstream.origin}/`)
  })

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'client_secret_basic'],
    ['the header', ['client_secret_basic'], 'client_secret_basic'],
    ['the form', ['client_secret_post'], 'client_secret_post'],
    ['both', ['client_secret_basic', 'client_secret_post'], 'client_secret_post'],
    ['none of them', ['private_key_jwt'], 'client_secret_basic'],
    ['no list', { client_secret_post: true }, 'client_secret_basic'],
    ['a text', 'client_secret_post', 'client_secret_basic'],
  ])('of a provider that names %s for clients chooses', async (_, methods, authMethod) => {
    serving({ [OIDC]: metadata({ token_endpoint_auth_methods_supported: methods }) })

    expect(await discover()).toMatchObject({ authMethod })
  })

  test.each<[string, Record<string, unknown>]>([
    ['scopes that are no list', { scopes_supported: { openid: true } }],
    ['scopes that are a text', { scopes_supported: 'openid' }],
    ['a list of scopes that are no texts', { scopes_supported: [1, null] }],
    [
      'endpoints that are no texts',
      { userinfo_endpoint: 7, revocation_endpoint: {}, jwks_uri: [], device_authorization_endpoint: null },
    ],
  ])('leaves out %s', async (_, odd) => {
    serving({ [OIDC]: metadata(odd) })

    const found = await discover()

    expect(Object.keys(found).sort()).toEqual(['authMethod', 'authorizationUrl', 'issuer', 'tokenUrl'])
  })
})

describe('discovery fails, with a reason that an admin can act on,', () => {
  test.each<[string, unknown]>([
    ['another issuer', { issuer: 'https://canary.example' }],
    ['no issuer', { issuer: undefined }],
    ['no authorization endpoint', { authorization_endpoint: undefined }],
    ['no token endpoint', { token_endpoint: undefined }],
    ['a token endpoint that is no text', { token_endpoint: { href: 'canary' } }],
    ['an authorization endpoint that is no text', { authorization_endpoint: ['canary'] }],
  ])('on %s', async (_, changes) => {
    serving({ [OIDC]: metadata(changes as Record<string, unknown>) })

    const { failure, message } = await failureOf(discover())

    expect(failure).toBe('badAnswer')
    expect(message).not.toMatch(/canary/)
    expect(message.length).toBeGreaterThan(10)
  })

  test.each<[string, ...Parameters<typeof answer>]>([
    ['a page', 200, '<h1>canary</h1>', { 'content-type': 'text/html' }],
    ['a list', 200, []],
    ['nothing', 200, ''],
    ['half of it', 200, '{"issuer":"canary'],
    ['more than a mebibyte', 200, { x: 'canary'.repeat(200_000) }],
    ['a redirect', 302, '', { location: 'http://127.0.0.1:9/canary' }],
    ['an unknown page', 404, 'canary'],
    ['a refusal', 403, 'canary'],
    ['a failure', 500, 'canary'],
  ])('on %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    const { message } = await failureOf(discover())

    expect(message).not.toMatch(/canary/)
    // The document of OpenID Connect, then that of OAuth: no more, whatever came.
    expect(upstream.seen.map(({ path }) => path)).toEqual([OIDC, OAUTH])
  })

  test('on an issuer that cannot be reached', async () => {
    const port = await closedPort()

    expect(await failureOf(asked.discover(`http://127.0.0.1:${port}`))).toMatchObject({ failure: 'transient' })
  })

  test('on an issuer that may not be asked', async () => {
    // Only that the internet is off here: the provider may be a good one.
    expect(await failureOf(asked.discover('https://issuer.example'))).toMatchObject({ failure: 'transient' })
  })
})
