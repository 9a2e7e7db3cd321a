import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type IdentityIssuer, startIdentityIssuer } from '../../lib/local/oauth/identity-issuer.ts'
import { isOwnHost } from '../../lib/local/own-server.ts'
import { recallIssuer } from '../../lib/local/recall-issuer.ts'
import { aGrantkeeper } from '../support/grantkeeper.ts'

describe('a Host is ours', () => {
  test.each([
    ['127.0.0.1', true],
    ['127.0.0.1:8080', true],
    ['127.0.0.2:8080', true],
    ['[::1]:8080', true],
    ['localhost', true],
    ['LOCALHOST:8080', true],
    ['app.localhost:8080', true],
    ['tunnel.example', true],
    ['Tunnel.Example:443', true],
    ['rebinding.example', false],
    ['127.0.0.1.rebinding.example', false],
    ['localhost.rebinding.example', false],
    ['notlocalhost', false],
    ['tunnel.example.rebinding.example', false],
    ['0.0.0.0:8080', false],
    ['10.0.0.1', false],
    ['a b', false],
    ['', false],
  ])('%s: %s', (host, ours) => {
    expect(isOwnHost(host, 'https://tunnel.example')).toBe(ours)
  })

  test('tunnel.example is not without a public URL that says so', () => {
    expect(isOwnHost('tunnel.example')).toBe(false)
  })
})

/** The status of a request as a browser sends it to a name that was led here. */
const statusFor = async (url: string, host: string): Promise<number> => {
  const [response] = await once(request(url, { headers: { host } }).end(), 'response')
  response.resume()
  return response.statusCode
}

describe('a stack with an issuer of its owner, and a URL of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'own-issuer-'))
  let issuer: IdentityIssuer
  let grantkeeper: Awaited<ReturnType<typeof aGrantkeeper>>
  beforeAll(async () => {
    issuer = await startIdentityIssuer({ dataDir: folder, port: 0 })
    const own = { issuer: issuer.issuer, audience: 'my-api', orgClaim: 'tenant', rolesClaim: 'groups' }
    grantkeeper = await aGrantkeeper({ issuer: own, publicBaseUrl: 'http://localhost:8080' })
  })
  afterAll(async () => {
    await grantkeeper.close()
    await issuer.close()
    rmSync(folder, { recursive: true })
  })

  const providers = async (extra: Record<string, unknown>, body?: object) => {
    const token = await issuer.token({ user: 'ada', org: 'not looked at', extra: { aud: 'my-api', ...extra } })
    return fetch(`${grantkeeper.url}/api/v2/externalOAuth/providers/`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
  }

  test('takes its tokens, with the claims as they are named', async () => {
    const client = { type: 'github', name: 'GitHub', clientId: 'c', clientSecret: 's' }

    const made = await providers({ tenant: 'acme', groups: ['admin'] }, client)

    expect(made.status).toBe(201)
    expect(await made.json()).toMatchObject({
      orgId: 'acme',
      callbackUrl: expect.stringMatching(/^http:\/\/localhost:8080\/oauth2\/callback\//),
    })
  })

  test.each([
    ['for another audience', { tenant: 'acme', aud: 'grantkeeper' }],
    ['without the claim of the organization', { org_id: 'acme' }],
  ])('takes none %s', async (_, claims) => {
    expect((await providers(claims)).status).toBe(401)
  })

  test('mints none itself, and says where they are had', async () => {
    const said = `The local stack takes JWTs of ${issuer.issuer}: get them there`

    await expect(grantkeeper.identity.token({ user: 'ada', org: 'acme' })).rejects.toThrow(said)
    expect(() => recallIssuer(grantkeeper.dataDir)).toThrow(said)
  })

  test.each([
    ['the API', () => grantkeeper.url],
    ['the identity issuer', () => issuer.issuer],
    ['the demo provider', () => grantkeeper.upstream.issuer],
    ['the stand-in', () => grantkeeper.standIn.url],
    ['SQS', () => grantkeeper.stack.endpoints.sqs],
    ['KMS', () => grantkeeper.stack.endpoints.kms],
  ])('answers 421 to the page of a name that leads here, at %s', async (_, urlOf) => {
    const url = urlOf()

    expect(await statusFor(url, `rebinding.example:${new URL(url).port}`)).toBe(421)
    expect(await statusFor(url, new URL(url).host)).not.toBe(421)
  })
})
