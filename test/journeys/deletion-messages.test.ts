import { ReceiveMessageCommand, SendMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MAX_RECEIVES } from '../../lib/contract/workers.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { jobStore } from '../../lib/storage/job-store.ts'
import type { FaultProxyCall } from '../support/fault-proxy.ts'
import { aJobLab, type JobLab, type Scene } from '../support/job-lab.ts'
import { detailsOf, jobIdIn, untilFinished } from '../support/jobs.ts'

/** Messages stay in the queues: what is delivered, the test delivers. */
let lab: JobLab
beforeAll(async () => {
  lab = await aJobLab({ held: true })
}, 30_000)
afterEach(() => {
  lab.planSqs()
  lab.grantkeeper.proxies.dynamodb.plan([])
})
afterAll(() => lab.close())

type Effect = { kind: 'error' } | { kind: 'throttle' } | { kind: 'lostAnswer' } | { kind: 'hang' }

const times = Number.POSITIVE_INFINITY
const isSend = ({ operation }: FaultProxyCall): boolean => operation === 'SendMessageBatch'

const startDeletion = async ({ orgId, admin, provider }: Scene) => ({
  orgId,
  jobId: jobIdIn(await admin.delete(`/providers/${provider.id}/`)),
})

/** Delivers what was sent, in the order in which it was, until nothing new is sent. */
const deliverAll = async (scene: Scene): Promise<void> => {
  let [jobs, chunks] = [0, 0]
  for (let rounds = 0; rounds < 20; rounds++) {
    const sent = scene.sent()
    for (const message of sent.jobs.slice(jobs)) await lab.workers.runJob(message)
    for (const message of sent.chunks.slice(chunks)) await lab.workers.deleteChunk(message)
    if (sent.jobs.length === jobs && sent.chunks.length === chunks) return
    ;[jobs, chunks] = [sent.jobs.length, sent.chunks.length]
  }
}

const jobOf = async ({ admin }: Scene, { jobId }: { jobId: string }) => (await admin.get(`/jobs/${jobId}/`)).body

const expectGone = async (scene: Scene): Promise<void> => {
  const { JOB, CHUNK = [], ...others } = await scene.rows()
  expect(others).toEqual({})
  expect(CHUNK.filter(({ sk, ttl }) => !sk.startsWith('DONE#') || ttl === undefined)).toEqual([])
  expect(JOB?.filter(({ ttl, dueAt }) => ttl === undefined || dueAt !== undefined)).toEqual([])
  expect(await scene.live()).toEqual([])
}

describe('a message that SQS does not take is made good by the sweeper', () => {
  test.each<Effect>([{ kind: 'error' }, { kind: 'throttle' }, { kind: 'lostAnswer' }, { kind: 'hang' }])(
    'at DELETE: $kind',
    async (effect) => {
      const scene = await lab.scene()
      lab.planSqs({ match: isSend, times, ...effect })

      const job = await startDeletion(scene)
      const provider = await scene.admin.get(`/providers/${scene.provider.id}/`)
      lab.planSqs()
      await lab.workers.sweep(job)
      await deliverAll(scene)

      expect(provider.body).toMatchObject({ status: 'deleted', statusReason: 'deleting' })
      expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
      await expectGone(scene)
    },
  )

  test.each<Effect>([{ kind: 'error' }, { kind: 'lostAnswer' }])('when the chunks are sent: $kind', async (effect) => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    lab.planSqs({ match: isSend, times, ...effect })

    await lab.workers.runJob(job)
    const stuck = await jobOf(scene, job)
    lab.planSqs()
    await lab.workers.sweep(job)
    await deliverAll(scene)

    expect(stuck).toMatchObject({ status: 'RUNNING' })
    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ authorization_count: '60', revoked_count: '60' })
    await expectGone(scene)
  })

  test('also when it takes only a part of a batch', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    const refuseLast = (answer: unknown) => {
      const { Successful } = answer as { Successful: { Id: string }[] }
      const [last] = Successful.slice(-1)
      return {
        Successful: Successful.slice(0, -1),
        Failed: [{ Id: last?.Id, Code: 'InternalError', SenderFault: false }],
      }
    }
    lab.planSqs({ match: isSend, times: 2, kind: 'rewrite', rewrite: refuseLast })

    await lab.workers.runJob(job)
    const { chunks } = scene.sent()
    await deliverAll(scene)

    expect(new Set(chunks.map(({ chunkId }) => chunkId)).size).toBe(3)
    expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
    await expectGone(scene)
  })
})

