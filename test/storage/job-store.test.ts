import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DUE_SHARDS } from '../../lib/contract/grant.ts'
import type { Job, StatsProgress } from '../../lib/domain/jobs/job.ts'
import type { Due, JobStore, ProviderStore } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { jobStore } from '../../lib/storage/job-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { aChunkRow, aFlowRow, aJobRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable, withLostAnswers } from '../support/table.ts'

let table: TestTable
let store: JobStore
let providers: ProviderStore
let org: string
let orgs = 0
beforeAll(async () => {
  table = await aTable()
  store = jobStore(table)
  providers = providerStore(table)
})
afterAll(() => table?.close())
beforeEach(() => {
  org = `org-${++orgs}`
})

const aStoredProvider = async (changes: Partial<Provider> = {}): Promise<Provider> => {
  const provider = aProviderRow({ orgId: org, ...changes })
  await providers.create(provider, { version: 1, sealed: sealed() })
  return provider
}
const stored = async (changes: Partial<Job> = {}): Promise<Job> => {
  const job = aJobRow(aProviderRow({ orgId: org }), changes)
  await store.create(job)
  return job
}
const read = async ({ orgId, id }: Job) => (await store.get(orgId, id)) as Job
const itemOf = async ({ id }: Job) => (await table.items()).find((item) => item.pk === `JOB#${org}` && item.sk === id)
const details = [{ name: 'deleted_count', value: '3' }]

/** Everything that is due by then. */
const dueBy = async (now: number): Promise<Due[]> =>
  (await Promise.all(Array.from({ length: DUE_SHARDS }, (_, shard) => store.due(shard, now)))).flat()

