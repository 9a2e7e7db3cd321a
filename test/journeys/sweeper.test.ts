import { setTimeout as sleep } from 'node:timers/promises'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DUE_INDEX } from '../../lib/contract/grant.ts'
import { dueKeyOf, flowKey, jobKey } from '../../lib/storage/keys.ts'
import type { FaultProxyCall } from '../support/fault-proxy.ts'
import { aCaller, aRedirect, type Json } from '../support/grantkeeper.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { jobIdIn } from '../support/jobs.ts'

/** Messages stay in the queues, so that a job moves only when the test lets it. */
let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab({ held: true })
}, 30_000)
afterEach(() => lab.grantkeeper.proxies.dynamodb.plan([]))
afterAll(() => lab.close())

const times = Number.POSITIVE_INFINITY
const invokeSweep = () => lab.grantkeeper.stack.functions.invoke(lab.grantkeeper.stack.functionId('workers/sweep'), {})

const startDeletion = async ({ orgId, admin, provider }: Scene) => ({
  orgId,
  jobId: jobIdIn(await admin.delete(`/providers/${provider.id}/`)),
})

/** What the sweeper reads of the index from now on: these rows besides those that are really there. */
const showInIndex = (...rows: Json[]): void => {
  const rewrite = (answer: Json, { body }: FaultProxyCall) => {
    const shard = (body as Json).ExpressionAttributeValues[':duePk'].S
    const stale = rows.filter(({ duePk }) => duePk.S === shard)
    return { ...answer, Items: [...stale, ...answer.Items], Count: stale.length + answer.Count }
  }
  const match = ({ operation, body }: FaultProxyCall): boolean =>
    operation === 'Query' && (body as Json).IndexName === DUE_INDEX
  lab.grantkeeper.proxies.dynamodb.plan({ match, times, kind: 'rewrite', rewrite })
}

/** A job as the index shows it while it is behind. */
const staleJob = ({ orgId, jobId }: { orgId: string; jobId: string }): Json => {
  const { pk, sk } = jobKey(orgId, jobId)
  return attributes({ pk, sk, duePk: dueKeyOf(jobId), orgId, id: jobId, type: 'DELETE_PROVIDER' })
}

const attributes = (named: Record<string, string>): Json => ({
  ...Object.fromEntries(Object.entries(named).map(([name, value]) => [name, { S: value }])),
  dueAt: { N: '1' },
})

describe('the sweeper', () => {
  test('leaves a job alone whose time has not come', async () => {
    const scene = await lab.scene()
    const job = await startDeletion(scene)
    const before = await scene.rows()

    await invokeSweep()

    expect(scene.sent().jobs).toEqual([job])
    expect(await scene.rows()).toEqual(before)
  })

  test('sends a job once that many sweeps look at together', async () => {
    const scene = await lab.scene()
    const job = await startDeletion(scene)

    await lab.backdoor.change(jobKey(job.orgId, job.jobId), { dueAt: 1 })

    await Promise.all(Array.from({ length: 4 }, invokeSweep))

    expect(scene.sent().jobs).toEqual([job, job])
    expect((await scene.rows()).JOB).toMatchObject([{ mark: 'PENDING:0:0' }])
  })

  test('looks after many jobs in one go, though it cannot read one of them', async () => {
    const scenes = await Promise.all(Array.from({ length: 20 }, () => lab.scene({ grants: 0 })))
    const jobs = await Promise.all(scenes.map(startDeletion))
    for (const { orgId, jobId } of jobs) await lab.backdoor.change(jobKey(orgId, jobId), { dueAt: 1 })
    const [broken] = jobs
    const isBroken = ({ operation, body }: FaultProxyCall): boolean =>
      operation === 'GetItem' && JSON.stringify(body).includes(`"${broken?.jobId}"`)
    lab.grantkeeper.proxies.dynamodb.plan({ match: isBroken, times, kind: 'error' })

    const result = await invokeSweep()

    expect(result).toMatchObject({ kind: 'ok' })
    expect(scenes.map(({ sent }) => sent().jobs.length)).toEqual(scenes.map((_, place) => (place === 0 ? 1 : 2)))
  })
})

