import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cause } from '../../lib/contract/schemas/diagnosis.ts'
import { checked } from '../support/conforms.ts'
import { type Answer, aCaller, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { answer, type HostileBehaviour } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider } from '../support/hostile-provider.ts'
import type { HostileEndpoint } from '../support/hostile-upstream.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'
import { claims, dead, type History, refusal, rows } from './diagnosis-rows.ts'

let scene: RefreshScene
let admin: Caller
let grace: Caller
beforeAll(async () => {
  scene = await aRefreshScene()
  admin = await anAdmin(scene.grantkeeper)
  grace = checked(await aCaller(scene.grantkeeper))
}, 30_000)
afterAll(() => scene.close())

/** Lets it happen, and asks why. */
const diagnosed = async ({ grant, provider: changed, aged, answers = {} }: History) => {
  const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
  const { id } = await aHostileGrant(scene.caller, provider.id, 'someone')
  if (aged) await scene.rows.age(id)
  if (grant) await scene.rows.changeGrant(id, grant)
  if (changed) await scene.rows.changeProvider(provider.id, changed)
  const asked = Object.entries(answers) as [HostileEndpoint, HostileBehaviour | readonly HostileBehaviour[]][]
  for (const [endpoint, behaviour] of asked) scene.hostile.script(endpoint, behaviour)
  const reply: Answer = await grace.get(`/authorizedProviders/${id}/diagnosis/`)
  for (const [endpoint] of asked) scene.hostile.script(endpoint, [])
  return { id, provider, status: reply.status, body: reply.body as Json }
}

describe('the diagnosis of a grant', () => {
  test.each(rows)('is $cause when $why', async ({ cause: expected, status, who, told = {}, ...history }) => {
    const { id, provider, status: code, body } = await diagnosed(history)

    const { reconnectUrl, explanation, fix, requestedScopes, grantedScopes, missingScopes, ...rest } = body
    const { requestedScopes: _, grantedScopes: __, missingScopes: missing = [], ...codes } = told
    expect(code).toBe(200)
    expect(rest).toEqual({ authorizedProviderId: id, status, cause: expected, whoMustAct: who, ...codes })
    expect([requestedScopes, grantedScopes, missingScopes]).toEqual([
      told.requestedScopes ?? ['profile'],
      told.grantedScopes ?? ['profile'],
      missing,
    ])
    const url = `${scene.grantkeeper.url}/api/v2/externalOAuth/providers/${provider.id}/authorize/?authorizedProviderId=${id}`
    expect(reconnectUrl).toBe(who === 'user' ? url : undefined)
    expect([explanation, fix].every((text) => /^[A-Z].*\.$/.test(text))).toBe(true)
    expect((await grace.get(`/authorizedProviders/${id}/`)).body.status).toBe(status)
  })

  test('has a row above for every cause there is', () => {
    expect([...new Set(rows.map((row) => row.cause))].sort()).toEqual([...cause.options].sort())
  })

  test('asks nobody where the state tells by itself', async () => {
    const before = scene.hostile.requests().length

    const { body } = await diagnosed({ grant: dead('invalidGrant') })

    const asked = scene.hostile.requests().slice(before)
    expect(body.cause).toBe('grantDead')
    expect(asked.filter(({ endpoint }) => endpoint === 'userinfo')).toHaveLength(1)
    expect(asked.filter(({ params }) => params['grant_type'] === 'refresh_token')).toEqual([])
  })

  test('names where to reconnect, and that brings the grant back', async () => {
    const { id, provider, body } = await diagnosed({ aged: true, answers: refusal('interaction_required', { claims }) })
    const begun = await grace.post(body.reconnectUrl.replace(`${scene.grantkeeper.url}/api/v2/externalOAuth`, ''))
    const url = `${begun.body.redirectUrl}&login_hint=someone`
    const { searchParams } = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '')

    const done = await grace.post('/providers/callback/', {
      providerId: provider.id,
      state: searchParams.get('state'),
      code: searchParams.get('code'),
    })

    expect(new URL(begun.body.redirectUrl).searchParams.get('claims')).toBe(claims)
    expect(done.body.authorizedProvider).toMatchObject({ id, status: 'active' })
    expect((await grace.get(`/authorizedProviders/${id}/diagnosis/`)).body.cause).toBe('healthy')
  })

  test("is the owner's alone", async () => {
    const { id } = await diagnosed({})

    const asAdmin = await admin.get(`/authorizedProviders/${id}/diagnosis/`)

    expect(asAdmin).toMatchObject({ status: 403, body: { message: expect.stringContaining('owner') } })
  })

  test('repeats no sentence that the provider wrote', async () => {
    const { body } = await diagnosed({
      aged: true,
      answers: { token: [answer(400, { error: 'invalid_request', error_description: 'a sentence' })] },
    })

    expect(body.cause).toBe('upstreamAnswer')
    expect(JSON.stringify(body)).not.toContain('a sentence')
  })
})
