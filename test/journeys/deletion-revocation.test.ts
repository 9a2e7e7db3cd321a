import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { FaultProxyCall } from '../support/fault-proxy.ts'
import { type Answer, aCaller, type Caller, type Json } from '../support/grantkeeper.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, jobIdIn, untilFinished } from '../support/jobs.ts'
import { keepGrants } from '../support/many-grants.ts'

let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab()
}, 30_000)
afterEach(() => {
  lab.grantkeeper.proxies.upstream.plan([])
  lab.grantkeeper.proxies.kms.plan([])
  lab.grantkeeper.upstream.control.resetBehaviour()
})
afterAll(() => lab.close())

const times = Number.POSITIVE_INFINITY
const isRevocation = ({ operation }: FaultProxyCall): boolean => operation === 'POST /revoke'
const failsWith = (status: number, error: string) =>
  lab.grantkeeper.upstream.control.setBehaviour({
    failNext: [{ endpoint: 'revocation', times: 1000, status, body: JSON.stringify({ error }), beforeWork: true }],
  })

const deleteProvider = async ({ admin, provider }: Scene): Promise<Json> => {
  const jobId = jobIdIn(await admin.delete(`/providers/${provider.id}/`))
  const [job] = (await untilFinished(admin, jobId, { withinMs: 25_000 })).slice(-1)
  return job
}

const outcomes = (job: Json) => {
  const { revoked_count, revocation_failed_count, revocation_unsupported_count, spared_count } = detailsOf(job)
  return [revoked_count, revocation_failed_count, revocation_unsupported_count, spared_count].map(Number)
}

/** What the audit records say became of the tokens of a provider, in any order. */
const recorded = ({ provider }: Scene): string[] =>
  readFileSync(join(lab.grantkeeper.dataDir, 'audit.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"token.revoked"') && line.includes(provider.id))
    .map((line) => JSON.parse(line).reason)

describe('a deletion is completed whatever the revocation endpoint does', () => {
  interface Case {
    readonly when: string
    readonly provider?: Record<string, unknown>
    readonly arrange?: () => void
    readonly counts: readonly [revoked: number, failed: number, unsupported: number]
    readonly live: number
  }

  test.each<Case>([
    { when: 'revokes', counts: [5, 0, 0], live: 0 },
    { when: 'is down', arrange: () => failsWith(503, 'temporarily_unavailable'), counts: [0, 5, 0], live: 5 },
    { when: 'has had enough', arrange: () => failsWith(429, 'slow_down'), counts: [0, 5, 0], live: 5 },
    { when: 'refuses the client', arrange: () => failsWith(401, 'invalid_client'), counts: [0, 5, 0], live: 5 },
    { when: 'does not know the token', arrange: () => failsWith(400, 'invalid_token'), counts: [5, 0, 0], live: 5 },
    {
      when: 'is not reachable',
      provider: { revocationUri: 'http://127.0.0.1:1/revoke' },
      counts: [0, 5, 0],
      live: 5,
    },
    {
      when: 'loses its answers',
      arrange: () => lab.grantkeeper.proxies.upstream.plan({ match: isRevocation, times, kind: 'lostAnswer' }),
      counts: [0, 5, 0],
      live: 0,
    },
    {
      when: 'hangs',
      arrange: () => lab.grantkeeper.proxies.upstream.plan({ match: isRevocation, times, kind: 'hang' }),
      counts: [0, 5, 0],
      live: 5,
    },
    { when: 'does not exist', provider: { revocationStyle: 'none' }, counts: [0, 0, 5], live: 5 },
  ])('which $when', async ({ provider = {}, arrange, counts, live }) => {
    const scene = await lab.scene({ grants: 5, provider })
    arrange?.()

    const job = await deleteProvider(scene)

    expect(job.status).toBe('COMPLETED')
    expect(outcomes(job)).toEqual([...counts, 0])
    expect(detailsOf(job)).toMatchObject({ authorization_count: '5', deleted_count: '5' })
    expect(Object.keys(await scene.rows()).sort()).toEqual(['CHUNK', 'JOB'])
    expect(await scene.live()).toHaveLength(live)
  })
})

