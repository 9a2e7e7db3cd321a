import { BatchWriteItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { clientConfig } from '../../lib/local/services/client-config.ts'

const BATCH = 25

/** Removes all rows of a table but those whose partition key begins so. */
export const removeRows = async (endpoint: string, TableName: string, but: string): Promise<void> => {
  const client = new DynamoDBClient(clientConfig(endpoint, 'us-east-1'))
  try {
    const request = { TableName, ProjectionExpression: 'pk, sk', ConsistentRead: true }
    for await (const { Items = [] } of paginateScan({ client }, request)) {
      const keys = Items.filter(({ pk }) => !pk?.S?.startsWith(but))
      for (let at = 0; at < keys.length; at += BATCH) {
        const RequestItems = { [TableName]: keys.slice(at, at + BATCH).map((Key) => ({ DeleteRequest: { Key } })) }
        await client.send(new BatchWriteItemCommand({ RequestItems }))
      }
    }
  } finally {
    client.destroy()
  }
}
