import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type IdentityIssuer, mintToken, startIdentityIssuer } from '../../lib/local/oauth/identity-issuer.ts'

let dataDir: string
let identity: IdentityIssuer

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'identity-issuer-'))
  identity = await startIdentityIssuer({ dataDir, port: 0 })
})

afterAll(async () => {
  await identity.close()
  await rm(dataDir, { recursive: true })
})

/** Verifies as the API's authorizer does: by discovery, JWKS, issuer and audience. */
async function verify(token: string) {
  const response = await fetch(`${identity.issuer}/.well-known/openid-configuration`)
  const { issuer, jwks_uri: jwksUri } = (await response.json()) as { issuer: string; jwks_uri: string }
  return jwtVerify(token, createRemoteJWKSet(new URL(jwksUri)), { issuer, audience: identity.audience })
}

describe('the identity issuer', () => {
  test('mints an RS256 token for a user of an organization that its published keys verify', async () => {
    const token = await identity.token({ user: 'ada', org: 'acme', roles: ['admin'] })

    const { payload, protectedHeader } = await verify(token)

    expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    expect(payload).toMatchObject({ sub: 'ada', org_id: 'acme', roles: ['admin'], aud: 'grantkeeper' })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600)
    expect(payload.nbf).toBe(payload.iat)
  })

  test('mints a token that has expired when asked', async () => {
    const token = await identity.token({ user: 'ada', org: 'acme', expiresInSeconds: -60 })

    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' })
  })

  test('lets further claims win, so that wrong tokens can be made', async () => {
    const token = await identity.token({ user: 'ada', org: 'acme', extra: { aud: 'another', tenant: 7 } })

    expect(decodeJwt(token)).toMatchObject({ aud: 'another', tenant: 7 })
    await expect(verify(token)).rejects.toMatchObject({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
  })

  test('shares its key with mintToken, which needs no server', async () => {
    const { issuer, audience } = identity

    const token = await mintToken({ dataDir, issuer, audience, user: 'grace', org: 'acme' })

    expect((await verify(token)).payload).toMatchObject({ sub: 'grace', roles: [] })
  })

  test('verifies tokens from before a restart', async () => {
    const token = await identity.token({ user: 'ada', org: 'acme' })
    const port = Number(new URL(identity.issuer).port)

    await identity.close()
    identity = await startIdentityIssuer({ dataDir, port })

    expect((await verify(token)).payload.sub).toBe('ada')
  })

  test('makes one key when several processes start at once, readable by the owner alone', async () => {
    const fresh = join(dataDir, 'fresh')
    const request = { dataDir: fresh, issuer: 'http://127.0.0.1', audience: 'a', user: 'ada', org: 'acme' }

    const tokens = await Promise.all([mintToken(request), mintToken(request), mintToken(request)])

    expect(new Set(tokens.map((token) => token.split('.')[0])).size).toBe(1)
    expect((await stat(join(fresh, 'identity', 'secrets.json'))).mode & 0o777).toBe(0o600)
  })

  test('never publishes a private key', async () => {
    const response = await fetch(`${identity.issuer}/jwks`)

    const { keys } = (await response.json()) as { keys: object[] }

    expect(keys).toHaveLength(1)
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(keys[0]).not.toHaveProperty(member)
  })
})
