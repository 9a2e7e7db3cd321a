import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aCaller, aGrant, anAdmin, aRedirect } from '../support/grantkeeper.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, jobIdIn } from '../support/jobs.ts'

/** Messages stay in the queues, so that a deletion goes on only when the test lets it. */
let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab({ held: true })
}, 30_000)
afterAll(() => lab.close())

const finish = async (scene: Scene): Promise<void> => {
  for (const message of scene.sent().jobs) await lab.workers.runJob(message)
  for (const message of scene.sent().chunks) await lab.workers.deleteChunk(message)
}

describe('DELETE of a provider', () => {
  test('answers 202 with the place of the job, in the body and in Location', async () => {
    const { admin, provider } = await lab.scene()

    const answer = await admin.delete(`/providers/${provider.id}/`)
    const job = await admin.request('GET', `/${new URL(answer.body.location).pathname}`)

    expect(answer.status).toBe(202)
    expect(answer.body).toEqual({ location: expect.stringMatching(/^http.*\/api\/v2\/externalOAuth\/jobs\/[^/]+\/$/) })
    expect(answer.headers.get('location')).toBe(answer.body.location)
    expect(job.body).toMatchObject({
      type: 'DELETE_PROVIDER',
      name: `Delete provider ${provider.name}`,
      status: 'PENDING',
      details: expect.arrayContaining([{ name: 'provider_id', value: provider.id }]),
    })
    expect(job.body).not.toHaveProperty('startedAt')
  })

  test('by many at once is one job', async () => {
    const scene = await lab.scene()
    const other = await anAdmin(lab.grantkeeper, { user: 'bob', org: scene.orgId })

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? scene.admin : other).delete(`/providers/${scene.provider.id}/`)),
    )
    const jobs = await other.get('/jobs/?type=DELETE_PROVIDER')

    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(jobs.body.data.map(({ id }: { id: string }) => id)).toEqual([jobIdIn(answers[0] ?? never())])
  })

  test('repeated while it runs is the same job', async () => {
    const { admin, provider, sent } = await lab.scene()

    const first = await admin.delete(`/providers/${provider.id}/`)
    for (const message of sent().jobs) await lab.workers.runJob(message)
    const second = await admin.delete(`/providers/${provider.id}/`)

    expect(second).toMatchObject({ status: 202, text: first.text })
  })

  test('with dryRun counts what would go, and changes nothing', async () => {
    const scene = await lab.scene({ grants: 30, users: 4 })
    const before = await scene.rows()

    const answer = await scene.admin.delete(`/providers/${scene.provider.id}/?dryRun=true`)

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ authorizationCount: 30, userCount: 4 })
    expect(await scene.rows()).toEqual(before)
    expect(scene.sent()).toEqual({ jobs: [], chunks: [] })
  })

  test.each([
    ['a user', async ({ orgId }: Scene) => aCaller(lab.grantkeeper, { org: orgId }), 403],
    ['an admin of another organization', async () => anAdmin(lab.grantkeeper, { org: 'elsewhere' }), 404],
  ])('by %s starts nothing', async (_, who, status) => {
    const scene = await lab.scene()
    const before = await scene.rows()

    const answer = await (await who(scene)).delete(`/providers/${scene.provider.id}/`)

    expect(answer.status).toBe(status)
    expect(await scene.rows()).toEqual(before)
  })
})

describe('while a provider is deleted', () => {
  test('its slug is free, and may be taken by a provider that outlives the deletion', async () => {
    const scene = await lab.scene()
    const { admin, provider } = scene
    await admin.delete(`/providers/${provider.id}/`)

    const next = await admin.post('/providers/', { ...lab.grantkeeper.proxiedProvider, slug: provider.slug })
    await finish(scene)
    const still = await admin.get(`/providers/${next.body.id}/`)
    const third = await admin.post('/providers/', { ...lab.grantkeeper.proxiedProvider, slug: provider.slug })

    expect(next.status).toBe(201)
    expect(still.body).toMatchObject({ slug: provider.slug, status: 'active' })
    expect(third.status).toBe(409)
  })

  test('it is shown as deleted, cannot be changed, connected or used', async () => {
    const scene = await lab.scene()
    const { admin, provider, orgId } = scene
    const user = await aCaller(lab.grantkeeper, { org: orgId })
    const { id } = await aGrant(user, provider.id)
    await admin.delete(`/providers/${provider.id}/`)

    const answers = {
      get: await admin.get(`/providers/${provider.id}/`),
      patch: await admin.patch(`/providers/${provider.id}/`, { name: 'Other' }),
      authorize: await user.post(`/providers/${provider.id}/authorize/`),
      grant: await user.get(`/authorizedProviders/${id}/`),
      token: await user.post(`/authorizedProviders/${id}/accessToken/`),
    }

    expect(answers.get.body).toMatchObject({ status: 'deleted', statusReason: 'deleting' })
    expect(answers.patch.status).toBe(409)
    expect(answers.authorize.status).toBe(409)
    expect(answers.grant.body).toMatchObject({ status: 'invalidProviderState', statusReason: 'deleting' })
    expect(answers.token.status).toBe(403)
  })

  test('a flow that began before is refused, and its tokens do not live on', async () => {
    const scene = await lab.scene({ grants: 0 })
    const user = await aCaller(lab.grantkeeper, { org: scene.orgId })
    const redirect = await aRedirect(user, scene.provider.id)
    await scene.admin.delete(`/providers/${scene.provider.id}/`)

    const answer = await user.post('/providers/callback/', redirect)

    expect(answer.status).toBe(409)
    expect(await scene.live()).toEqual([])
  })
})

describe('after a deletion', () => {
  test('provider and grants answer as if they had never been, and the job can still be read', async () => {
    const scene = await lab.scene({ grants: 2, users: 1 })
    const { admin, provider, orgId, grants } = scene
    const owner = await aCaller(lab.grantkeeper, { org: orgId, user: 'user-1' })
    const jobId = jobIdIn(await admin.delete(`/providers/${provider.id}/`))

    await finish(scene)
    const unknown = '01900000-0000-7000-8000-000000000000'
    const statusesOf = async (providerId: string, grantId: string) => [
      await admin.get(`/providers/${providerId}/`),
      await admin.patch(`/providers/${providerId}/`, { name: 'Other' }),
      await admin.delete(`/providers/${providerId}/`),
      await owner.post(`/providers/${providerId}/authorize/`),
      await owner.post('/providers/callback/', { providerId, code: 'c', state: 'some-state' }),
      await owner.get(`/authorizedProviders/${grantId}/`),
      await owner.post(`/authorizedProviders/${grantId}/accessToken/`),
      await owner.get(`/authorizedProviders/${grantId}/userinfo/`),
      await owner.delete(`/authorizedProviders/${grantId}/`),
    ]
    const answers = await statusesOf(provider.id, grants[0]?.id ?? '')
    const never = await statusesOf(unknown, unknown)
    const job = await admin.get(`/jobs/${jobId}/`)

    expect(answers.map(({ status, text }) => [status, text])).toEqual(never.map(({ status, text }) => [status, text]))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    expect((await owner.get('/authorizedProviders/')).body.data).toEqual([])
    expect(job.body).toMatchObject({ status: 'COMPLETED', finishedAt: expect.any(String) })
    expect(JSON.parse(detailsOf(job.body).authorization_ids ?? '').sort()).toEqual(grants.map(({ id }) => id).sort())
  })
})

const never = (): never => {
  throw new Error('There must be an answer')
}
