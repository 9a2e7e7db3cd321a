import * as z from 'zod'
import type { TableDefinition } from '../../template/tables.ts'
import type { Need } from '../statement.ts'
import { contextOf, type NeedsOf, read, Unreadable } from './input.ts'

/** Attribute values by name. A value is its type with the value: `{ S: 'a' }`. */
const attributes = z.record(z.string(), z.record(z.string(), z.unknown()))

const item = z.object({ TableName: z.string(), Key: attributes.optional(), Item: attributes.optional() })
const list = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  Select: z.string().optional(),
  KeyConditionExpression: z.string().default(''),
  ExpressionAttributeNames: z.record(z.string(), z.string()).default({}),
  ExpressionAttributeValues: attributes.default({}),
})
const batchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(attributes) })) })
const write = z.object({
  PutRequest: z.object({ Item: attributes }).optional(),
  DeleteRequest: z.object({ Key: attributes }).optional(),
})
const batchWrite = z.object({ RequestItems: z.record(z.string(), z.array(write)) })
const transaction = z.object({ TransactItems: z.array(z.record(z.string(), item)) })

/** The action that each part of a transaction is; transactions have none of their own. */
const parts = new Map([
  ['Get', 'GetItem'],
  ['Put', 'PutItem'],
  ['Update', 'UpdateItem'],
  ['Delete', 'DeleteItem'],
  ['ConditionCheck', 'ConditionCheckItem'],
])

type Attributes = z.infer<typeof attributes>
type Item = z.infer<typeof item>
type List = z.infer<typeof list>

/** Items of one table that one action is about. */
interface Access {
  readonly action: string
  readonly table: string
  readonly items: readonly (Attributes | undefined)[]
}

/**
 * What a request to DynamoDB needs: an action on a table or an index, with all partition keys that it names as
 * `dynamodb:LeadingKeys`. PartiQL, and what manages tables, is not known.
 */
export function dynamodbNeeds(tables: readonly TableDefinition[], tableArn: (name: string) => string): NeedsOf {
  const partitionKeys = new Map(
    tables.flatMap(({ name, keySchema, indexes }) => [
      [tableArn(name), partitionKeyOf(keySchema)] as const,
      ...indexes.map((index) => [indexArn(tableArn(name), index.IndexName), partitionKeyOf(index.KeySchema)] as const),
    ]),
  )

  const onItems = ({ action, table, items }: Access): Need => {
    const resource = tableArn(nameOf(table))
    const key = partitionKeys.get(resource) ?? ''
    const values = items.flatMap((item) => textOf(item?.[key]))
    return {
      action: `dynamodb:${action}`,
      resource,
      context: contextOf({ 'dynamodb:LeadingKeys': [...new Set(values)] }),
    }
  }

  const onList = (action: string, request: List): Need => {
    const { TableName, IndexName, Select } = request
    const table = tableArn(nameOf(TableName))
    const resource = IndexName === undefined ? table : indexArn(table, IndexName)
    const leadingKeys = valueIn(request, partitionKeys.get(resource) ?? '')
    return {
      action: `dynamodb:${action}`,
      resource,
      context: contextOf({ 'dynamodb:LeadingKeys': leadingKeys, 'dynamodb:Select': Select }),
    }
  }

  const operations = new Map<string, (body: unknown) => readonly Need[]>([
    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].map(
      (action) => [action, (body: unknown) => [onItems(onOneItem(action, read(item, body)))]] as const,
    ),
    ...['Query', 'Scan'].map((action) => [action, (body: unknown) => [onList(action, read(list, body))]] as const),
    ['BatchGetItem', (body) => gets(read(batchGet, body)).map(onItems)],
    ['BatchWriteItem', (body) => writes(read(batchWrite, body)).map(onItems)],
    ['TransactGetItems', (body) => transacted(read(transaction, body)).map(onItems)],
    ['TransactWriteItems', (body) => transacted(read(transaction, body)).map(onItems)],
  ])
  return (operation, body) => operations.get(operation)?.(body)
}

function onOneItem(action: string, { TableName, Key, Item }: Item): Access {
  return { action, table: TableName, items: [action === 'PutItem' ? Item : Key] }
}

function gets({ RequestItems }: z.infer<typeof batchGet>): Access[] {
  return Object.entries(RequestItems).map(([table, { Keys }]) => ({ action: 'BatchGetItem', table, items: Keys }))
}

function writes({ RequestItems }: z.infer<typeof batchWrite>): Access[] {
  return Object.entries(RequestItems).map(([table, requests]) => ({
    action: 'BatchWriteItem',
    table,
    items: requests.flatMap(({ PutRequest, DeleteRequest }) => [PutRequest?.Item, DeleteRequest?.Key]),
  }))
}

/** Parts of one action on one table are one need: which keys AWS compares in a transaction is documented nowhere. */
function transacted({ TransactItems }: z.infer<typeof transaction>): Access[] {
  const accesses = TransactItems.flatMap((part) =>
    Object.entries(part).map(([name, request]) => {
      const action = parts.get(name)
      if (action === undefined) throw new Unreadable(`${name} is no part of a transaction`)
      return onOneItem(action, request)
    }),
  )
  return Object.values(Object.groupBy(accesses, ({ action, table }) => `${action} ${table}`)).flatMap(
    ([first, ...others] = []) => (first ? { ...first, items: [first, ...others].flatMap(({ items }) => items) } : []),
  )
}

/** The value that a key condition asks of the partition key; none where it asks for none, or for several. */
function valueIn({ KeyConditionExpression, ...request }: List, key: string): string[] {
  const equalities = [...KeyConditionExpression.matchAll(/([^\s()<>=]+)\s*=\s*(:[^\s()]+)/g)].filter(
    ([, name = '']) => (request.ExpressionAttributeNames[name] ?? name) === key,
  )
  const [only, ...others] = equalities
  return only && others.length === 0 ? textOf(request.ExpressionAttributeValues[only[2] ?? '']) : []
}

/** A key's value: its text, its number, or its bytes in base64. */
function textOf(value: Readonly<Record<string, unknown>> | undefined): string[] {
  const text = value && (value['S'] ?? value['N'] ?? value['B'])
  return typeof text === 'string' ? [text] : []
}

/** Requests may name a table by its ARN. */
function nameOf(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:.*:table\//, '')
}

function indexArn(table: string, index: string): string {
  return `${table}/index/${index}`
}

function partitionKeyOf(schema: TableDefinition['keySchema']): string | undefined {
  return schema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName
}
