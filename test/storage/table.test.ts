import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withDeadline } from '../../lib/domain/deadline.ts'
import {
  batchGet,
  changes,
  getItem,
  type Item,
  putItem,
  queryPage,
  transact,
  updateItem,
  updateOf,
} from '../../lib/storage/table.ts'
import { putAll } from '../support/put-all.ts'
import { aTable, awsError, cancelled, type Sending, type TestTable, withSends } from '../support/table.ts'

let table: TestTable
beforeAll(async () => {
  table = await aTable()
})
afterAll(() => table?.close())

const key = (pk: string, place: number) => ({ pk, sk: String(place).padStart(4, '0') })
const someItems = (pk: string, count: number): Item[] =>
  Array.from({ length: count }, (_, place) => ({ ...key(pk, place), place }))

/** A table whose first calls fail or answer otherwise, one after another; the rest is sent. Counts all calls. */
const scripted = (...script: ((sending: Sending) => Promise<unknown>)[]) => {
  const sent: Sending[] = []
  const scriptedTable = withSends(table, (sending) => {
    const step = script[sent.length]
    sent.push(sending)
    return step ? step(sending) : sending.send()
  })
  return { table: scriptedTable, sent }
}
const fails = (error: Error) => () => Promise.reject(error)

describe('a batch is asked for until it is whole', () => {
  beforeAll(() => putAll(table, someItems('BATCH', 30)))
  const asked = Array.from({ length: 30 }, (_, place) => key('BATCH', place))

  test('when DynamoDB leaves keys unprocessed', async () => {
    const { table: throttled, sent } = scripted(
      async () => ({ Responses: {}, UnprocessedKeys: { [table.name]: { Keys: asked, ConsistentRead: true } } }),
      async ({ send }) => {
        const { Responses } = (await send()) as { Responses: Record<string, Item[]> }
        const [left, ...answered] = Responses[table.name] ?? []
        const Keys = [{ pk: left?.pk, sk: left?.sk }]
        return {
          Responses: { [table.name]: answered },
          UnprocessedKeys: { [table.name]: { Keys, ConsistentRead: true } },
        }
      },
    )

    const items = await batchGet(throttled, asked)

    expect(items.map(({ place }) => Number(place)).sort((a, b) => a - b)).toEqual(asked.map((_, place) => place))
    expect(sent).toHaveLength(3)
    expect(sent.every(({ input }) => JSON.stringify(input).includes('"ConsistentRead":true'))).toBe(true)
  })

  test('and given up at last, as something that passes', async () => {
    const nothing = async () => ({ UnprocessedKeys: { [table.name]: { Keys: asked } } })
    const { table: throttled, sent } = scripted(...Array.from({ length: 20 }, () => nothing))

    await expect(batchGet(throttled, asked)).rejects.toMatchObject({ code: 'tryAgain' })

    expect(sent.length).toBeGreaterThan(3)
    expect(sent.length).toBeLessThan(10)
  })

  test('and nothing at all is not asked for', async () => {
    const { table: untouched, sent } = scripted()

    expect(await batchGet(untouched, [])).toEqual([])
    await putAll(untouched, [])

    expect(sent).toEqual([])
  })
})

describe('a transaction', () => {
  const put = (sk: string): Parameters<typeof transact>[1][number] => ({
    Put: { TableName: table.name, Item: { pk: 'TX', sk } },
  })
  const ifAbsent = (sk: string): Parameters<typeof transact>[1][number] => ({
    Put: {
      TableName: table.name,
      Item: { pk: 'TX', sk },
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  })

  test('tells the places whose conditions did not hold, and writes nothing then', async () => {
    await transact(table, [put('there')])

    const failed = await transact(table, [ifAbsent('new'), ifAbsent('there'), put('other')])

    expect(failed).toEqual([1])
    expect(await getItem(table, { pk: 'TX', sk: 'new' })).toBeUndefined()
  })

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'is tried again after %s',
    async (code) => {
      const { table: busy, sent } = scripted(fails(cancelled('None', code)), fails(cancelled(code, 'None')))

      expect(await transact(busy, [put(`${code}1`), put(`${code}2`)])).toEqual([])

      expect(sent).toHaveLength(3)
      expect(await getItem(table, { pk: 'TX', sk: `${code}1` })).toEqual({})
    },
  )

  test('believes a condition that failed though another item met a conflict', async () => {
    const { table: busy } = scripted(fails(cancelled('TransactionConflict', 'ConditionalCheckFailed')))

    expect(await transact(busy, [put('a'), put('b')])).toEqual([1])
  })

  test('is given up with the error itself after ten more tries', async () => {
    const conflict = cancelled('TransactionConflict')
    const { table: busy, sent } = scripted(...Array.from({ length: 30 }, () => fails(conflict)))

    await expect(transact(busy, [put('a')])).rejects.toBe(conflict)

    expect(sent).toHaveLength(11)
  }, 20_000)

  test.each([
    ['a cancellation for another reason', cancelled('ValidationError')],
    ['a cancellation without reasons', awsError('TransactionCanceledException')],
    ['any other error', awsError('ThrottlingException')],
  ])('is not tried again after %s', async (_, error) => {
    const { table: broken, sent } = scripted(fails(error))

    await expect(transact(broken, [put('a')])).rejects.toBe(error)

    expect(sent).toHaveLength(1)
  })
})

