import { DATA_KEY, DUE_INDEX, kinds, type SealedKind } from '../contract/grant.ts'
import { inParallel } from '../domain/in-parallel.ts'
import { type Chunk, type Job, KEEP_SECONDS } from '../domain/jobs/job.ts'
import type { Due, JobStore } from '../domain/ports.ts'
import { chunkKey, dueKey, dueKeyOf, jobKey, providerKey, secretKey, slugKey } from './keys.ts'
import {
  conditionOf,
  getItem,
  putItem,
  queryItems,
  queryPage,
  type Table,
  type TransactItem,
  transact,
  updateItem,
  updateOf,
} from './table.ts'

/** A new job is looked at so soon, in case its message was lost. */
const FIRST_LOOK_MS = 45_000

/** Jobs and the chunks of deletions. */
export const jobStore = (table: Table): JobStore => {
  const item = (job: Job) => ({
    ...jobKey(job.orgId, job.id),
    ...job,
    duePk: dueKeyOf(job.id),
    dueAt: job.createdAt + FIRST_LOOK_MS,
  })
  const finish = (job: Job, status: 'COMPLETED' | 'ERROR', details: Job['details']): TransactItem => ({
    Update: updateOf(table, jobKey(job.orgId, job.id), finished(status, details), unfinished),
  })
  const touchChunk = (job: Job, chunk: Chunk, times: Pick<Chunk, 'movedAt' | 'sentAt'>): Promise<unknown> =>
    updateItem(table, chunkKey(job.orgId, job.id, 'OPEN', chunk.id), times, { expression: 'attribute_exists(#pk)' })
  const chunks = (job: Job): string => chunkKey(job.orgId, job.id, 'OPEN', '-').pk

  return {
    get: (orgId, id) => getItem<Job>(table, jobKey(orgId, id)),
    list: (orgId, page) => queryPage<Job>(table, jobKey(orgId, '-').pk, page),

    create: async (job) => {
      await putItem(table, item(job))
    },

    startDeletion: async (provider, job) => {
      const failed = await transact(table, [
        {
          Update: updateOf(
            table,
            providerKey(provider.orgId, provider.id),
            { state: 'deleting', jobId: job.id, updatedAt: Date.now() },
            {
              expression: '#state = :wasState AND #slug = :wasSlug',
              values: { ':wasState': provider.state, ':wasSlug': provider.slug },
            },
          ),
        },
        { Put: { TableName: table.name, Item: item(job) } },
        // After a failed deletion the slug is free already, and may be another provider's.
        ...(provider.state === 'deletionFailed'
          ? []
          : [{ Delete: { TableName: table.name, Key: slugKey(provider.orgId, provider.slug) } }]),
      ])
      return failed.length === 0
    },

    start: async (job) => {
      const now = Date.now()
      const running = { status: 'RUNNING', startedAt: now, movedAt: now }
      const started = await updateItem(table, jobKey(job.orgId, job.id), running, {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: '#status = :pending OR #status = :status AND #startedAt = :startedAt',
        values: { ':pending': 'PENDING' },
      })
      return started !== undefined
    },

    completeDeletion: async (job, provider, details) => {
      const failed = await transact(table, [
        finish(job, 'COMPLETED', details),
        {
          Delete: {
            TableName: table.name,
            Key: providerKey(provider.orgId, provider.id),
            ...conditionOf({ expression: '#jobId = :jobId', values: { ':jobId': job.id } }),
          },
        },
        { Delete: { TableName: table.name, Key: secretKey(provider.orgId, provider.secretId) } },
      ])
      return failed.length === 0
    },

    complete: async (job, details) =>
      (await updateItem(table, jobKey(job.orgId, job.id), finished('COMPLETED', details), unfinished)) !== undefined,

    fail: async (job, details) => {
      const failed = await transact(table, [
        finish(job, 'ERROR', details),
        ...(job.providerId === undefined
          ? []
          : [
              {
                Update: updateOf(
                  table,
                  providerKey(job.orgId, job.providerId),
                  { state: 'deletionFailed', updatedAt: Date.now() },
                  { expression: '#jobId = :wasJobId', values: { ':wasJobId': job.id } },
                ),
              },
            ]),
      ])
      return failed.length === 0
    },

    saveProgress: async (job, before, progress) => {
      const isFirst = before.pages === 0
      const unmoved = isFirst ? 'attribute_not_exists(#progress)' : '#progress.#pages = :wasPages'
      const saved = await updateItem(
        table,
        jobKey(job.orgId, job.id),
        { progress, movedAt: Date.now() },
        {
          // A write whose answer was lost is repeated by the SDK, and finds itself.
          expression: `${unfinished.expression} AND (${unmoved} OR #progress.#walk = :walk AND #progress.#pages = :pages)`,
          values: {
            ...unfinished.values,
            ...(!isFirst && { ':wasPages': before.pages }),
            ':walk': progress.walk,
            ':pages': progress.pages,
          },
        },
      )
      return saved !== undefined
    },

    postpone: async (job, dueAt, { mark, stillSince }) => {
      const postponed = await updateItem(
        table,
        jobKey(job.orgId, job.id),
        { dueAt, mark, stillSince },
        {
          // Of two sweeps one revives, and a write whose answer was lost finds itself. A finished job has no time.
          expression: '#dueAt = :dueAt OR #dueAt <= :now AND #mark = :wasMark',
          values: { ':now': Date.now(), ':wasMark': job.mark },
        },
      )
      return postponed !== undefined
    },

    // In transactions, which a repeated request does not run again: a worker may have counted in a chunk, or finished it,
    // by the time that the SDK repeats a write whose answer was lost.
    putChunks: async (job, list) => {
      for (let start = 0; start < list.length; start += MOST_WRITES) {
        await transact(
          table,
          list.slice(start, start + MOST_WRITES).map((chunk) => ({
            Put: {
              TableName: table.name,
              Item: { ...chunkKey(job.orgId, job.id, 'OPEN', chunk.id), ...chunk },
              ...conditionOf({ expression: 'attribute_not_exists(#pk)' }),
            },
          })),
        )
      }
    },

    getChunk: (job, chunkId) => getItem<Chunk>(table, chunkKey(job.orgId, job.id, 'OPEN', chunkId)),
    openChunks: (job, page) => queryPage<Chunk>(table, chunks(job), page, 'OPEN#'),
    doneChunks: (job, page) => queryPage<Chunk>(table, chunks(job), page, 'DONE#'),

    beginChunk: async (job, chunk) => {
      await touchChunk(job, chunk, { movedAt: Date.now() })
    },
    noteSent: async (job, list) => {
      const sentAt = Date.now()
      await inParallel(AT_A_TIME, list, (chunk) => touchChunk(job, chunk, { sentAt }))
    },

    finishChunk: async (job, chunk) => {
      for (let tries = 0; tries < 5; tries++) {
        const key = chunkKey(job.orgId, job.id, 'OPEN', chunk.id)
        const current = await getItem<Chunk>(table, key)
        if (!current) return false
        const ttl = Math.floor(Date.now() / 1000) + KEEP_SECONDS
        const failed = await transact(table, [
          {
            Delete: {
              TableName: table.name,
              Key: key,
              // A repeated message may still be counting in it.
              ...conditionOf({ expression: '#deleted = :deleted', values: { ':deleted': current.deleted } }),
            },
          },
          {
            Put: { TableName: table.name, Item: { ...chunkKey(job.orgId, job.id, 'DONE', chunk.id), ...current, ttl } },
          },
        ])
        if (failed.length === 0) return true
      }
      throw new Error(`Chunk ${chunk.id} kept changing while it was to be finished`)
    },

    due: async (shard, now) => {
      const items = await queryItems(table, {
        IndexName: DUE_INDEX,
        KeyConditionExpression: '#duePk = :duePk AND #dueAt <= :now',
        ExpressionAttributeNames: { '#duePk': 'duePk', '#dueAt': 'dueAt' },
        ExpressionAttributeValues: { ':duePk': dueKey(shard), ':now': now },
        Limit: DUE_AT_ONCE,
      })
      return items.map(asDue)
    },
  }
}

