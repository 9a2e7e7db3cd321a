import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { providerKey } from '../../lib/storage/keys.ts'
import { deep } from '../support/deep.ts'
import type { Fault, FaultProxyCall } from '../support/fault-proxy.ts'
import { aCaller, type Json } from '../support/grantkeeper.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, jobIdIn } from '../support/jobs.ts'
import { keepGrants } from '../support/many-grants.ts'

/** Which calls of a walk are struck: every third, in deep runs every one. */
const STRIDE = deep ? 1 : 3

/** Messages stay in the queues, so that the test says when and how often the job runs. */
let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab({ held: true })
}, 30_000)
afterEach(() => lab.grantkeeper.proxies.dynamodb.plan([]))
afterAll(() => lab.close())

const aFurtherProvider = async ({ admin }: Scene, fields: Record<string, unknown> = {}): Promise<Json> =>
  (await admin.post('/providers/', { ...lab.grantkeeper.proxiedProvider, ...fields })).body

const keep = async (provider: Json, count: number, changed: Parameters<typeof keepGrants>[3] = {}) =>
  keepGrants(lab.backdoor, provider, await lab.grantkeeper.upstream.control.issueGrants(count), changed)

const startStatistics = async ({ orgId, admin }: Scene) => ({
  orgId,
  jobId: jobIdIn(await admin.post('/jobs/', { type: 'STATS' })),
})

const jobOf = async ({ admin }: Scene, { jobId }: { jobId: string }): Promise<Json> =>
  (await admin.get(`/jobs/${jobId}/`)).body

const runnerId = () => `LOCAL${lab.grantkeeper.stack.functionId('workers/run-job')}`
const isRun = ({ caller }: FaultProxyCall): boolean => caller === runnerId()

/** Three providers: one with more grants than a page has, one with few, one with none. */
const aLargeScene = async () => {
  const scene = await lab.scene({ grants: 230 })
  const second = await aFurtherProvider(scene)
  await keep(second, 5, { changed: { refreshCount: 2, refreshFailureCount: 1 } })
  const third = await aFurtherProvider(scene)
  return { scene, second, third }
}

const countsOf = (job: Json) => {
  const { providers, authorizations, refreshes, refresh_failures } = detailsOf(job)
  return [job.status, providers, authorizations, refreshes, refresh_failures]
}
const expectedCounts = ['COMPLETED', '3', '235', '10', '5']

describe('a statistics job', () => {
  test('counts providers, grants by status and provider, refreshes and failures, of its organization alone', async () => {
    const scene = await lab.scene({ grants: 4 })
    await lab.scene({ grants: 3 })
    const active = scene.provider
    await keep(active, 3, { users: 7, changed: { userId: 'dead', deadReason: 'invalidGrant', refreshFailureCount: 2 } })
    const paused = await aFurtherProvider(scene)
    await keep(paused, 6, { changed: { refreshCount: 5 } })
    await scene.admin.patch(`/providers/${paused.id}/`, { status: 'inactive' })
    const refused = await aFurtherProvider(scene)
    await keep(refused, 2, { changed: { clientId: 'the client of before' } })
    const empty = await aFurtherProvider(scene)

    const job = await startStatistics(scene)
    await lab.workers.runJob(job)

    const seen = await jobOf(scene, job)
    expect(seen).toMatchObject({ type: 'STATS', name: 'Statistics', status: 'COMPLETED' })
    expect(detailsOf(seen)).toEqual({
      providers: '4',
      authorizations: '15',
      authorizations_active: '4',
      authorizations_expired: '3',
      authorizations_invalidOAuthClient: '2',
      authorizations_invalidProviderState: '6',
      refreshes: '30',
      refresh_failures: '6',
      [`authorizations_of_provider_${active.id}`]: '7',
      [`authorizations_of_provider_${paused.id}`]: '6',
      [`authorizations_of_provider_${refused.id}`]: '2',
    })
    expect(detailsOf(seen)).not.toHaveProperty(`authorizations_of_provider_${empty.id}`)
  })

  test('of an organization without anything counts nothing', async () => {
    const scene = await lab.scene({ grants: 0 })
    await lab.backdoor.table.client.send(
      new DeleteCommand({ TableName: lab.backdoor.table.name, Key: providerKey(scene.orgId, scene.provider.id) }),
    )

    const job = await startStatistics(scene)
    await lab.workers.runJob(job)

    expect(countsOf(await jobOf(scene, job))).toEqual(['COMPLETED', '0', '0', '0', '0'])
  })

  test('walks by pages and saves each, and no call of any function scans the table', async () => {
    const { scene } = await aLargeScene()
    const job = await startStatistics(scene)
    const { dynamodb } = lab.grantkeeper.proxies
    const already = dynamodb.calls().length

    await lab.workers.runJob(job)

    const calls = dynamodb.calls().slice(already).filter(isRun)
    const saves = calls.filter(
      ({ operation, body }) => operation === 'UpdateItem' && JSON.stringify(body).includes('#progress'),
    )
    const all = dynamodb.calls().filter(({ caller }) => caller !== undefined && caller !== 'LOCALPLATFORM')
    expect(saves).toHaveLength(3 + 1 + 1)
    expect(all.filter(({ operation }) => operation === 'Scan')).toEqual([])
    expect(countsOf(await jobOf(scene, job))).toEqual(expectedCounts)
  })

  test('is for admins only', async () => {
    const { orgId } = await lab.scene({ grants: 0 })
    const user = await aCaller(lab.grantkeeper, { org: orgId })

    expect((await user.post('/jobs/', { type: 'STATS' })).status).toBe(403)
  })
})

