import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeviceFlow, Flow } from '../../../lib/domain/connect/flow.ts'
import type { Ticket } from '../../../lib/domain/connect/ticket.ts'
import { newId } from '../../../lib/domain/ids.ts'
import type { Chunk, Job } from '../../../lib/domain/jobs/job.ts'
import { auditStore } from '../../../lib/storage/audit-store.ts'
import { flowStore } from '../../../lib/storage/flow-store.ts'
import { jobStore } from '../../../lib/storage/job-store.ts'
import { ticketStore } from '../../../lib/storage/ticket-store.ts'
import { aTable, type TestTable } from '../../support/table.ts'

// What works on one machine and breaks on AWS, and how it would show here: what DynamoDB takes, and what it forgets.

let table: TestTable
beforeAll(async () => {
  table = await aTable()
}, 30_000)
afterAll(() => table?.close())

const folder = fileURLToPath(new URL('../../../lib/storage/', import.meta.url))
const sources = readdirSync(folder).map((file) => ({ file, source: readFileSync(folder + file, 'utf8') }))

describe('trap 19: DynamoDB refuses what a lenient double takes, and so does the one that every test runs on', () => {
  const update = (input: object) =>
    table.client.send(new UpdateCommand({ TableName: table.name, Key: { pk: 'a', sk: 'b' }, ...input }))
  const values = { ':x': 1 }

  test.each(['status', 'name', 'type', 'state', 'ttl', 'data', 'owner'])(
    'the reserved word %s in an expression',
    async (word) => {
      const answer = update({ UpdateExpression: `SET ${word} = :x`, ExpressionAttributeValues: values })

      await expect(answer).rejects.toMatchObject({ name: 'ValidationException' })
    },
  )

  test.each<[string, object]>([
    ['a name that no expression uses', { ExpressionAttributeNames: { '#x': 'x', '#y': 'y' } }],
    ['a value that no expression uses', { ExpressionAttributeValues: { ':x': 1, ':y': 2 } }],
  ])('%s', async (_, extra) => {
    const good = { ExpressionAttributeNames: { '#x': 'x' }, ExpressionAttributeValues: values }

    await expect(update({ UpdateExpression: 'SET #x = :x', ...good, ...extra })).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })

  test('an empty text as key', async () => {
    const put = new PutCommand({ TableName: table.name, Item: { pk: '', sk: 'b' } })

    await expect(table.client.send(put)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('so that no expression of ours names an attribute but by a placeholder', () => {
    const bare = sources.flatMap(({ file, source }) =>
      [...source.matchAll(/(?:Expression: |expression: |expression:\n\s*)(['`])(.*?)\1/g)].flatMap(([, , text = '']) =>
        text
          .replace(/\$\{[^}]*\}/g, '')
          .split(/[^\w#:]+/)
          .filter((word) => /^[a-z]\w*$/.test(word) && !/^(attribute_(not_)?exists|begins_with)$/.test(word))
          .map((word) => `${file}: ${word}`),
      ),
    )

    expect(bare).toEqual([])
  })
})

describe('trap 20: a TTL in milliseconds lasts for ever, and what has expired is still there to be read', () => {
  const now = (): number => Math.floor(Date.now() / 1000)
  const TEN_YEARS = 10 * 366 * 86_400

  test('every ttl is a whole number of seconds, from now on', async () => {
    const flows = flowStore(table)
    const jobs = jobStore(table)
    const aFlow = (more: object = {}) =>
      ({ key: newId(), expiresAt: Date.now() + 600_001, secrets: new Uint8Array([1]), ...more }) as unknown as Flow
    const device = aFlow({ intervalSeconds: 5 })
    const aJob = () =>
      ({ orgId: 'acme', id: newId(), type: 'STATS', status: 'PENDING', createdAt: Date.now() }) as unknown as Job
    const [complete, failed] = [aJob(), aJob()]
    const chunk = { orgId: 'acme', jobId: complete.id, id: newId(), deleted: 0 } as unknown as Chunk
    const later = Date.now() + 1000

    await flows.create(aFlow())
    await flows.create(device)
    await flows.claim(device, { id: 'claim', until: later, code: new Uint8Array([2]), dueAt: later })
    await flows.end(device as DeviceFlow, 'claim', 'done')
    for (const job of [complete, failed]) await jobs.create(job)
    await jobs.putChunks(complete, [chunk])
    await jobs.finishChunk(complete, chunk)
    await jobs.complete(complete, [])
    await jobs.fail(failed, [])
    await ticketStore(table).create({ key: newId(), expiresAt: later + 1 } as unknown as Ticket)
    await auditStore(table).add({ action: 'token.disclosed', orgId: 'acme', id: newId(), at: Date.now() }, 30)

    const rows = (await table.items()).filter(({ ttl }) => ttl !== undefined)

    const kinds = rows.map(({ pk }) => String(pk).split('#')[0])
    expect(kinds.sort()).toEqual(['AUDIT', 'FLOW', 'FLOW', 'JOB', 'JOB', 'CHUNK', 'TICKET'].sort())
    for (const { ttl } of rows) {
      expect(Number.isInteger(ttl)).toBe(true)
      expect(ttl).toBeGreaterThan(now())
      expect(ttl).toBeLessThan(now() + TEN_YEARS)
    }
  })

  test('and no other store writes one', () => {
    const writers = sources.filter(({ file, source }) => file !== 'table.ts' && /\bttl\b/.test(source))

    expect(writers.map(({ file }) => file).sort()).toEqual([
      'audit-store.ts',
      'flow-store.ts',
      'job-store.ts',
      'ticket-store.ts',
    ])
  })

  test('a flow past its time is overwritten by a new one, though it is still there', async () => {
    const store = flowStore(table)
    const key = newId()
    const flow = (expiresAt: number, secret: number) =>
      ({ key, expiresAt, secrets: new Uint8Array([secret]) }) as unknown as Flow

    expect(await store.create(flow(Date.now() - 1, 1))).toBe(true)
    expect(await store.create(flow(Date.now() + 600_000, 2))).toBe(true)
    expect(await store.create(flow(Date.now() + 600_000, 3))).toBe(false)
  })
})

describe('trap 21: an index is behind the table', () => {
  test('and cannot be read consistently', async () => {
    const query = new QueryCommand({
      TableName: table.name,
      IndexName: 'due',
      ConsistentRead: true,
      KeyConditionExpression: 'duePk = :pk',
      ExpressionAttributeValues: { ':pk': 'DUE#0' },
    })

    await expect(table.client.send(query)).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test('so that only the sweeper reads one, and looks at the item itself before it acts', () => {
    const readers = sources.filter(({ source }) => source.includes('IndexName'))

    expect(readers.map(({ file }) => file)).toEqual(['job-store.ts'])
    expect(readers.flatMap(({ source }) => [...source.matchAll(/IndexName/g)])).toHaveLength(1)
  })

  test('and every other read is consistent', () => {
    const reads = sources.flatMap(({ source }) => [
      ...source.matchAll(/new GetCommand\(|RequestItems'\] = |KeyConditionExpression: (?!'#duePk)/g),
    ])
    const consistent = sources.flatMap(({ source }) => [...source.matchAll(/ConsistentRead: true/g)])

    expect(reads.length).toBeGreaterThan(3)
    expect(consistent).toHaveLength(reads.length)
  })
})
