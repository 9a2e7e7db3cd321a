import { describe, expect, test } from 'vitest'
import { DUE_SHARDS } from '../../lib/contract/grant.ts'
import { silentChunks } from '../../lib/domain/deletion/silent-chunks.ts'
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
  const postponed: Pick<Job, 'mark' | 'stillSince'>[] = []
  const dueAts: number[] = []
  const failed: Job['details'][] = []
  const listed = due ?? (job ? [{ type: 'job', orgId: job.orgId, id: job.id } as const] : [])
  const ports = {
    jobs: {
      due: async (shard: number) => (shard === 0 ? listed : []),
      get: async (_org: string, id: string) => (id === 'broken' ? Promise.reject(new Error('broken')) : current),
      postpone: async (seen: Job, dueAt: number, found: Pick<Job, 'mark' | 'stillSince'>) => {
        if (seen !== current) return false
        postponed.push(found)
        dueAts.push(dueAt)
        current = { ...seen, ...found }
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
  return { ports, sent, postponed, dueAts, failed }
}

const aJob = (changes: Partial<Job> = {}) => aJobRow(aProviderRow(), changes)
/** What a job without any progress looks like to the sweeper. */
const still = 'PENDING:0:0'

const MINUTE = 60_000
const ago = (minutes: number): number => Date.now() - minutes * MINUTE

describe('a job that does not move', () => {
  test.each<[string, Partial<Job>, 'sent' | 'sent and told of' | 'failed']>([
    ['is sent when it was never seen', {}, 'sent'],
    ['is sent on every sweep', { stillSince: ago(10), mark: still }, 'sent'],
    ['is told of after a quarter of an hour', { stillSince: ago(16), mark: still }, 'sent and told of'],
    ['has failed after an hour', { stillSince: ago(61), mark: still }, 'failed'],
    ['goes on when it has moved', { stillSince: ago(61), mark: 'PENDING:1:7' }, 'sent'],
    ['goes on when it has begun', { status: 'RUNNING', stillSince: ago(61), mark: still }, 'sent'],
  ])('%s', async (_, changes, outcome) => {
    const job = aJob(changes)
    const scene = aScene(job)

    const { stuck } = await sweep(scene.ports)

    if (outcome === 'failed') {
      expect(scene.sent).toEqual([])
      expect(scene.failed[0]?.at(-1)).toEqual({ name: 'error', value: 'No progress within an hour' })
    } else {
      expect(scene.sent).toEqual([{ orgId: job.orgId, jobId: job.id }])
      expect(stuck).toBe(outcome === 'sent' ? 0 : 1)
      expect(scene.failed).toEqual([])
    }
  })

  test('is looked at again by the sweep of the next minute', async () => {
    const before = Date.now()
    const scene = aScene(aJob())

    await sweep(scene.ports)

    expect((scene.dueAts[0] ?? 0) - before).toBeGreaterThan(MINUTE / 2)
    expect((scene.dueAts[0] ?? 0) - before).toBeLessThan(MINUTE)
  })

  test.each<[string, Partial<Chunk>]>([
    ['a grant was deleted', { deleted: 1 }],
    ['chunks were cut', {}],
  ])('has moved when %s', async (_, counts) => {
    const job = aJob({ status: 'RUNNING', stillSince: ago(61), mark: 'RUNNING:0:0' })
    const scene = aScene(job, { chunks: [aChunkRow(job, counts)] })

    await sweep(scene.ports)

    expect(scene.postponed).toMatchObject([{ mark: `RUNNING:1:${counts.deleted ?? 0}` }])
    expect(scene.failed).toEqual([])
  })

  test('has moved when a walk has saved a page, and is not sent while it does', async () => {
    const progress = { walk: 'w', pages: 1, counts: { providers: 1 } }
    const job = aJob({ type: 'STATS', status: 'RUNNING', progress, stillSince: ago(61), mark: 'RUNNING:0' })
    const scene = aScene(job)

    await sweep(scene.ports)
    expect([scene.sent.length, scene.failed.length]).toEqual([0, 0])
    await sweep(scene.ports)
    expect(scene.sent).toHaveLength(1)
  })
})

describe('a deletion is sent again', () => {
  const seconds = (count: number): number => Date.now() - count * 1000
  const waits = { sentAt: seconds(600) }
  const goesOn = { sentAt: seconds(600), movedAt: seconds(30) }
  const silent = { sentAt: seconds(600), movedAt: seconds(50) }

  test.each<[sent: boolean, when: string, Partial<Chunk>[]]>([
    [true, 'when it has no open chunk, and is not finished', []],
    [false, 'not while its workers go on', [goesOn, goesOn]],
    [true, 'when one of them has fallen silent, whatever the others do', [goesOn, silent]],
    [false, 'not while a chunk waits for its turn behind others', [goesOn, waits]],
    [true, 'when chunks wait and nobody is at work', [waits, waits]],
    [true, 'when chunks of former days wait', [{}]],
    [false, 'not when they were sent just now', [{ sentAt: seconds(30) }]],
    [false, 'not when the silent one was sent just now', [{ ...silent, sentAt: seconds(30) }]],
  ])('%s: %s', async (sent, _, chunks) => {
    const job = aJob({ status: 'RUNNING' })
    const scene = aScene(job, { chunks: chunks.map((changes) => aChunkRow(job, changes)) })

    await sweep(scene.ports)

    expect(scene.sent).toHaveLength(sent ? 1 : 0)
  })

  test('by the chunks that nobody looks after, a hundred at most', () => {
    const job = aJob()
    const chunks = [goesOn, silent, waits].map((changes) => aChunkRow(job, changes))
    const many = Array.from({ length: 400 }, () => aChunkRow(job, waits))

    expect(silentChunks(chunks)).toEqual([chunks[1]])
    expect(silentChunks(many)).toHaveLength(100)
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
