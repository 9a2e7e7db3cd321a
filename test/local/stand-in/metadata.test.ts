import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import type { PlayedProvider } from '../../../lib/local/stand-in/played-provider.ts'
import { useStandIn } from './stage.ts'

const stage = useStandIn()

const read = async (place: string) => {
  const answer = await fetch(`${stage.standIn.url}/${place}`)
  return answer.json() as Promise<Record<string, unknown> & { issuer: string; jwks_uri: string }>
}

describe('the metadata', () => {
  type Row = [url: string, issuer: string]
  const rows: Row[] = [
    ['accounts.google.com/.well-known/openid-configuration', 'https://accounts.google.com'],
    ['gitlab.com/.well-known/openid-configuration', 'https://gitlab.com'],
    ['gitlab.corp.example/gitlab/.well-known/openid-configuration', 'https://gitlab.corp.example/gitlab'],
    [
      'login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
      'https://login.microsoftonline.com/{tenantid}/v2.0',
    ],
    [
      'login.microsoftonline.us/contoso.example/v2.0/.well-known/openid-configuration',
      'https://login.microsoftonline.us/2f1d7c0a-5b3e-4c86-9a47-6e5d4c3b2a10/v2.0',
    ],
  ]

  test.each(rows)('at %s is that of %s, and every place that it names is there', async (url, issuer) => {
    const document = await read(url)

    const missing = []
    for (const [name, place] of Object.entries(document)) {
      if (!/_(endpoint|uri)$/.test(name)) continue
      const answer = await fetch(`${stage.standIn.url}/${String(place).replace('https://', '')}`, {
        redirect: 'manual',
      })
      if (answer.status === 404) missing.push(name)
    }

    expect(document.issuer).toBe(issuer)
    expect(missing).toEqual([])
  })

  test('of Microsoft does not say that PKCE is there', async () => {
    const document = await read('login.microsoftonline.com/common/v2.0/.well-known/openid-configuration')

    expect(document).not.toHaveProperty('code_challenge_methods_supported')
  })
})

describe('an ID token', () => {
  type Row = [PlayedProvider, scope: string, keys: string, issuer: string, claims: object]

  test.each<Row>([
    [
      'google',
      'openid email',
      'www.googleapis.com/oauth2/v3/certs',
      'https://accounts.google.com',
      { sub: '108240017733559201144', email: 'ines@corp.example', hd: 'corp.example' },
    ],
    ['gitlab', 'openid', 'gitlab.com/oauth/discovery/keys', 'https://gitlab.com', { sub: '40917' }],
    [
      'microsoft',
      'openid',
      'login.microsoftonline.com/common/discovery/v2.0/keys',
      'https://login.microsoftonline.com/2f1d7c0a-5b3e-4c86-9a47-6e5d4c3b2a10/v2.0',
      { oid: '4b6e2f10-77c1-4f0e-9d52-0a1b2c3d4e5f', tid: '2f1d7c0a-5b3e-4c86-9a47-6e5d4c3b2a10' },
    ],
  ])(
    'of %s for %s is signed with a key at %s, for one client and one nonce',
    async (provider, scope, keys, issuer, claims) => {
      const visitor = stage.visitor(provider)
      const { reply } = await visitor.connect({ scope, nonce: 'nonce-1' })
      const keySet = createLocalJWKSet((await read(keys)) as unknown as Parameters<typeof createLocalJWKSet>[0])

      const { payload } = await jwtVerify(reply.body.id_token, keySet, {
        issuer,
        audience: visitor.clientId,
        currentDate: new Date((payloadOf(reply.body.id_token).iat + 1) * 1000),
      })

      expect(payload).toMatchObject({ nonce: 'nonce-1', ...claims })
    },
  )

  test.each(['google', 'gitlab', 'microsoft'] as const)('of %s comes with the scope openid alone', async (provider) => {
    const scope = { google: 'email', gitlab: 'read_user', microsoft: 'User.Read' }[provider]

    expect((await stage.visitor(provider).connect({ scope })).reply.body).not.toHaveProperty('id_token')
  })
})

function payloadOf(token: string): { iat: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
}