describe('a single write that meets a transaction', () => {
  const always = { expression: 'attribute_not_exists(#gone)' }
  const conflict = awsError('TransactionConflictException')

  test('is tried again', async () => {
    const { table: busy, sent } = scripted(fails(conflict), fails(conflict))

    expect(await updateItem(busy, key('MET', 1), { place: 1 }, always)).toEqual({ place: 1 })
    expect(sent).toHaveLength(3)
  })

  test('is given up with the error itself', async () => {
    const { table: busy, sent } = scripted(...Array.from({ length: 30 }, () => fails(conflict)))

    await expect(updateItem(busy, key('MET', 2), { place: 1 }, always)).rejects.toBe(conflict)
    expect(sent).toHaveLength(11)
  }, 20_000)
})

describe('an update', () => {
  // Words that DynamoDB reserves, or that mean something in its expressions.
  const reserved = [
    'name',
    'status',
    'state',
    'data',
    'key',
    'type',
    'ttl',
    'size',
    'set',
    'remove',
    'and',
    'between',
    'timestamp',
    'user',
    'owner',
  ]

  test('may name any attribute, to set and to remove and to compare', async () => {
    const target = { pk: 'UPDATE', sk: 'reserved' }
    await putItem(table, { ...target, ...Object.fromEntries(reserved.map((name) => [name, 'old'])) })
    const named = Object.fromEntries(reserved.map((name, place) => [name, place % 2 ? 'new' : undefined]))
    const expression = reserved.map((name) => `#${name} = :old`).join(' AND ')

    const updated = await updateItem<Item>(table, target, named, { expression, values: { ':old': 'old' } })

    const kept = reserved.filter((_, place) => place % 2)
    // `ttl` is the table's own business, and no part of a record.
    expect(updated).toEqual(Object.fromEntries(kept.filter((name) => name !== 'ttl').map((name) => [name, 'new'])))
  })

  test.each([
    ['sets', { a: 1, b: '' }, 'SET #a = :a, #b = :b'],
    ['removes', { a: undefined }, 'REMOVE #a'],
    ['sets and removes', { a: undefined, b: false, c: undefined }, 'SET #b = :b REMOVE #a, #c'],
  ])('%s what is named', (_, named, expression) => {
    expect(changes(named).UpdateExpression).toBe(expression)
  })

  test('has no values when it needs none', () => {
    const update = updateOf(table, key('UPDATE', 1), { a: undefined }, { expression: 'attribute_exists(#pk)' })

    expect(update).not.toHaveProperty('ExpressionAttributeValues')
    expect(update.ExpressionAttributeNames).toEqual({ '#a': 'a', '#pk': 'pk' })
  })

  test('answers undefined when its condition does not hold, and makes no item then', async () => {
    const absent = await updateItem(table, key('UPDATE', 2), { a: 1 }, { expression: 'attribute_exists(#pk)' })

    expect(absent).toBeUndefined()
    expect(await getItem(table, key('UPDATE', 2))).toBeUndefined()
  })

  test('throws what is not about its condition', async () => {
    const { table: broken } = scripted(fails(awsError('ThrottlingException')))

    await expect(
      updateItem(broken, key('UPDATE', 3), { a: 1 }, { expression: 'attribute_exists(#pk)' }),
    ).rejects.toThrow('ThrottlingException')
  })
})

describe('every call ends with its request', () => {
  const asked = [key('BATCH', 0)]
  const condition = { expression: 'attribute_not_exists(#pk)' }

  test.each<[string, (at: TestTable) => Promise<unknown>]>([
    ['a read', (at) => getItem(at, key('BATCH', 0))],
    ['a batch', (at) => batchGet(at, asked)],
    ['a page', (at) => queryPage(at, 'BATCH', { limit: 1 })],
    ['a put', (at) => putItem(at, { pk: 'LATE', sk: '1' })],
    ['an update', (at) => updateItem(at, { pk: 'LATE', sk: '3' }, { a: 1 }, condition)],
    ['a transaction', (at) => transact(at, [{ Put: { TableName: at.name, Item: { pk: 'LATE', sk: '4' } } }])],
  ])('%s', async (_, work) => {
    const late = withDeadline(0, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return work(table)
    })

    await expect(late).rejects.toMatchObject({ name: 'AbortError' })
  })
})
