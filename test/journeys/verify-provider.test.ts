import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer, answerWith, html } from '../support/hostile-answers.ts'
import { aHostileProvider } from '../support/hostile-provider.ts'
import { type HostileUpstream, startHostileUpstream } from '../support/hostile-upstream.ts'
import { lives } from '../support/named-lives.ts'
import { aNamedProvider, connectNamed } from '../support/named-provider.ts'
import { type StoredRows, storedRows } from '../support/stored-grant.ts'

let grantkeeper: LocalGrantkeeper
let hostile: HostileUpstream
let rows: StoredRows
let admin: Caller
let grace: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  hostile = await startHostileUpstream()
  rows = storedRows(grantkeeper)
  admin = checked(await anAdmin(grantkeeper))
  grace = await aCaller(grantkeeper)
}, 30_000)
afterAll(async () => {
  rows.close()
  await hostile.close()
  await grantkeeper.close()
})

const verify = async ({ id }: Json): Promise<Record<string, Json>> => {
  const { status, body } = await admin.post(`/providers/${id}/verify/`)
  expect(status).toBe(200)
  return Object.fromEntries(body.data.map(({ check, ...rest }: Json) => [check, rest]))
}
const resultsOf = (checks: Record<string, Json>): Record<string, string> =>
  Object.fromEntries(Object.entries(checks).map(([name, { result }]) => [name, result]))
const good = {
  publicBaseUrl: 'skipped',
  discovery: 'skipped',
  tokenEndpoint: 'passed',
  clientId: 'passed',
  clientSecret: 'passed',
  callbackUrl: 'passed',
}

describe('a provider that is registered as it should be', () => {
  test.each(lives)('passes without a user: $plays', async ({ plays, client, metadata, fields }) => {
    const provider = await aNamedProvider(grantkeeper, {
      plays,
      ...(client && { client }),
      ...(metadata && { metadata }),
      ...(fields && { fields }),
    })

    const { scopes, pkce, revocation, ...others } = resultsOf(await verify(provider))

    expect(others).toEqual(good)
    // What the provider does not look at, or ignores, it cannot confirm.
    expect([scopes, pkce].filter((result) => !['passed', 'unknown', 'skipped'].includes(result ?? ''))).toEqual([])
    expect(['passed', 'skipped']).toContain(revocation)
    expect((await admin.get(`/providers/${provider.id}/`)).body.statusReason).toBe('ok')
  })

  test('passes by its metadata as well', async () => {
    const provider = await aProvider(grantkeeper)

    expect(resultsOf(await verify(provider))).toMatchObject({ ...good, discovery: 'passed', revocation: 'passed' })
  })

  test('is asked by a few requests that hold no secret but where it belongs', async () => {
    const provider = await aNamedProvider(grantkeeper, { plays: 'gitlab' })
    const { control } = grantkeeper.standIn
    control.clearRequests()

    const checks = await verify(provider)

    const asked = control.requests('gitlab').map(({ endpoint }) => endpoint)
    expect(asked.sort()).toEqual([...Array(5).fill('authorization'), 'revocation', 'token'])
    expect(JSON.stringify(checks)).not.toContain('the secret of gitlab')
    expect(control.liveGrants('gitlab')).toEqual([])
  })
})

