import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { checked } from '../support/conforms.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let caller: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  caller = checked(await aCaller(grantkeeper))
  provider = await aProvider(grantkeeper, { programmaticConnect: true })
})
afterAll(() => grantkeeper.close())

const REDIRECT = 'http://127.0.0.1/app/callback'
const connect = (id: string, body: Json, by = caller) => by.post(`//api/integrations/${id}/connect`, body)

describe('nothing is connected', () => {
  const code = { code: 'a-code', redirectUri: REDIRECT, codeVerifier: 'v'.repeat(43) }

  test('where no admin has allowed it: 403', async () => {
    const closed = await aProvider(grantkeeper)

    const { status, body } = await connect(closed.id, code)

    expect([status, body.message]).toEqual([403, 'An admin must set programmaticConnect on this provider first.'])
  })

  test.each<[string, Json, string]>([
    ['nothing', {}, 'code'],
    ['both', { ...code, refreshToken: 'x' }, 'code'],
    ['an empty code', { ...code, code: '' }, 'code'],
    ['a code without its redirect URI', { code: 'x', codeVerifier: code.codeVerifier }, 'redirectUri'],
    ['a redirect URI that is none', { ...code, redirectUri: '/callback' }, 'redirectUri'],
    ['a code without the verifier that the provider wants', { ...code, codeVerifier: undefined }, 'codeVerifier'],
    ['a verifier that is none', { ...code, codeVerifier: 'short' }, 'codeVerifier'],
    ['an empty refresh token', { refreshToken: '' }, 'refreshToken'],
  ])('by %s: 422', async (_, body, field) => {
    const answer = await connect(provider.id, body)

    expect([answer.status, answer.body.errorFields.map(({ name }: Json) => name)]).toEqual([
      422,
      expect.arrayContaining([field]),
    ])
  })

  test('by a code that was sent to Grantkeeper, however its address is spelled: 422', async () => {
    const { url } = grantkeeper
    const spellings = [
      provider.callbackUrl,
      `${url}/oauth2/callback`,
      `${url}/%6Fauth2/callback/${provider.id}`,
      `${url}/OAUTH2/callback`,
      `${url.replace('127.0.0.1', '127.1')}/oauth2/callback`,
      `${url}/x/../oauth2/callback`,
      url,
    ]
    const before = grantkeeper.upstream.control.requests().length

    for (const redirectUri of spellings) {
      const { status, body } = await connect(provider.id, { ...code, redirectUri })
      expect([redirectUri, status, body.errorFields?.[0]?.name]).toEqual([redirectUri, 422, 'redirectUri'])
    }
    expect(grantkeeper.upstream.control.requests()).toHaveLength(before)
  })

  test('to a provider that is switched off, and the code is not sent: 409', async () => {
    const admin = await anAdmin(grantkeeper)
    const off = await aProvider(grantkeeper, { programmaticConnect: true })
    await admin.patch(`/providers/${off.id}/`, { status: 'inactive' })

    expect((await connect(off.id, code)).status).toBe(409)
  })

  test('to a shared provider that somebody else has connected, and the code is not sent: 409', async () => {
    const shared = await aProvider(grantkeeper, { programmaticConnect: true, shared: true })
    await aGrant(await aCaller(grantkeeper, { user: 'linus' }), shared.id, 'linus.shared')
    const before = grantkeeper.upstream.control.requests().length

    const { status } = await connect(shared.id, code)

    expect(status).toBe(409)
    const tokenRequests = grantkeeper.upstream.control
      .requests()
      .slice(before)
      .filter(({ endpoint }) => endpoint === 'token')
    expect(tokenRequests).toEqual([])
  })

  test('to an integration of another organization, or to none: 404', async () => {
    const other = checked(await aCaller(grantkeeper, { org: 'globex' }))

    expect((await connect(provider.id, code, other)).status).toBe(404)
    expect((await connect('none', code)).status).toBe(404)
  })
})