describe('a job', () => {
  test('is kept as it was made, and looked at by the sweep of the next minute', async () => {
    const job = await stored()

    expect(await read(job)).toEqual(job)
    expect(await itemOf(job)).toMatchObject({ dueAt: job.createdAt + 45_000, duePk: expect.stringMatching(/^DUE#/) })
    expect(await store.get('another', job.id)).toBeUndefined()
  })

  test('is begun once', async () => {
    const job = await stored()

    expect(await store.start(job)).toBe(true)
    const running = await read(job)
    // What tells a repeated write from another one is its millisecond.
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await store.start(job)).toBe(false)

    expect(running).toEqual({ ...job, status: 'RUNNING', startedAt: expect.any(Number), movedAt: expect.any(Number) })
    expect(await read(job)).toEqual(running)
  })

  test.each<[string, (job: Job) => Promise<boolean>, Partial<Job>]>([
    ['completed', (job) => store.complete(job, details), { status: 'COMPLETED' }],
    ['failed', (job) => store.fail(job, details), { status: 'ERROR' }],
  ])('that has %s never changes again, and goes after thirty days', async (_, end, after) => {
    const job = await stored({ type: 'STATS' })
    const { providerId: _none, ...stats } = job

    expect(await end(stats)).toBe(true)
    const finished = await read(job)
    const item = await itemOf(job)

    expect(finished).toMatchObject({ ...after, details, finishedAt: expect.any(Number) })
    expect(item).toMatchObject({ ttl: Math.floor((finished.finishedAt ?? 0) / 1000) + 30 * 24 * 3600 })
    expect(item).not.toHaveProperty('duePk')
    expect(item).not.toHaveProperty('dueAt')
    expect(await store.start(job)).toBe(false)
    expect(await store.complete(job, [])).toBe(false)
    expect(await store.fail(stats, [])).toBe(false)
    expect(await store.saveProgress(job, atStart, onPage(1))).toBe(false)
    expect(await store.postpone(job, 1, { mark: 'x', stillSince: 1 })).toBe(false)
    expect(await read(job)).toEqual(finished)
  })

  test.each<[string, (job: Job) => Promise<boolean>]>([
    ['start', (job) => store.start(job)],
    ['be completed', (job) => store.complete(job, details)],
    ['be postponed', (job) => store.postpone(job, 1, { mark: '', stillSince: 1 })],
  ])('that is gone does not %s', async (_, work) => {
    const gone = aJobRow(aProviderRow({ orgId: org }))

    expect(await work(gone)).toBe(false)
    expect(await store.get(org, gone.id)).toBeUndefined()
  })

  test('is listed with the others of its organization, newest first', async () => {
    const jobs = [await stored({ id: 'a' }), await stored({ id: 'b' }), await stored({ id: 'c' })]

    expect((await store.list(org, { limit: 9, descending: true })).items).toEqual(jobs.reverse())
    expect((await store.list(`${org}-other`, { limit: 9 })).items).toEqual([])
  })
})

describe('the deletion of a provider', () => {
  test('begins by one write: the provider deletes, its slug is free, the job is there', async () => {
    const provider = await aStoredProvider({ slug: 'github' })
    const job = aJobRow(provider)

    expect(await store.startDeletion(provider, job)).toBe(true)

    expect(await providers.get(org, provider.id)).toMatchObject({ state: 'deleting', jobId: job.id })
    expect(await read(job)).toEqual(job)
    expect(await providers.create(aProviderRow({ orgId: org, slug: 'github' }), { version: 1, sealed: sealed() })).toBe(
      'created',
    )
  })

  test('is begun by one of ten', async () => {
    const provider = await aStoredProvider()

    const begun = await Promise.all(Array.from({ length: 10 }, () => store.startDeletion(provider, aJobRow(provider))))

    expect(begun.filter(Boolean)).toHaveLength(1)
    expect((await store.list(org, { limit: 99 })).items).toHaveLength(1)
  })

  test.each<[string, (provider: Provider) => Promise<unknown>]>([
    ['its state', (provider) => providers.update(provider, { state: 'adminDisabled' })],
    ['its slug, which would be taken from another', (provider) => providers.update(provider, { slug: 'moved' })],
  ])('is refused to who has not seen that somebody changed %s', async (_, change) => {
    const provider = await aStoredProvider()
    await change(provider)
    const job = aJobRow(provider)

    expect(await store.startDeletion(provider, job)).toBe(false)
    expect(await store.get(org, job.id)).toBeUndefined()
  })

  test('that failed begins anew by another job, and leaves the slug to who has it now', async () => {
    const provider = await aStoredProvider({ slug: 'github' })
    const first = aJobRow(provider)
    await store.startDeletion(provider, first)
    expect(await store.fail(first, details)).toBe(true)
    const failed = (await providers.get(org, provider.id)) as Provider
    await aStoredProvider({ slug: 'github' })

    expect(failed.state).toBe('deletionFailed')
    expect(await store.startDeletion(failed, aJobRow(provider))).toBe(true)

    const slugs = (await table.items()).filter(({ pk }) => pk === `SLUG#${org}`)
    expect(slugs).toHaveLength(1)
  })

  test('ends by one write: provider and secret are gone, the job is complete', async () => {
    const provider = await aStoredProvider()
    const job = aJobRow(provider)
    await store.startDeletion(provider, job)

    expect(await store.completeDeletion(job, provider, details)).toBe(true)
    expect(await store.completeDeletion(job, provider, details)).toBe(false)

    expect(await providers.get(org, provider.id)).toBeUndefined()
    expect(await providers.secret(org, provider.secretId)).toBeUndefined()
    expect(await read(job)).toMatchObject({ status: 'COMPLETED', details })
  })

  test.each<[string, (job: Job, provider: Provider) => Promise<boolean>]>([
    ['complete', (job, provider) => store.completeDeletion(job, provider, details)],
    ['fail', (job) => store.fail(job, details)],
  ])('does not %s by a job that another one has replaced', async (_, end) => {
    const provider = await aStoredProvider()
    const [old, current] = [aJobRow(provider), aJobRow(provider)]
    await store.create(old)
    await store.startDeletion(provider, current)

    expect(await end(old, provider)).toBe(false)

    expect(await providers.get(org, provider.id)).toMatchObject({ state: 'deleting', jobId: current.id })
    expect(await read(old)).toMatchObject({ status: 'PENDING' })
  })
})

/** How far a walk is after so many pages. */
const onPage = (pages: number, walk = 'first'): StatsProgress => ({ walk, pages, counts: { providers: pages } })
const atStart = onPage(0)

describe('the progress of a statistics job', () => {
  test('is moved on by one run at a time', async () => {
    const job = await stored({ type: 'STATS' })

    expect(await store.saveProgress(job, atStart, onPage(1))).toBe(true)
    expect(await store.saveProgress(job, atStart, onPage(1, 'another'))).toBe(false)
    expect(await store.saveProgress(job, onPage(1), onPage(2))).toBe(true)
    expect(await store.saveProgress(job, onPage(1), onPage(2, 'another'))).toBe(false)

    expect((await read(job)).progress).toEqual(onPage(2))
  })
})

describe('the chunks of a job', () => {
  test('are open, each by itself, until they are done', async () => {
    const job = await stored()
    const chunks = Array.from({ length: 60 }, () => aChunkRow(job, { grantIds: ['a', 'b'] }))
    await store.putChunks(job, chunks)
    const [one, ...others] = chunks

    expect(await store.finishChunk(job, one ?? aChunkRow(job))).toBe(true)
    expect(await store.finishChunk(job, one ?? aChunkRow(job))).toBe(false)

    expect((await store.openChunks(job, { limit: 99 })).items).toHaveLength(others.length)
    expect((await store.doneChunks(job, { limit: 99 })).items).toEqual([one])
    expect(await store.getChunk(job, one?.id ?? '')).toBeUndefined()
    expect(await store.getChunk(job, others[0]?.id ?? '')).toEqual(others[0])
  })

  test('that nobody has counted in are done without losing a count', async () => {
    const job = await stored()
    const chunk = aChunkRow(job, { deleted: 7, revoked: 5, revocationFailed: 2 })
    await store.putChunks(job, [chunk])

    // What the worker knew of the chunk when it began.
    await store.finishChunk(job, { ...chunk, deleted: 0, revoked: 0, revocationFailed: 0 })

    expect((await store.doneChunks(job, { limit: 9 })).items).toEqual([chunk])
  })
})

describe('the sweeper finds', () => {
  test('jobs and flows whose time has come, and nothing else', async () => {
    const now = Date.now() + 10 * 365 * 24 * 3_600_000
    const waiting = await stored({ createdAt: now })
    const stuck = await stored({ createdAt: now - 120_000 })
    const finished = await stored({ createdAt: now - 120_000, type: 'STATS' })
    await store.complete(finished, [])
    const flow = aFlowRow(aProviderRow({ orgId: org }))
    await flowStore(table).create(flow)
    await flowStore(table).claim(flow, { id: 'claim', until: now, code: sealed(), dueAt: now - 1 })

    const due = await dueBy(now)

    expect(due).toContainEqual({ type: 'job', orgId: org, id: stuck.id })
    expect(due).toContainEqual({ type: 'flow', key: flow.key })
    expect(due).not.toContainEqual(expect.objectContaining({ id: waiting.id }))
    expect(due).not.toContainEqual(expect.objectContaining({ id: finished.id }))
  })

  test('a job that was put off no sooner than that', async () => {
    const job = await stored({ createdAt: 1 })
    const later = Date.now() + 900_000

    expect(await store.postpone(job, later, { mark: 'PENDING:0', stillSince: 1 })).toBe(true)
    expect(await store.postpone(job, later + 1, { mark: 'PENDING:0', stillSince: 1 })).toBe(false)

    expect(await read(job)).toEqual({ ...job, stillSince: 1, mark: 'PENDING:0' })
    expect(await dueBy(later - 1)).not.toContainEqual(expect.objectContaining({ id: job.id }))
    expect(await dueBy(later)).toContainEqual(expect.objectContaining({ id: job.id }))
  })
})

describe('a write whose answer was lost is repeated by the SDK, and', () => {
  const lost = (): JobStore => jobStore(withLostAnswers(table))

  test('makes the job, and starts it', async () => {
    const job = aJobRow(aProviderRow({ orgId: org }))

    await lost().create(job)

    expect(await lost().start(job)).toBe(true)
    expect(await read(job)).toMatchObject({ status: 'RUNNING' })
  })

  test('moves the progress on, so that its run goes on as well', async () => {
    const job = await stored({ type: 'STATS' })

    expect(await lost().saveProgress(job, atStart, onPage(1))).toBe(true)
    expect(await lost().saveProgress(job, onPage(1), onPage(2))).toBe(true)
  })

  test('puts the job off, so that its message is sent', async () => {
    const job = await stored({ createdAt: 1 })

    expect(await lost().postpone(job, Date.now() + 900_000, { mark: 'PENDING:0', stillSince: 1 })).toBe(true)
  })
})
