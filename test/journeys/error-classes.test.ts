import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answer, errorAs200, errorInHeader, type HostileBehaviour, html, reset } from '../support/hostile-answers.ts'
import { aHostileGrant, aHostileProvider, aHostileRedirect } from '../support/hostile-provider.ts'
import { aRefreshScene, type RefreshScene } from '../support/refresh-scene.ts'

let scene: RefreshScene
beforeAll(async () => {
  scene = await aRefreshScene()
}, 30_000)
afterAll(() => scene.close())

const claims = '{"access_token":{"capolids":{"essential":true,"values":["p1"]}}}'
const limited = { 'x-ratelimit-remaining': '0' }

interface Signal {
  readonly signal: string
  readonly reply: HostileBehaviour
  /** The code and the second codes that are kept. */
  readonly error?: string
  readonly subErrors?: string[]
  readonly claims?: string
}
const says = (error: string, more: Partial<Signal> = {}, status = 400, body: object = {}): Signal => ({
  signal: `${status} ${error} ${JSON.stringify(body)}`,
  reply: answer(status, { error, error_description: 'a sentence', ...body }),
  error,
  ...more,
})

/** The signals of each class, as providers give them. */
const dead: Signal[] = [
  says('invalid_grant'),
  says('invalid_grant', {}, 403),
  says('invalid_grant', { subErrors: ['AADSTS700082'] }, 400, { error_codes: [700082] }),
  says('invalid_refresh_token'),
  says('token_expired'),
  says('token_revoked'),
  { signal: 'bad_refresh_token with 200', reply: errorAs200('bad_refresh_token'), error: 'bad_refresh_token' },
  { signal: 'invalid_grant in a challenge', reply: errorInHeader(400, 'invalid_grant'), error: 'invalid_grant' },
]
const needsUser: Signal[] = [
  says('interaction_required', { subErrors: ['basic_action', 'AADSTS50158'], claims }, 400, {
    suberror: 'basic_action',
    error_codes: [50158],
    claims,
  }),
  says('login_required'),
  says('consent_required'),
  says('admin_policy_enforced'),
  says('invalid_grant', { subErrors: ['invalid_rapt'] }, 400, { error_subtype: 'invalid_rapt' }),
]
const clientRejected: Signal[] = [
  says('invalid_client', {}, 401),
  says('invalid_client', { subErrors: ['AADSTS7000215'] }, 401, { error_codes: [7000215] }),
  says('invalid_client', { subErrors: ['AADSTS7000222'] }, 401, { error_codes: [7000222] }),
  says('deleted_client', {}, 401),
  { signal: 'with 200', reply: errorAs200('incorrect_client_credentials'), error: 'incorrect_client_credentials' },
]
const passing: Signal[] = [
  { signal: 'a cut connection', reply: reset('beforeWork') },
  { signal: 'a failure', reply: answer(500, 'no') },
  { signal: 'too many requests', reply: answer(429, '') },
  { signal: 'too many requests by 403', reply: answer(403, { message: 'limited' }, limited) },
  { signal: 'a page in between', reply: html(403) },
  says('temporarily_unavailable'),
  says('server_error'),
  says('invalid_grant', {}, 500),
  says('invalid_grant', {}, 429),
  says('invalid_client', {}, 503),
  says('interaction_required', { claims }, 502, { claims }),
]
const unusable: Signal[] = [
  says('bad_verification_code'),
  says('redirect_uri_mismatch'),
  says('invalid_request'),
  says('invalid_scope'),
  says('unauthorized_client'),
  { signal: 'no code', reply: answer(403, { message: 'You may not' }) },
]

const rows = (signals: readonly Signal[], status: number, grant: string, reason: string | undefined, kept: boolean) =>
  signals.map((signal) => ({ ...signal, status, grant, reason, kept }))

