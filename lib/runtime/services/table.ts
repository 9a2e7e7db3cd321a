import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Table } from '../../storage/table.ts'
import { clientOptions } from '../aws-clients.ts'
import { configuration } from '../configuration.ts'

/** The table, reached as the environment says. */
export const table: Table = {
  client: DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions(configuration.dynamodbEndpoint())), {
    marshallOptions: { removeUndefinedValues: true },
  }),
  name: configuration.tableName(),
}