describe('a worker that dies', () => {
  const isRemoval = ({ operation, body }: FaultProxyCall): boolean =>
    operation === 'TransactWriteItems' && JSON.stringify(body).includes('GRANT#')
  const kill = (): void =>
    void lab.grantkeeper.stack.functions.kill(lab.grantkeeper.stack.functionId('workers/delete-chunk'))

  test('is followed by another within minutes, long before its message comes back', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    await lab.workers.runJob(job)
    const [first, ...others] = scene.sent().chunks
    let removals = 0
    const match = (call: FaultProxyCall): boolean => isRemoval(call) && ++removals === 7
    lab.grantkeeper.proxies.dynamodb.plan({ match, kind: 'kill', when: 'after', kill })
    await lab.workers.deleteChunk(first ?? { ...job, chunkId: '' })
    lab.grantkeeper.proxies.dynamodb.plan([])
    for (const chunk of others) await lab.workers.deleteChunk(chunk)
    const left = await jobOf(scene, job)

    await lab.workers.sweep(job)
    const sent = scene.sent()
    for (const message of sent.jobs.slice(1)) await lab.workers.runJob(message)
    const resent = scene.sent().chunks.slice(sent.chunks.length)
    for (const message of resent) await lab.workers.deleteChunk(message)

    expect(left.status).toBe('RUNNING')
    expect(resent).toEqual([first])
    expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ deleted_count: '60', revoked_count: '60' })
    await expectGone(scene)
  })

  test('leaves the time at which its job last moved', async () => {
    const scene = await lab.scene({ grants: 30 })
    const job = await startDeletion(scene)
    const before = await jobOf(scene, job)
    await lab.workers.runJob(job)
    const [first] = scene.sent().chunks
    const begun = await jobOf(scene, job)
    const at = Date.now()
    await lab.workers.deleteChunk(first ?? { ...job, chunkId: '' })
    const moved = await jobOf(scene, job)
    await deliverAll(scene)
    const ended = await jobOf(scene, job)

    expect(before.lastMovedAt).toBeUndefined()
    expect(begun.lastMovedAt).toBe(begun.startedAt)
    expect(Date.parse(moved.lastMovedAt)).toBeGreaterThanOrEqual(at)
    expect(ended.lastMovedAt).toBe(ended.finishedAt)
  })
})

describe('a job that does not get on', () => {
  test('is revived for an hour, then failed, and its provider can be deleted anew', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    await lab.workers.runJob(job)

    // The first look sees progress, since the job has begun meanwhile.
    const seen: string[] = []
    for (let looks = 0; looks < 5; looks++) {
      await lab.workers.sweep(job, 21)
      seen.push((await jobOf(scene, job)).status)
    }
    const failed = await scene.admin.get(`/providers/${scene.provider.id}/`)
    const { CHUNK } = await scene.rows()
    const again = await startDeletion(scene)
    await deliverAll(scene)

    expect(seen).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'ERROR', 'ERROR'])
    expect(detailsOf(await jobOf(scene, job)).error).toMatch(/within an hour/)
    expect(failed.body).toMatchObject({ status: 'deleted', statusReason: 'deletionFailed' })
    expect(CHUNK?.map(({ ttl }) => typeof ttl)).toEqual(['number', 'number', 'number'])
    expect(again.jobId).not.toBe(job.jobId)
    expect(await jobOf(scene, again)).toMatchObject({ status: 'COMPLETED' })
    expect(await jobOf(scene, job)).toMatchObject({ status: 'ERROR' })
    await expectGone(scene)
  })

  test('is not failed while it gets on, however often it is revived', async () => {
    const scene = await lab.scene({ grants: 150 })
    const job = await startDeletion(scene)
    await lab.workers.runJob(job)

    for (const chunk of scene.sent().chunks) {
      await lab.workers.sweep(job)
      await lab.workers.sweep(job)
      await lab.workers.deleteChunk(chunk)
    }

    expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
    await expectGone(scene)
  })

  test('is failed by the worker that gets its message for the last time', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    await lab.workers.runJob(job)
    const [broken, ...others] = scene.sent().chunks
    const isRead = ({ operation, body }: FaultProxyCall): boolean =>
      operation === 'GetItem' && JSON.stringify(body).includes(`GRANT#${scene.orgId}`)
    lab.grantkeeper.proxies.dynamodb.plan({ match: isRead, times, kind: 'error' })

    const statuses: string[] = []
    for (let receives = 1; receives <= MAX_RECEIVES; receives++) {
      const result = await lab.workers.deleteChunk({ ...job, chunkId: broken?.chunkId ?? '' }, receives)
      expect(result).toMatchObject({ kind: 'ok', payload: { batchItemFailures: [{}] } })
      statuses.push((await jobOf(scene, job)).status)
    }
    lab.grantkeeper.proxies.dynamodb.plan([])
    const { CHUNK } = await scene.rows()
    for (const chunk of others) await lab.workers.deleteChunk(chunk)

    expect(statuses).toEqual(['RUNNING', 'RUNNING', 'RUNNING', 'RUNNING', 'ERROR'])
    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ deleted_count: '0', error: expect.any(String) })
    expect(CHUNK?.filter(({ ttl }) => ttl === undefined)).toEqual([])
    expect(await scene.live()).toHaveLength(60)
  })

  test('leaves messages that change nothing when they are redriven', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    await deliverAll(scene)
    const before = [await jobOf(scene, job), await scene.rows()]

    await lab.workers.runJob(job)
    await Promise.all(scene.sent().chunks.map((chunk) => lab.workers.deleteChunk(chunk, MAX_RECEIVES)))

    expect([await jobOf(scene, job), await scene.rows()]).toEqual(before)
  })
})