describe('a provider that is not', () => {
  test('fails by its secret, and is inactive until it has the right one', async () => {
    const provider = await aNamedProvider(grantkeeper, { plays: 'microsoft' })
    const grant = (await connectNamed(grace, provider.id)).body.authorizedProvider
    grantkeeper.standIn.control.setSecret('microsoft', provider.clientId, 'another')
    const view = async () => (await admin.get(`/providers/${provider.id}/`)).body.statusReason

    const wrong = await verify(provider)
    const rejected = await view()
    grantkeeper.standIn.control.setSecret('microsoft', provider.clientId, 'the secret of microsoft')
    const right = await verify(provider)

    expect(wrong.clientSecret).toMatchObject({
      result: 'failed',
      message: expect.stringContaining('invalid_client AADSTS7000215'),
      fix: expect.stringContaining('clientSecret'),
    })
    expect([rejected, right.clientSecret.result, await view()]).toEqual(['invalidClient', 'passed', 'ok'])
    expect((await grace.post(`/authorizedProviders/${grant.id}/accessToken/`)).status).toBe(201)
  })

  test.each(['github', 'gitlab', 'google', 'box', 'microsoft', 'bitbucket'] as const)(
    'fails by its callback URL, and is told which to register: %s',
    async (plays) => {
      const provider = await aNamedProvider(grantkeeper, {
        plays,
        client: { redirectUris: ['https://elsewhere.example/callback'] },
      })

      const { callbackUrl } = await verify(provider)

      expect(callbackUrl).toMatchObject({ result: 'failed', fix: expect.stringMatching(`: ${provider.callbackUrl}$`) })
    },
  )

  test('fails by its client id', async () => {
    const provider = await aProvider(grantkeeper, { clientId: 'nobody' })

    expect(resultsOf(await verify(provider))).toMatchObject({ clientId: 'failed', clientSecret: 'failed' })
  })

  test('fails by its scopes', async () => {
    const provider = await aNamedProvider(grantkeeper, {
      plays: 'gitlab',
      fields: { scopes: ['read_user', 'no.such'] },
    })

    const checks = await verify(provider)

    expect(resultsOf(checks)).toMatchObject({ scopes: 'failed', callbackUrl: 'passed', clientId: 'passed' })
  })

  test('fails by an issuer that has moved', async () => {
    const provider = await aProvider(grantkeeper, { issuer: hostile.url, clientId: 'c', clientSecret: 's' })
    hostile.script('discovery', answerWith({ token_endpoint: `${hostile.url}/new/token` }))

    const { discovery } = await verify(provider)

    hostile.script('discovery', [])
    expect(discovery).toMatchObject({ result: 'failed', message: expect.stringContaining('tokenUrl') })
  })

  test('fails by a token endpoint that is a page, or that gives to anybody', async () => {
    const provider = await aHostileProvider(grantkeeper, hostile)
    hostile.script('token', [html(404)])
    const page = await verify(provider)
    hostile.script('token', [answer(200, { access_token: 'A', token_type: 'Bearer' })])
    const generous = await verify(provider)

    expect([page.tokenEndpoint.result, generous.tokenEndpoint.result]).toEqual(['failed', 'failed'])
  })

  test('is told honestly when nothing can be told', async () => {
    const provider = await aNamedProvider(grantkeeper, { plays: 'gitlab' })
    const { control } = grantkeeper.standIn
    control.set('gitlab', { outage: { at: 'authorization', status: 503 } })
    const without = resultsOf(await verify(provider))
    control.set('gitlab', { outage: { at: 'token', status: 503 } })
    const silent = resultsOf(await verify(provider))
    control.set('gitlab', { outage: { at: 'revocation', status: 503 } })
    const unrevoked = resultsOf(await verify(provider))
    control.reset('gitlab')

    expect(without).toMatchObject({ clientId: 'unknown', callbackUrl: 'unknown', scopes: 'unknown', pkce: 'unknown' })
    expect(silent).toMatchObject({ tokenEndpoint: 'unknown', clientSecret: 'unknown', callbackUrl: 'passed' })
    expect(unrevoked.revocation).toBe('unknown')
    expect((await admin.get(`/providers/${provider.id}/`)).body.statusReason).toBe('ok')
  })
})

describe('verification', () => {
  test('takes no longer than its time, whatever does not answer', async () => {
    const provider = await aHostileProvider(grantkeeper, hostile)
    hostile.script('token', () => undefined)
    hostile.script('revocation', () => undefined)

    const checks = resultsOf(await verify(provider))

    hostile.script('token', [])
    hostile.script('revocation', [])
    expect(checks).toMatchObject({ tokenEndpoint: 'unknown', clientSecret: 'unknown', revocation: 'unknown' })
  })

  test('is of providers that an admin has paused, too, but not of those that are about to go', async () => {
    const provider = await aProvider(grantkeeper)
    await admin.patch(`/providers/${provider.id}/`, { status: 'inactive' })

    const paused = await verify(provider)
    await rows.changeProvider(provider.id, { state: 'deleting' })
    const going = await admin.post(`/providers/${provider.id}/verify/`)

    expect(paused.clientSecret.result).toBe('passed')
    expect(going).toMatchObject({ status: 409, body: { message: 'The provider is being deleted.' } })
  })

  test("is an admin's alone", async () => {
    const provider = await aProvider(grantkeeper)

    expect((await grace.post(`/providers/${provider.id}/verify/`)).status).toBe(403)
  })
})
