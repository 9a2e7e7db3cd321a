import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb'
import { deadlineSignal } from '../domain/deadline.ts'
import type { Page, PageRequest } from '../domain/ports.ts'
import { Problem } from '../domain/problem.ts'
import type { Key } from './keys.ts'

/** The one table, and the client that reaches it. */
export interface Table {
  readonly client: DynamoDBDocumentClient
  readonly name: string
}

export type Item = Record<string, unknown>
export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

/** What only the table itself needs; never part of a record. */
const plumbing = new Set(['pk', 'sk', 'duePk', 'dueAt', 'ttl', 'writeId'])

/** The record of an item, as the store that wrote it knows it. */
export const record = <Type>(item: Item): Type =>
  Object.fromEntries(Object.entries(item).filter(([name]) => !plumbing.has(name))) as Type

const options = () => {
  const abortSignal = deadlineSignal()
  return abortSignal ? { abortSignal } : {}
}

/** One item, read consistently. */
export const getItem = async <Type>({ client, name }: Table, key: Key): Promise<Type | undefined> => {
  const { Item } = await client.send(new GetCommand({ TableName: name, Key: key, ConsistentRead: true }), options())
  return Item && record<Type>(Item)
}

/** Puts an item. False when the condition did not hold. */
export const putItem = async ({ client, name }: Table, item: Item, condition?: Condition): Promise<boolean> => {
  try {
    const put = { TableName: name, Item: item, ...(condition && conditionOf(condition)) }
    await despiteConflicts(() => client.send(new PutCommand(put), options()))
    return true
  } catch (error) {
    if (isConditionFailure(error)) return false
    throw error
  }
}

/** Deletes an item if the condition holds. */
export const deleteItem = async ({ client, name }: Table, key: Key, condition: Condition): Promise<void> => {
  try {
    const removal = { TableName: name, Key: key, ...conditionOf(condition) }
    await despiteConflicts(() => client.send(new DeleteCommand(removal), options()))
  } catch (error) {
    if (!isConditionFailure(error)) throw error
  }
}

/** One query as it is given, for what is no page of a list: the items themselves, not their records. */
export const queryItems = async (
  { client, name }: Table,
  query: Omit<QueryCommandInput, 'TableName'>,
): Promise<Item[]> => {
  const { Items = [] } = await client.send(new QueryCommand({ TableName: name, ...query }), options())
  return Items
}

/** How often what a batch left out is asked for again. */
const BATCH_TRIES = 6
const backoff = (tries: number): Promise<void> => sleep(Math.random() * 25 * 2 ** tries)

/**
 * Items by their keys (at most 100), read consistently in one call; in no order, without what does not exist.
 * Throws `tryAgain` when DynamoDB leaves some out again and again.
 */
export const batchGet = async ({ client, name }: Table, keys: readonly Key[]): Promise<Item[]> => {
  const items: Item[] = []
  let left: BatchGetCommandInput['RequestItems'] = { [name]: { Keys: [...keys], ConsistentRead: true } }
  for (let tries = 0; keys.length > 0 && tries < BATCH_TRIES; tries++) {
    const answer: BatchGetCommandOutput = await client.send(new BatchGetCommand({ RequestItems: left }), options())
    items.push(...(answer.Responses?.[name] ?? []))
    if (!answer.UnprocessedKeys?.[name]?.Keys?.length) return items
    left = answer.UnprocessedKeys
    await backoff(tries)
  }
  if (keys.length === 0) return []
  throw new Problem('tryAgain')
}

/**
 * A page of a partition, in the order of the sort key, read consistently. `next` is there only when there is more.
 * `prefix` narrows the sort key; `read` makes the records of the items.
 */
export const queryPage = async <Type>(
  { client, name }: Table,
  pk: string,
  { limit, after, descending = false }: PageRequest,
  prefix = '',
  read: (item: Item) => Type = record,
): Promise<Page<Type>> => {
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: name,
      ConsistentRead: true,
      KeyConditionExpression: prefix ? '#pk = :pk AND begins_with(#sk, :prefix)' : '#pk = :pk',
      ExpressionAttributeNames: { '#pk': 'pk', ...(prefix && { '#sk': 'sk' }) },
      ExpressionAttributeValues: { ':pk': pk, ...(prefix && { ':prefix': prefix }) },
      ScanIndexForward: !descending,
      // One more than asked for, so that a full last page is known to be the last.
      Limit: limit + 1,
      ...(after !== undefined && { ExclusiveStartKey: { pk, sk: after } }),
    }),
    options(),
  )
  const page = Items.slice(0, limit)
  const last = Items.length > limit ? page.at(-1) : LastEvaluatedKey
  return { items: page.map((item) => read(item)), ...(last && { next: String(last.sk) }) }
}

