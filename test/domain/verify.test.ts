import { describe, expect, test } from 'vitest'
import type { AuthorizationAnswer, Client, OAuth } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import type { Check } from '../../lib/domain/providers/verify/check.ts'
import { checkBaseUrl } from '../../lib/domain/providers/verify/check-base-url.ts'
import { checkDiscovery } from '../../lib/domain/providers/verify/check-discovery.ts'
import { checkRequest } from '../../lib/domain/providers/verify/check-request.ts'
import { checkRevocation } from '../../lib/domain/providers/verify/check-revocation.ts'
import { checkSecret } from '../../lib/domain/providers/verify/check-secret.ts'
import { type FailureClass, UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { authorizationUrl } from '../../lib/oauth/authorization-url.ts'
import { aProviderRow, settings } from '../support/records.ts'

const redirectUri = 'https://api.example/oauth2/callback/1'
const fail = (failure: FailureClass, error?: string) => async () => {
  throw new UpstreamFailure(failure, error === undefined ? {} : { codes: { error } })
}
const resultsOf = (checks: readonly Check[]): Record<string, string> =>
  Object.fromEntries(checks.map(({ check, result }) => [check, result]))
const fixes = (checks: readonly Check[]): string => checks.map(({ fix = '' }) => fix).join(' ')

describe('the base URL', () => {
  test.each([
    ['https://api.example', false, 'passed'],
    ['https://api.example', true, 'passed'],
    ['http://127.0.0.1:8080', true, 'skipped'],
    ['http://api.example', false, 'failed'],
  ])('%s, on the local stack %s: %s', (publicBaseUrl, local, result) => {
    expect(checkBaseUrl(publicBaseUrl, local).result).toBe(result)
  })
})

describe('the metadata of an issuer', () => {
  const found = {
    ...settings,
    issuer: 'https://issuer.example',
    userInfoUrl: 'https://upstream.example/me',
    jwksUrl: 'https://upstream.example/keys',
  }
  const oidc = aProviderRow({ type: 'oidc', settings: found })

  test.each<[string, Provider, OAuth['discover'], string]>([
    ['says the same', oidc, async () => found, 'passed'],
    ['says more than before', oidc, async () => ({ ...found, deviceUrl: 'https://upstream.example/d' }), 'passed'],
    [
      'names another revocation, which an admin may have set',
      oidc,
      async () => ({ ...found, revocationUri: 'https://x' }),
      'passed',
    ],
    ['names another token endpoint', oidc, async () => ({ ...found, tokenUrl: 'https://new.example/token' }), 'failed'],
    ['names other keys', oidc, async () => ({ ...found, jwksUrl: 'https://new.example/keys' }), 'failed'],
    ['names no userinfo endpoint any more', oidc, async () => settings, 'failed'],
    ['is none', oidc, fail('badAnswer'), 'failed'],
    ['cannot be read', oidc, fail('transient'), 'unknown'],
    ['does not exist', aProviderRow(), fail('badAnswer'), 'skipped'],
  ])('%s', async (_, provider, discover, result) => {
    expect(resultsOf(await checkDiscovery({ discover }, provider))).toEqual({ discovery: result })
  })

  test('is named part by part where it has moved', async () => {
    const [check] = await checkDiscovery({ discover: async () => ({ ...found, tokenUrl: 'x', jwksUrl: 'y' }) }, oidc)

    expect(check?.message).toContain('tokenUrl, jwksUrl')
  })
})

describe('the client secret', () => {
  const asked = async (exchangeCode: OAuth['exchangeCode'], row: Partial<Provider> = {}) => {
    const deeds: string[] = []
    const note = (name: string) => async () => void deeds.push(name)
    const client: Client = { provider: aProviderRow(row), clientSecret: 's' }
    const providers = { rejectClient: note('rejected'), acceptClient: note('accepted') }
    const checks = await checkSecret(
      { oauth: { exchangeCode, revoke: note('revoked') }, providers, audit: { record: () => undefined } } as never,
      client,
      redirectUri,
    )
    return { checks, deeds }
  }
  const rejected = { clientRejectedAt: 1 }

  test.each<[string, OAuth['exchangeCode'], Partial<Provider>, Record<string, string>, string[]]>([
    ['a bad code', fail('grantDead', 'invalid_grant'), {}, { tokenEndpoint: 'passed', clientSecret: 'passed' }, []],
    [
      'a bad code, by another name',
      fail('codeBad', 'invalid_code'),
      {},
      { tokenEndpoint: 'passed', clientSecret: 'passed' },
      [],
    ],
    [
      'a bad code, after a rejection',
      fail('grantDead'),
      rejected,
      { tokenEndpoint: 'passed', clientSecret: 'passed' },
      ['accepted'],
    ],
    [
      'a bad code, after timeouts',
      fail('grantDead'),
      { timeouts: 2 },
      { tokenEndpoint: 'passed', clientSecret: 'passed' },
      ['accepted'],
    ],
    [
      'a redirect URI that it does not know',
      fail('codeBad', 'redirect_uri_mismatch'),
      {},
      { tokenEndpoint: 'passed', clientSecret: 'passed', callbackUrl: 'failed' },
      [],
    ],
    [
      'a bad client',
      fail('clientRejected', 'invalid_client'),
      {},
      { tokenEndpoint: 'passed', clientSecret: 'failed' },
      ['rejected'],
    ],
    [
      'a bad request',
      fail('badAnswer', 'invalid_request'),
      {},
      { tokenEndpoint: 'passed', clientSecret: 'unknown' },
      [],
    ],
    [
      'a redirect',
      async () => {
        throw new UpstreamFailure('badAnswer', { status: 308 })
      },
      {},
      { tokenEndpoint: 'failed', clientSecret: 'unknown' },
      [],
    ],
    ['a page', fail('badAnswer'), {}, { tokenEndpoint: 'failed', clientSecret: 'unknown' }, []],
    ['nothing in time', fail('transient'), rejected, { tokenEndpoint: 'unknown', clientSecret: 'unknown' }, []],
    ['a failure', fail('transient', 'server_error'), {}, { tokenEndpoint: 'unknown', clientSecret: 'unknown' }, []],
    [
      'tokens',
      async () => ({ accessToken: 'A', extra: {} }),
      {},
      { tokenEndpoint: 'failed', clientSecret: 'unknown' },
      ['revoked'],
    ],
  ])('when the answer to a code of nobody is %s', async (_, exchangeCode, row, results, deeds) => {
    const { checks, deeds: done } = await asked(exchangeCode, row)

    expect(resultsOf(checks)).toEqual(results)
    expect(done).toEqual(deeds)
  })

  test('is to be mended by a PATCH, and so is said', async () => {
    const { checks } = await asked(fail('clientRejected', 'invalid_client'))

    expect(fixes(checks)).toContain('PATCH the provider with the right clientSecret')
  })
})

describe('the authorization request', () => {
  type Part = NonNullable<AuthorizationAnswer['about']>
  const goesOn: AuthorizationAnswer = { refused: false }
  const wrongPartOf = (url: string): Part | undefined => {
    const params = new URL(url).searchParams
    if (params.get('client_id') !== 'client-1') return 'clientId'
    if (params.get('redirect_uri') !== redirectUri) return 'callbackUrl'
    if (/no_such_scope/.test(params.get('scope') ?? '')) return 'scopes'
    return params.get('code_challenge_method') === 'no-such-method' ? 'pkce' : undefined
  }
  const asked = async (
    real: AuthorizationAnswer | 'fails',
    looksAt: readonly Part[] | 'fails' = ['clientId', 'callbackUrl', 'scopes', 'pkce'],
    provider = aProviderRow(),
  ) => {
    const urls: string[] = []
    const probeAuthorization = async (url: string): Promise<AuthorizationAnswer> => {
      urls.push(url)
      const part = wrongPartOf(url)
      const reply = part === undefined ? real : looksAt === 'fails' ? 'fails' : { refused: looksAt.includes(part) }
      if (reply === 'fails') throw new UpstreamFailure('transient')
      return reply
    }
    return { urls, checks: await checkRequest({ authorizationUrl, probeAuthorization }, provider, redirectUri) }
  }
  const all = (result: string) => ({ clientId: result, callbackUrl: result, scopes: result, pkce: result })
  const withoutPkce = aProviderRow({ settings: { ...settings, pkce: false } })

  test.each<[string, Parameters<typeof asked>, Record<string, string>]>([
    ['goes on, and every wrong part is refused', [goesOn], all('passed')],
    ['goes on, and so does whatever is wrong', [goesOn, []], all('unknown')],
    [
      'goes on, and some wrong parts are refused',
      [goesOn, ['callbackUrl', 'clientId']],
      { ...all('unknown'), callbackUrl: 'passed', clientId: 'passed' },
    ],
    ['goes on, and wrong ones are not answered', [goesOn, 'fails'], all('unknown')],
    ['is not answered', ['fails'], all('unknown')],
    ['is refused without a word', [{ refused: true }], all('unknown')],
    [
      'is refused for the redirect URI',
      [{ refused: true, about: 'callbackUrl' }],
      { ...all('unknown'), callbackUrl: 'failed' },
    ],
    ['is refused for the client', [{ refused: true, about: 'clientId' }], { ...all('unknown'), clientId: 'failed' }],
    [
      'is refused for the scopes, at our place',
      [{ refused: true, about: 'scopes', atRedirectUri: true }],
      { clientId: 'passed', callbackUrl: 'passed', scopes: 'failed', pkce: 'unknown' },
    ],
    [
      'is refused for PKCE, at our place',
      [{ refused: true, about: 'pkce', atRedirectUri: true }],
      { clientId: 'passed', callbackUrl: 'passed', scopes: 'unknown', pkce: 'failed' },
    ],
    [
      'is refused for the client, at our place',
      [{ refused: true, about: 'clientId', atRedirectUri: true }],
      { clientId: 'failed', callbackUrl: 'passed', scopes: 'unknown', pkce: 'unknown' },
    ],
    ['has no scopes', [goesOn, undefined, aProviderRow({ scopes: [] })], { ...all('passed'), scopes: 'skipped' }],
    ['has no PKCE', [goesOn, undefined, withoutPkce], { ...all('passed'), pkce: 'skipped' }],
    ['misses PKCE', [{ refused: true, about: 'pkce' }, undefined, withoutPkce], { ...all('unknown'), pkce: 'failed' }],
  ])('%s', async (_, args, results) => {
    expect(resultsOf((await asked(...args)).checks)).toEqual(results)
  })

  test('names the exact redirect URI to register', async () => {
    const { checks } = await asked({ refused: true, about: 'callbackUrl' })

    expect(fixes(checks)).toContain(`exactly this redirect URI with the provider: ${redirectUri}`)
  })

  test('is made once as it is, and once with each part made wrong', async () => {
    const { urls } = await asked(goesOn)

    expect(urls.map(wrongPartOf)).toEqual([undefined, 'clientId', 'callbackUrl', 'scopes', 'pkce'])
  })
})

describe('revocation', () => {
  const clientOf = (changes: Partial<Provider['settings']>): Client => ({
    provider: aProviderRow({ settings: { ...settings, revocationUri: 'https://upstream.example/revoke', ...changes } }),
    clientSecret: 's',
  })

  test.each<[string, OAuth['revoke'], Partial<Provider['settings']>, string]>([
    ['is done', async () => undefined, {}, 'passed'],
    ['is not for access tokens', fail('badAnswer', 'unsupported_token_type'), {}, 'passed'],
    ['refuses the client', fail('clientRejected', 'invalid_client'), {}, 'failed'],
    ['fails', fail('transient'), {}, 'unknown'],
    ['says something else', fail('badAnswer', 'invalid_request'), {}, 'unknown'],
    ['does not exist', fail('badAnswer'), { revocationStyle: 'none' }, 'skipped'],
  ])('that %s', async (_, revoke, changes, result) => {
    expect(resultsOf(await checkRevocation({ revoke }, clientOf(changes)))).toEqual({ revocation: result })
  })

  test('that does not exist names where users withdraw what they gave', async () => {
    const settingsUrl = 'https://upstream.example/settings'

    const [check] = await checkRevocation(
      { revoke: fail('badAnswer') },
      clientOf({ revocationStyle: 'none', settingsUrl }),
    )

    expect(check?.message).toContain(settingsUrl)
  })
})