describe('where a provider revokes all of a user and an app at once', () => {
  const shared = { revocationScope: 'userAndApp' }

  /** Grants of one upstream account, each of another user. */
  const sameAccount = async (scene: Scene, provider: Json, count: number, changed: Partial<Grant> = {}) => {
    const order = { count: 1, clientId: scene.provider.clientId }
    const { control } = lab.grantkeeper.upstream
    control.setBehaviour({ revocation: 'userAndApp' })
    const issued = []
    for (let n = 0; n < count; n++) issued.push(...(await control.issueGrants(order)))
    return keepGrants(lab.backdoor, provider, issued, { users: count, changed })
  }

  test('two grants of one account that go together leave nothing alive', async () => {
    const scene = await lab.scene({ grants: 0, provider: shared })
    await sameAccount(scene, scene.provider, 2)

    const job = await deleteProvider(scene)

    expect(outcomes(job)).toEqual([2, 0, 0, 0])
    expect(await scene.live()).toEqual([])
  })

  test('a sibling under another provider of the same client keeps living', async () => {
    const scene = await lab.scene({ grants: 0, provider: shared })
    const other = await beside(scene)
    await sameAccount(scene, scene.provider, 1)
    const [sibling] = await sameAccount(scene, other, 1)

    const job = await deleteProvider(scene)
    const owner = await aCaller(lab.grantkeeper, { org: scene.orgId, user: 'user-1' })
    const userinfo = await owner.get(`/authorizedProviders/${sibling?.id}/userinfo/`)

    expect(outcomes(job)).toEqual([0, 0, 0, 1])
    expect(recorded(scene)).toEqual(['sibling'])
    expect(userinfo).toMatchObject({ status: 200, body: { sub: 'load-1' } })
  })

  test('the first of two that are disconnected leaves the second alive, the second ends both', async () => {
    const scene = await lab.scene({ grants: 0, provider: shared })
    const [first, second] = await sameAccount(scene, scene.provider, 2)

    const one = await scene.admin.delete(`/authorizedProviders/${first?.id}/`)
    const owner = await aCaller(lab.grantkeeper, { org: scene.orgId, user: 'user-2' })
    const userinfo = await owner.get(`/authorizedProviders/${second?.id}/userinfo/`)
    const two = await scene.admin.delete(`/authorizedProviders/${second?.id}/`)

    expect([one.status, userinfo.status, two.status]).toEqual([204, 200, 204])
    expect(recorded(scene)).toEqual(['sibling', 'revoked'])
    expect(await scene.live()).toEqual([])
  })

  /** Another provider of the same issuer and client. */
  const beside = async ({ admin, provider: { clientId } }: Scene): Promise<Json> => {
    const again = { ...lab.grantkeeper.proxiedProvider, ...shared, clientId, clientSecret: 'a secret' }
    return (await admin.post('/providers/', again)).body
  }

  describe('a grant that is dead spares nobody', () => {
    const over = { accessTokenExpiresAt: 1 }

    test.each<[string, Partial<Grant>]>([
      ['whose refresh token was refused', { deadReason: 'invalidGrant' }],
      ['whose refresh was lost', { deadReason: 'refreshOutcomeUnknown' }],
      ['whose token is over, and which has no other', { ...over, refreshTokenExpiresAt: 1 }],
      ['whose end has come', { expiresAt: 1 }],
      ['of a client that its provider has not any more', { clientId: 'another' }],
    ])('%s', async (_, changed) => {
      const scene = await lab.scene({ grants: 0, provider: shared })
      await sameAccount(scene, scene.provider, 1)
      await sameAccount(scene, await beside(scene), 1, changed)

      const job = await deleteProvider(scene)

      expect(outcomes(job)).toEqual([1, 0, 0, 0])
      expect(await scene.live()).toEqual([])
    })

    test.each<[string, (user: Caller, id: string, scene: Scene) => Promise<Answer>]>([
      ['the external OAuth API', (user, id) => user.delete(`/authorizedProviders/${id}/`)],
      ['the external-auth API', (user, _, { provider }) => user.delete(`//api/v2/external-auth/${provider.id}`)],
      ['the integrations API', (user, _, { provider }) => user.delete(`//api/integrations/${provider.id}/connection`)],
      ['the credentials API', (user, id, { orgId }) => user.delete(`//organisations/${orgId}/credentials/${id}`)],
    ])('whichever way the living one ends: %s', async (_, end) => {
      const scene = await lab.scene({ grants: 0, provider: shared })
      const [grant] = await sameAccount(scene, scene.provider, 1)
      await sameAccount(scene, await beside(scene), 1, { deadReason: 'invalidGrant' })
      const user = await aCaller(lab.grantkeeper, { org: scene.orgId, user: 'user-1' })

      const { status } = await end(user, String(grant?.credentialId), scene)

      expect([200, 204]).toContain(status)
      expect(await scene.live()).toEqual([])
    })

    test('nor does one that waits for its user die of another', async () => {
      const scene = await lab.scene({ grants: 0, provider: shared })
      await sameAccount(scene, scene.provider, 1)
      await sameAccount(scene, await beside(scene), 1, { ...over, deadReason: 'userActionRequired' })

      expect(outcomes(await deleteProvider(scene))).toEqual([0, 0, 0, 1])
    })
  })

  test('two that are disconnected at once leave nothing alive', async () => {
    const scene = await lab.scene({ grants: 0, provider: shared })
    const grants = await sameAccount(scene, scene.provider, 2)

    const answers = await Promise.all(grants.map(({ id }) => scene.admin.delete(`/authorizedProviders/${id}/`)))

    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect(await scene.live()).toEqual([])
  })
})

