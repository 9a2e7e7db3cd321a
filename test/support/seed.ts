import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import type { LocalStack } from '../../lib/local/stack.ts'
import type { Item } from '../../lib/storage/table.ts'
import { putAll } from './put-all.ts'

/** Writes items into the table of a stack as they are: thousands where the API would take long to make them. */
export const seed = async ({ endpoints, tableNames }: LocalStack, items: readonly Item[]): Promise<void> => {
  const raw = new DynamoDBClient(clientConfig(endpoints.dynamodb, 'us-east-1'))
  const client = DynamoDBDocumentClient.from(raw, { marshallOptions: { removeUndefinedValues: true } })
  await putAll({ client, name: tableNames[0] ?? '' }, items)
  raw.destroy()
}
