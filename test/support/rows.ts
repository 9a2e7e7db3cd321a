import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, paginateScan, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import type { LocalStack } from '../../lib/local/stack.ts'
import type { Json } from './grantkeeper.ts'

/** The rows of the table as they are on the wire, seen and changed behind Grantkeeper's back. */
export interface Rows {
  /** All rows whose partition key begins so. */
  of(prefix: string): Promise<Json[]>
  /** The rows of one partition. */
  partition(pk: string): Promise<Json[]>
  /** Sets attributes of a row; undefined removes one. */
  change(row: { pk: string; sk: string }, attributes: Record<string, unknown>): Promise<void>
  remove(row: { pk: string; sk: string }): Promise<void>
}

export const rowsOf = ({ endpoints, tableNames }: LocalStack, endpoint = endpoints.dynamodb): Rows => {
  const TableName = tableNames[0] ?? ''
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(endpoint, 'us-east-1')), {
    marshallOptions: { removeUndefinedValues: true },
  })
  return {
    of: async (prefix) => {
      const found: Json[] = []
      for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
        found.push(...Items.filter(({ pk }) => String(pk).startsWith(prefix)))
      }
      return found
    },

    partition: async (pk) => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
        }),
      )
      return Items
    },

    change: async ({ pk, sk }, attributes) => {
      for (const [name, value] of Object.entries(attributes)) {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: { pk, sk },
            UpdateExpression: value === undefined ? 'REMOVE #name' : 'SET #name = :value',
            ExpressionAttributeNames: { '#name': name },
            ...(value !== undefined && { ExpressionAttributeValues: { ':value': value } }),
          }),
        )
      }
    },

    remove: async ({ pk, sk }) => {
      await client.send(new DeleteCommand({ TableName, Key: { pk, sk } }))
    },
  }
}