describe('an index that is behind does no harm', () => {
  test('when it still shows a job that is finished', async () => {
    const scene = await lab.scene()
    const job = await startDeletion(scene)
    await lab.workers.runJob(job)
    for (const chunk of scene.sent().chunks) await lab.workers.deleteChunk(chunk)
    const before = await scene.rows()
    showInIndex(staleJob(job))

    const results = [await invokeSweep(), await invokeSweep()]

    expect(results.map(({ kind }) => kind)).toEqual(['ok', 'ok'])
    expect(before.JOB).toMatchObject([{ status: 'COMPLETED' }])
    expect(await scene.rows()).toEqual(before)
    expect(scene.sent().jobs).toHaveLength(1)
  })

  test('when it still shows a job as due that was revived just now', async () => {
    const scene = await lab.scene()
    const job = await startDeletion(scene)
    await lab.workers.sweep(job)
    const before = await scene.rows()
    showInIndex(staleJob(job))

    for (let sweeps = 0; sweeps < 6; sweeps++) await invokeSweep()

    expect(await scene.rows()).toEqual(before)
    expect(before.JOB).toMatchObject([{ status: 'PENDING', mark: 'PENDING:0:0' }])
    expect(scene.sent().jobs).toHaveLength(2)
  })

  test('when it shows a job or a flow that is gone', async () => {
    const jobId = 'gone'
    const { pk, sk } = flowKey(jobId)
    showInIndex(
      staleJob({ orgId: 'nobody', jobId }),
      attributes({ pk, sk, duePk: dueKeyOf(jobId), orgId: 'nobody', key: jobId }),
    )

    const before = (await lab.backdoor.rows()).length
    const result = await invokeSweep()

    expect(result.kind).toBe('ok')
    expect(await lab.backdoor.rows()).toHaveLength(before)
  })

  test('when it shows nothing at all: the next sweep does', async () => {
    const scene = await lab.scene()
    const job = await startDeletion(scene)
    const match = ({ body }: FaultProxyCall): boolean => (body as Json).IndexName === DUE_INDEX
    lab.grantkeeper.proxies.dynamodb.plan({ match, times, kind: 'rewrite', rewrite: () => ({ Items: [], Count: 0 }) })
    await lab.workers.sweep(job)
    const unseen = scene.sent().jobs.length
    lab.grantkeeper.proxies.dynamodb.plan([])

    await invokeSweep()

    expect([unseen, scene.sent().jobs.length]).toEqual([1, 2])
  })
})

test('flows whose provider hangs do not keep a job from being revived', async () => {
  const scene = await lab.scene()
  const job = await startDeletion(scene)
  const other = await lab.scene({ grants: 0 })
  const user = await aCaller(lab.grantkeeper, { org: other.orgId })
  const isToken = ({ operation }: FaultProxyCall): boolean => operation === 'POST /token'
  lab.grantkeeper.proxies.upstream.plan({ match: isToken, times, kind: 'lostAnswer' })
  await Promise.all(
    Array.from({ length: 3 }, async (_, n) => {
      const flow = await aRedirect(user, other.provider.id, `account-${n}`)
      await user.post('/providers/callback/', flow)
    }),
  )
  expect(await makeDue(other)).toBe(3)
  lab.grantkeeper.proxies.upstream.plan({ match: isToken, times, kind: 'hang' })

  const swept = lab.workers.sweep(job)
  const endsAt = performance.now() + 10_000
  while (scene.sent().jobs.length < 2 && performance.now() < endsAt) await sleep(50)
  const revived = scene.sent().jobs.length
  lab.grantkeeper.proxies.upstream.plan([])
  lab.grantkeeper.stack.functions.kill(lab.grantkeeper.stack.functionId('workers/sweep'))
  await swept

  expect(revived).toBe(2)
}, 60_000)

/** Lets the time come of every flow whose code was sent; answers how many there are. */
const makeDue = async ({ orgId }: Scene): Promise<number> => {
  const { table, rows } = lab.backdoor
  const flows = (await rows()).filter((row) => row.pk.startsWith('FLOW#') && row.orgId === orgId && row.duePk)
  for (const row of flows) {
    await table.client.send(new PutCommand({ TableName: table.name, Item: { ...row, dueAt: 1, claimUntil: 1 } }))
  }
  return flows.length
}