describe('of two runs of one job', () => {
  const isCut = ({ operation, body }: FaultProxyCall): boolean =>
    operation === 'TransactWriteItems' && JSON.stringify(body).includes('OPEN#')

  test('the first may repeat its write of chunks that are done meanwhile, and undoes nothing', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    const overtake = async (): Promise<void> => {
      await lab.workers.runJob(job)
      for (const chunk of scene.sent().chunks) await lab.workers.deleteChunk(chunk)
    }
    lab.grantkeeper.proxies.dynamodb.plan({ match: isCut, kind: 'kill', when: 'after', kill: overtake })

    await lab.workers.runJob(job)
    await deliverAll(scene)

    expect(await jobOf(scene, job)).toMatchObject({ status: 'COMPLETED' })
    expect(detailsOf(await jobOf(scene, job))).toMatchObject({ authorization_count: '60', deleted_count: '60' })
    await expectGone(scene)
  })

  test('the slower may put chunks when the job is finished, and they end as well', async () => {
    const scene = await lab.scene({ grants: 60 })
    const job = await startDeletion(scene)
    await deliverAll(scene)
    const before = await jobOf(scene, job)

    // What a run that had read the partition before does when it comes to write.
    const late = { ...job, id: 'late', grantIds: scene.grants.map(({ id }) => id), ...nothingDone }
    await jobStore(lab.backdoor.table).putChunks({ ...before, orgId: scene.orgId }, [late])
    await lab.workers.deleteChunk({ ...job, chunkId: late.id })

    expect(before.status).toBe('COMPLETED')
    expect(await jobOf(scene, job)).toEqual(before)
    await expectGone(scene)
  })
})

const nothingDone = { deleted: 0, revoked: 0, revocationFailed: 0, revocationUnsupported: 0, spared: 0 }

describe('a message that nobody can handle', () => {
  test.each([
    ['is no JSON', () => 'no JSON'],
    ['is not ours', () => '{"hello":"world"}'],
    ['lacks its chunk', ({ orgId }: Scene) => JSON.stringify({ orgId, jobId: 'j' })],
  ])('because it %s goes to the dead letters after five receives', async (_, bodyOf) => {
    const scene = await lab.scene({ grants: 1 })
    const record = (receives: number) => ({
      messageId: 'm',
      body: bodyOf(scene),
      attributes: { ApproximateReceiveCount: String(receives) },
    })
    const { functions, functionId } = lab.grantkeeper.stack

    const results = await Promise.all(
      [1, MAX_RECEIVES].map((receives) =>
        functions.invoke(functionId('workers/delete-chunk'), { Records: [record(receives)] }),
      ),
    )

    for (const result of results) {
      expect(result).toMatchObject({ kind: 'ok', payload: { batchItemFailures: [{ itemIdentifier: 'm' }] } })
    }
  })

  test("because its job is unknown or another organization's is dropped", async () => {
    const [scene, other] = [await lab.scene({ grants: 1 }), await lab.scene({ grants: 1 })]
    const job = await startDeletion(scene)
    await lab.workers.runJob(job)
    const [chunk] = scene.sent().chunks

    const result = await lab.workers.deleteChunk({ ...job, orgId: other.orgId, chunkId: chunk?.chunkId ?? '' })

    expect(result).toMatchObject({ kind: 'ok', payload: { batchItemFailures: [] } })
    expect(await scene.live()).toHaveLength(1)
    expect(await other.live()).toHaveLength(1)
  })
})

describe('with queues that run', () => {
  test('a poisoned message reaches the dead letters, and its neighbours are done meanwhile', async () => {
    const running = await aJobLab()
    const sqs = new SQSClient(clientConfig(running.grantkeeper.direct.sqs, 'us-east-1'))
    const { stack } = running.grantkeeper
    const QueueUrl = stack.queueUrl('GrantkeeperChunksQueue')
    try {
      const scene = await running.scene({ grants: 30 })
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } }))
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }))

      const [seen] = (await untilFinished(scene.admin, (await startDeletion(scene)).jobId)).slice(-1)
      const isDead = await hasDeadLetter(sqs, stack.outputs.ChunksDlqUrl ?? '', 'poison')

      expect(seen).toMatchObject({ status: 'COMPLETED' })
      expect(isDead).toBe(true)
    } finally {
      sqs.destroy()
      await running.close()
    }
  }, 40_000)
})

/** Waits for a dead letter. */
const hasDeadLetter = async (sqs: SQSClient, QueueUrl: string, body: string): Promise<boolean> => {
  for (let polls = 0; polls < 15; polls++) {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }))
    if (Messages?.some(({ Body }) => Body === body)) return true
  }
  return false
}
