import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb'
import { type EventLoop, settle } from '../events/event-loop.ts'
import type { TableDefinition } from '../template/tables.ts'

/** Seconds between two sweeps; DynamoDB itself takes up to two days. */
const sweepSeconds = 30

/** Sweeps the tables now and then, one sweep at a time. */
export function startTtl(client: DynamoDBClient, tables: readonly TableDefinition[]): EventLoop {
  let sweep: Promise<unknown> | undefined
  const timer = setInterval(() => {
    // A failed sweep is made good by the next.
    sweep ??= Promise.allSettled(tables.map((table) => sweepExpired(client, table))).finally(() => {
      sweep = undefined
    })
  }, sweepSeconds * 1000)
  return {
    async stop() {
      clearInterval(timer)
      if (sweep) await settle(sweep)
    },
  }
}

/** Deletes the items whose end of life has passed, as DynamoDB does some time after it. Answers how many. */
export async function sweepExpired(client: DynamoDBClient, table: TableDefinition): Promise<number> {
  if (table.ttlAttribute === undefined) return 0
  const expired = {
    TableName: table.name,
    ExpressionAttributeNames: { '#ttl': table.ttlAttribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
  }
  let deleted = 0
  for await (const page of paginateScan({ client }, { ...expired, FilterExpression: '#ttl <= :now' })) {
    for (const item of page.Items ?? []) {
      // Again in the condition: the item may have been given more time meanwhile.
      const command = new DeleteItemCommand({
        ...expired,
        Key: keyOf(item, table),
        ConditionExpression: '#ttl <= :now',
      })
      if (await succeeds(client.send(command))) deleted++
    }
  }
  return deleted
}

function keyOf(item: Record<string, AttributeValue>, { keySchema }: TableDefinition): Record<string, AttributeValue> {
  const names = new Set(keySchema.map(({ AttributeName }) => AttributeName))
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)))
}

async function succeeds(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
