import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import type { TableDefinition } from '../template/tables.ts'

/**
 * Creates the tables that are not there yet; existing ones keep their rows.
 * Throws one line naming the data folder when a table has other keys or indexes than the template's.
 */
export async function createTables(
  client: DynamoDBClient,
  tables: readonly TableDefinition[],
  dataDir: string,
): Promise<void> {
  for (const table of tables) {
    const existing = await describe(client, table.name)
    if (!existing) await create(client, table)
    else if (shapeOf(existing) !== shapeOf(asCreated(table))) {
      throw new Error(
        `table ${table.name} has other keys or indexes than the template: remove ${dataDir} to start anew`,
      )
    }
  }
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

async function create(client: DynamoDBClient, table: TableDefinition): Promise<void> {
  const TableName = table.name
  await client.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST', ...asCreated(table) }))
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName })
  if (table.ttlAttribute !== undefined) {
    const TimeToLiveSpecification = { AttributeName: table.ttlAttribute, Enabled: true }
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
  }
}

function asCreated({ keySchema, attributes, indexes }: TableDefinition) {
  return {
    KeySchema: keySchema,
    AttributeDefinitions: attributes,
    // An empty list is refused.
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: [...indexes] }),
  }
}

/** The parts of a table that cannot be changed in place, in one order. */
function shapeOf(table: Pick<TableDescription, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes'>) {
  const keys = (schema: TableDescription['KeySchema']) => schema?.map((key) => `${key.KeyType} ${key.AttributeName}`)
  return JSON.stringify([
    keys(table.KeySchema),
    table.AttributeDefinitions?.map((item) => `${item.AttributeName} ${item.AttributeType}`).sort(),
    (table.GlobalSecondaryIndexes ?? [])
      .map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        keys: keys(KeySchema),
        type: Projection?.ProjectionType,
        attributes: [...(Projection?.NonKeyAttributes ?? [])].sort(),
      }))
      .sort((a, b) => String(a.IndexName).localeCompare(String(b.IndexName))),
  ])
}