/** An update of named attributes: what is undefined is removed. */
export const changes = (named: Readonly<Record<string, unknown>>) => {
  const names: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  const set: string[] = []
  const remove: string[] = []
  for (const [name, value] of Object.entries(named)) {
    names[`#${name}`] = name
    if (value === undefined) remove.push(`#${name}`)
    else {
      values[`:${name}`] = value
      set.push(`#${name} = :${name}`)
    }
  }
  const parts = [set.length > 0 && `SET ${set.join(', ')}`, remove.length > 0 && `REMOVE ${remove.join(', ')}`]
  return { UpdateExpression: parts.filter(Boolean).join(' '), names, values }
}

/** What must be true of an item, with the values that its expression names. */
export interface Condition {
  readonly expression: string
  readonly values?: Readonly<Record<string, unknown>>
}

/** The attribute names that an expression mentions as `#name`. */
const namesIn = (expression: string): Record<string, string> =>
  Object.fromEntries([...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [placeholder, name]))

/** `ConditionExpression` and its names; values are merged by the caller. */
export const conditionOf = ({ expression, values = {} }: Condition) => ({
  ConditionExpression: expression,
  ExpressionAttributeNames: namesIn(expression),
  ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: { ...values } }),
})

/** The parameters of an update with a condition, for a single write or a transaction. */
export const updateOf = (table: Table, key: Key, named: Readonly<Record<string, unknown>>, condition: Condition) => {
  const { UpdateExpression, names, values } = changes(named)
  const all = { ...values, ...condition.values }
  return {
    TableName: table.name,
    Key: key,
    UpdateExpression,
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: { ...names, ...namesIn(condition.expression) },
    ...(Object.keys(all).length > 0 && { ExpressionAttributeValues: all }),
  } satisfies UpdateCommandInput
}

/** Updates an item. Answers it as it is afterwards, or undefined when the condition did not hold. */
export const updateItem = async <Type>(
  table: Table,
  key: Key,
  named: Readonly<Record<string, unknown>>,
  condition: Condition,
): Promise<Type | undefined> => {
  try {
    const update = { ...updateOf(table, key, named, condition), ReturnValues: 'ALL_NEW' } as const
    const { Attributes } = await despiteConflicts(() => table.client.send(new UpdateCommand(update), options()))
    return Attributes && record<Type>(Attributes)
  } catch (error) {
    if (isConditionFailure(error)) return undefined
    throw error
  }
}

/** Adds to a number of an item, one unless said. Answers the sum, or undefined when the condition did not hold. */
export const increment = async (
  table: Table,
  key: Key,
  name: string,
  condition: Condition,
  by = 1,
): Promise<number | undefined> => {
  const { ExpressionAttributeNames, ExpressionAttributeValues, ...checked } = conditionOf(condition)
  try {
    const update = {
      TableName: table.name,
      Key: key,
      UpdateExpression: `ADD #${name} :by`,
      ...checked,
      ExpressionAttributeNames: { ...ExpressionAttributeNames, [`#${name}`]: name },
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ':by': by },
      ReturnValues: 'UPDATED_NEW',
    } as const
    const { Attributes } = await despiteConflicts(() => table.client.send(new UpdateCommand(update), options()))
    return Attributes?.[name] as number | undefined
  } catch (error) {
    if (isConditionFailure(error)) return undefined
    throw error
  }
}

const isConditionFailure = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException'

/**
 * All writes or none. Answers the places whose conditions did not hold: empty means that all was written.
 */
export const transact = async ({ client }: Table, items: readonly TransactItem[]): Promise<readonly number[]> => {
  // One for all tries: an earlier one whose answer was lost may have succeeded, and must not look like somebody else's.
  const transaction = { TransactItems: [...items], ClientRequestToken: randomUUID() }
  try {
    await despiteConflicts(() => client.send(new TransactWriteCommand(transaction), options()))
    return []
  } catch (error) {
    const failed = cancellationCodes(error).flatMap((code, place) => (code === CONDITION_FAILED ? [place] : []))
    if (failed.length === 0) throw error
    return failed
  }
}

/** How often a write that met a transaction is tried again. */
const CONFLICT_TRIES = 10

/** Writes again when a transaction was at work on the same item, which the SDK does not. */
const despiteConflicts = async <Result>(write: () => Promise<Result>): Promise<Result> => {
  for (let tries = 0; ; tries++) {
    try {
      return await write()
    } catch (error) {
      if (!isConflict(error) || tries === CONFLICT_TRIES) throw error
      await backoff(Math.min(tries, 5))
    }
  }
}

const CONDITION_FAILED = 'ConditionalCheckFailed'
const passing = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])

const isConflict = (error: unknown): boolean => {
  const codes = cancellationCodes(error)
  if (codes.includes(CONDITION_FAILED)) return false
  return codes.some((code) => passing.has(code)) || (error as Error).name === 'TransactionConflictException'
}

/** Why each item of a transaction was refused; empty for any other error. */
const cancellationCodes = (error: unknown): string[] => {
  if (!(error instanceof Error) || error.name !== 'TransactionCanceledException') return []
  const { CancellationReasons = [] } = error as Error & { CancellationReasons?: { Code?: string }[] }
  return CancellationReasons.map(({ Code = 'None' }) => Code)
}