describe('a refresh that is refused', () => {
  test.each([
    ...rows(dead, 410, 'expired', 'invalidGrant', false),
    // The token is not said to be bad.
    ...rows(needsUser, 410, 'expired', 'userActionRequired', true),
    ...rows(clientRejected, 403, 'invalidOAuthClient', 'invalidClient', true),
    ...rows(passing, 502, 'active', undefined, true),
    ...rows(unusable, 502, 'active', undefined, true),
  ])(
    'by $signal leaves the grant $grant, $reason',
    async ({ signal: _, reply, status, grant, reason, kept, ...codes }) => {
      const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
      const { id } = await aHostileGrant(scene.caller, provider.id, 'someone')
      const before = await scene.rows.grant(id)
      await scene.rows.age(id)
      scene.hostile.script('token', [reply])

      const refused = await scene.ask(id)

      const row = await scene.rows.grant(id)
      const { at, failure: __, ...noted } = row?.lastFailure ?? { at: 0, failure: '' }
      expect(refused.status).toBe(status)
      expect(await scene.statusOf(id)).toEqual({ status: grant, ...(reason !== undefined && { statusReason: reason }) })
      expect(row?.refreshToken).toEqual(kept ? before?.refreshToken : undefined)
      expect(row?.accessToken).toEqual(before?.accessToken)
      expect(noted).toEqual(codes)
      expect(at).toBeGreaterThan(before?.updatedAt ?? Number.POSITIVE_INFINITY)
      expect(JSON.stringify(row)).not.toContain('a sentence')
    },
  )

  test('is forgotten when the next one succeeds', async () => {
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const { id } = await aHostileGrant(scene.caller, provider.id, 'someone')
    await scene.rows.age(id)
    scene.hostile.script('token', [answer(400, { error: 'invalid_request' })])
    await scene.ask(id)
    await scene.rows.wait(id)

    const served = await scene.ask(id)

    expect(served.status).toBe(201)
    expect(await scene.rows.grant(id)).not.toHaveProperty('lastFailure')
  })

  test('is forgotten when the account is connected anew', async () => {
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const { id } = await aHostileGrant(scene.caller, provider.id, 'someone')
    await scene.rows.age(id)
    scene.hostile.script('token', [answer(400, { error: 'interaction_required', claims })])
    await scene.ask(id)

    const renewed = await aHostileGrant(scene.caller, provider.id, 'someone')

    expect(renewed).toMatchObject({ id, status: 'active' })
    expect(await scene.rows.grant(id)).not.toHaveProperty('lastFailure')
  })
})

describe('a code that is refused', () => {
  const coded = (signals: readonly Signal[], status: number, again: number, provider = 'ok') =>
    signals.map((signal) => ({ ...signal, status, again, provider }))

  test.each([
    ...coded([...dead, ...needsUser], 400, 400),
    ...coded([says('bad_verification_code'), says('redirect_uri_mismatch')], 400, 400),
    ...coded(clientRejected, 409, 409, 'invalidClient'),
    // Nothing was spent, so the same call may be made again.
    ...coded(
      passing.filter(({ signal }) => signal !== 'a cut connection'),
      502,
      200,
    ),
    ...coded([says('invalid_request'), says('invalid_scope'), says('unauthorized_client')], 502, 200),
  ])('by $signal is answered $status, then $again', async ({ reply, status, again, provider: reason }) => {
    const provider = await aHostileProvider(scene.grantkeeper, scene.hostile)
    const redirect = await aHostileRedirect(scene.caller, provider.id, 'someone')
    scene.hostile.script('token', [reply])

    const refused = await scene.caller.post('/providers/callback/', redirect)
    const repeated = await scene.caller.post('/providers/callback/', redirect)

    expect([refused.status, repeated.status]).toEqual([status, again])
    expect(refused.text).not.toContain('a sentence')
    expect((await scene.caller.get(`/providers/${provider.id}/`)).body.statusReason).toBe(reason)
  })
})
