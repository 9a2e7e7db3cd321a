import { describe, expect, test } from 'vitest'
import { DUE_SHARDS } from '../../lib/contract/grant.ts'
import type { Chunk, Job } from '../../lib/domain/jobs/job.ts'
import type { Due, JobMessage } from '../../lib/domain/ports.ts'
import { type SweepPorts, sweep } from '../../lib/domain/sweep.ts'
import { aChunkRow, aJobRow, aProviderRow } from '../support/records.ts'

const DAY = 24 * 3_600_000

/** What the sweeper sees and does, in memory: one job, its chunks, and what is due. */
const aScene = (
  job: Job | undefined,
  { chunks = [] as Chunk[], due = undefined as Due[] | undefined, queueFails = false } = {},
) => {
  let current = job
  const sent: JobMessage[] = []
  const postponed: { dueAt: number; revivals: number; mark: string }[] = []
  const failed: Job['details'][] = []
  const listed = due ?? (job ? [{ type: 'job', orgId: job.orgId, id: job.id } as const] : [])
  const ports = {
    jobs: {
      due: async (shard: number) => (shard === 0 ? listed : []),
      get: async (_org: string, id: string) => (id === 'broken' ? Promise.reject(new Error('broken')) : current),
      postpone: async (seen: Job, dueAt: number, { revivals, mark }: { revivals: number; mark: string }) => {
        if (seen !== current) return false
        postponed.push({ dueAt, revivals, mark })
        current = { ...seen, revivals, mark }
        return true
      },
      openChunks: async () => ({ items: chunks }),
      doneChunks: async () => ({ items: [] }),
      finishChunk: async () => true,
      fail: async (_job: Job, details: Job['details']) => failed.push(details) > 0,
    },
    flows: { get: async () => undefined },
    audit: { record: () => undefined },
    queue: {
      send: async (queue: string, messages: readonly JobMessage[]) => {
        if (queueFails) throw new Error('SQS is down')
        expect(queue).toBe('jobs')
        sent.push(...messages)
      },
    },
  } as unknown as SweepPorts
  return { ports, sent, postponed, failed, current: () => current }
}

const aJob = (changes: Partial<Job> = {}) => aJobRow(aProviderRow(), changes)
/** What a job without any progress looks like to the sweeper. */
const still = 'PENDING:0:0'

describe('a job that does not move', () => {
  test.each<[string, Partial<Job>, number | 'failed']>([
    ['is sent when it was never seen', {}, 1],
    ['is sent a second time', { revivals: 1, mark: still }, 2],
    ['is sent a third time', { revivals: 2, mark: still }, 3],
    ['has failed after the third time', { revivals: 3, mark: still }, 'failed'],
    ['is sent as if for the first time when it has moved', { revivals: 3, mark: 'PENDING:1:7' }, 1],
    ['is sent as if for the first time when it has begun', { status: 'RUNNING', revivals: 3, mark: still }, 1],
  ])('%s', async (_, changes, outcome) => {
    const job = aJob(changes)
    const scene = aScene(job)

    expect(await sweep(scene.ports)).toMatchObject({ due: 1, failed: 0 })

    if (outcome === 'failed') {
      expect(scene.sent).toEqual([])
      expect(scene.failed[0]?.at(-1)).toEqual({ name: 'error', value: 'No progress after 3 revivals' })
    } else {
      expect(scene.sent).toEqual([{ orgId: job.orgId, jobId: job.id }])
      expect(scene.postponed).toMatchObject([{ revivals: outcome }])
      expect(scene.failed).toEqual([])
    }
  })

  test('is looked at again in a quarter of an hour, and left alone till then', async () => {
    const before = Date.now()
    const scene = aScene(aJob())

    await sweep(scene.ports)

    const [{ dueAt } = { dueAt: 0 }] = scene.postponed
    expect(dueAt - before).toBeGreaterThanOrEqual(15 * 60_000)
    expect(dueAt - before).toBeLessThan(16 * 60_000)
  })

  test('gets to its end in four sweeps, if nothing ever comes of it', async () => {
    const scene = aScene(aJob())

    for (let sweeps = 0; sweeps < 4; sweeps++) await sweep(scene.ports)

    expect([scene.sent.length, scene.failed.length]).toEqual([3, 1])
  })

  test.each<[string, Partial<Chunk>]>([
    ['a grant was deleted', { deleted: 1 }],
    ['chunks were cut', {}],
  ])('has moved when %s', async (_, counts) => {
    const job = aJob({ status: 'RUNNING', revivals: 3, mark: 'RUNNING:0:0' })
    const scene = aScene(job, { chunks: [aChunkRow(job, counts)] })

    await sweep(scene.ports)

    expect(scene.postponed).toMatchObject([{ revivals: 1, mark: `RUNNING:1:${counts.deleted ?? 0}` }])
  })

  test('has moved when a walk has saved a page', async () => {
    const progress = { walk: 'w', pages: 1, counts: { providers: 1 } }
    const job = aJob({ type: 'STATS', status: 'RUNNING', progress, revivals: 3, mark: 'RUNNING:{}' })
    const scene = aScene(job)

    await sweep(scene.ports)

    expect(scene.postponed).toMatchObject([{ revivals: 1 }])
  })
})