describe('a grant that is disconnected', () => {
  test('is revoked upstream, and gone with all that stood for it', async () => {
    const { admin, grants, live, rows } = await lab.scene({ grants: 1 })
    const path = `/authorizedProviders/${grants[0]?.id}/`

    const answers = [await admin.delete(path), await admin.get(path), await admin.delete(path)]

    expect(answers.map(({ status }) => status)).toEqual([204, 404, 404])
    expect(answers[0]?.text).toBe('')
    expect(Object.keys(await rows()).sort()).toEqual(['PROV', 'SECRET', 'SLUG'])
    expect(await live()).toEqual([])
  })

  test.each<[string, () => void]>([
    ['is down', () => failsWith(503, 'temporarily_unavailable')],
    ['hangs', () => lab.grantkeeper.proxies.upstream.plan({ match: isRevocation, times, kind: 'hang' })],
  ])('is gone although its provider %s, and that is recorded', async (_, arrange) => {
    const scene = await lab.scene({ grants: 1 })
    const path = `/authorizedProviders/${scene.grants[0]?.id}/`
    arrange()

    const { status } = await scene.admin.delete(path)

    expect(status).toBe(204)
    expect(recorded(scene)).toEqual(['failed'])
    expect((await scene.admin.get(path)).status).toBe(404)
  })

  test('stays while KMS fails, for with it would go what can end it upstream', async () => {
    const scene = await lab.scene({ grants: 1 })
    const path = `/authorizedProviders/${scene.grants[0]?.id}/`
    lab.grantkeeper.proxies.kms.plan({ match: scene.concerns, times, kind: 'error' })

    const failed = await scene.admin.delete(path)
    const alive = await scene.live()
    lab.grantkeeper.proxies.kms.plan([])
    const again = await scene.admin.delete(path)

    expect([failed.status, again.status]).toEqual([503, 204])
    expect(alive).toHaveLength(1)
    expect(await scene.live()).toEqual([])
  })
})