/** So many chunks are written to at a time. */
const AT_A_TIME = 20
/** A transaction holds so many writes at most. */
const MOST_WRITES = 100

/** So many due things of a shard one sweep looks after; the next takes the rest. */
const DUE_AT_ONCE = 100

/** What a due item is, by the kind of its key. */
const dueTypes = { [kinds.job]: 'job', [kinds.grant]: 'grant', [kinds.credential]: 'credential' } as const

const asDue = (item: Record<string, unknown>): Due => {
  const [kind, ofKind] = String(item.pk).split('#')
  if (kind === kinds.flow) return { type: 'flow', key: String(item.key) }
  if (kind === DATA_KEY) {
    return { type: 'dataKey', orgId: String(item.orgId), kind: ofKind as SealedKind, number: Number(item.sk) }
  }
  return { type: dueTypes[kind as keyof typeof dueTypes], orgId: String(item.orgId), id: String(item.id) }
}

/** Statuses only move forward. */
const unfinished = {
  expression: '#status IN (:pending, :isRunning)',
  values: { ':pending': 'PENDING', ':isRunning': 'RUNNING' },
}

const finished = (status: 'COMPLETED' | 'ERROR', details: Job['details']) => {
  const finishedAt = Date.now()
  return {
    status,
    details,
    finishedAt,
    movedAt: finishedAt,
    ttl: Math.floor(finishedAt / 1000) + KEEP_SECONDS,
    duePk: undefined,
    dueAt: undefined,
  }
}