describe('the sweeper leaves alone', () => {
  test.each<[string, Job | undefined]>([
    ['a job that is gone', undefined],
    ['a job that is complete', aJob({ status: 'COMPLETED' })],
    ['a job that has failed', aJob({ status: 'ERROR' })],
  ])('%s, though the index still has it', async (_, job) => {
    const scene = aScene(job, { due: [{ type: 'job', orgId: 'acme', id: 'x' }] })

    expect(await sweep(scene.ports)).toMatchObject({ due: 1, failed: 0 })
    expect([scene.sent, scene.postponed, scene.failed]).toEqual([[], [], []])
  })

  test('a job that another sweep has taken meanwhile', async () => {
    const job = aJob({ createdAt: Date.now() - DAY })
    const scene = aScene(job)

    await Promise.all([sweep(scene.ports), sweep(scene.ports)])

    expect(scene.sent).toHaveLength(1)
  })
})

describe('one thing that fails', () => {
  test('does not keep the others', async () => {
    const job = aJob()
    const due: Due[] = [
      { type: 'job', orgId: 'acme', id: 'broken' },
      { type: 'job', orgId: job.orgId, id: job.id },
      { type: 'job', orgId: 'acme', id: 'broken' },
    ]
    const scene = aScene(job, { due })

    expect(await sweep(scene.ports)).toMatchObject({ due: 3, failed: 2 })
    expect(scene.sent).toHaveLength(1)
  })

  test('such as SQS is counted, and the job is sent by a later sweep', async () => {
    expect(await sweep(aScene(aJob(), { queueFails: true }).ports)).toMatchObject({ due: 1, failed: 1 })
  })

  test('such as a shard of the index does not keep the other shards', async () => {
    const job = aJob()
    const scene = aScene(job)
    const { due } = scene.ports.jobs
    const broken = {
      ...scene.ports.jobs,
      due: async (shard: number) => (shard === 3 ? Promise.reject(new Error()) : due(shard, 0)),
    }

    expect(await sweep({ ...scene.ports, jobs: broken })).toMatchObject({ due: 1, failed: 1 })
  })

  test('all shards are asked', async () => {
    const asked: number[] = []
    const { ports } = aScene(undefined)
    const due = async (shard: number): Promise<Due[]> => {
      asked.push(shard)
      return []
    }

    await sweep({ ...ports, jobs: { ...ports.jobs, due } })

    expect(asked).toEqual(Array.from({ length: DUE_SHARDS }, (_, shard) => shard))
  })
})