describe('the counts are right', () => {
  test('when its message comes many times at once', async () => {
    const { scene } = await aLargeScene()
    const job = await startStatistics(scene)

    await Promise.all(Array.from({ length: 8 }, () => lab.workers.runJob(job)))
    await lab.workers.sweep(job)
    await lab.workers.runJob(job)

    expect(countsOf(await jobOf(scene, job))).toEqual(expectedCounts)
  })

  type Effect =
    | { kind: 'kill'; when: 'before' | 'after'; kill: () => void }
    | { kind: 'lostAnswer' }
    | { kind: 'error' }
  const kill = () => void lab.grantkeeper.stack.functions.kill(lab.grantkeeper.stack.functionId('workers/run-job'))
  test.each<{ what: string; times: number; effect: Effect }>([
    { what: 'kills the worker before it is done', times: 1, effect: { kind: 'kill', when: 'before', kill } },
    { what: 'kills the worker when it is done', times: 1, effect: { kind: 'kill', when: 'after', kill } },
    { what: 'loses its answer', times: 1, effect: { kind: 'lostAnswer' } },
    { what: 'loses its answer until the SDK gives up', times: 3, effect: { kind: 'lostAnswer' } },
    { what: 'fails until the SDK gives up', times: 3, effect: { kind: 'error' } },
  ])(
    'whichever call of the walk $what',
    async ({ times, effect }) => {
      const { scene } = await aLargeScene()
      const { dynamodb } = lab.grantkeeper.proxies
      const wrong: string[] = []
      let place = 0

      for (let struck = true; struck && place < 60; place += STRIDE) {
        const job = await startStatistics(scene)
        struck = false
        let seen = 0
        let target: string | undefined
        const match = (call: FaultProxyCall): boolean => {
          if (!isRun(call)) return false
          const same = `${call.operation} ${JSON.stringify(call.body)}`
          if (seen++ === place) target = same
          struck ||= same === target
          return same === target
        }
        dynamodb.plan({ match, times, ...effect } as Fault)
        await lab.workers.runJob(job)
        dynamodb.plan([])
        await lab.workers.runJob(job)
        const counts = countsOf(await jobOf(scene, job))
        if (String(counts) !== String(expectedCounts)) wrong.push(`${place}: ${counts}`)
      }

      expect(wrong).toEqual([])
      expect(place).toBeGreaterThan(15)
    },
    60_000,
  )

  test('of all that is left when a provider goes between two of its pages', async () => {
    const { scene, second } = await aLargeScene()
    const job = await startStatistics(scene)
    const isSave = ({ operation, body }: FaultProxyCall): boolean =>
      operation === 'UpdateItem' && JSON.stringify(body).includes('#progress')
    lab.grantkeeper.proxies.dynamodb.plan({ match: isSave, kind: 'kill', when: 'after', kill })
    await lab.workers.runJob(job)
    const { table } = lab.backdoor
    const Key = providerKey(scene.orgId, scene.provider.id)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key }))

    await lab.workers.runJob(job)

    const seen = await jobOf(scene, job)
    expect(countsOf(seen)).toEqual(['COMPLETED', '3', '105', '10', '5'])
    expect(detailsOf(seen)).toMatchObject({ [`authorizations_of_provider_${second.id}`]: '5' })
  })
})
