import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KMSClient } from '@aws-sdk/client-kms'
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { dataKeys } from '../../lib/crypto/data-keys.ts'
import { kmsWrapper } from '../../lib/crypto/kms-wrapper.ts'
import { vault } from '../../lib/crypto/vault.ts'
import type { Vault } from '../../lib/domain/ports.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import type { Endpoints } from '../../lib/local/services/services.ts'
import type { LocalStack } from '../../lib/local/stack.ts'
import { dataKeyStore } from '../../lib/storage/data-key-store.ts'
import type { Key } from '../../lib/storage/keys.ts'
import { changes, type Table } from '../../lib/storage/table.ts'
import type { Json } from './grantkeeper.ts'

/** The table and the vault of a running stack, read and written behind its back. */
export interface Backdoor {
  readonly table: Table
  readonly vault: Vault
  /** All rows of the table. */
  rows(): Promise<Json[]>
  /** Sets attributes of a row that has them; undefined removes one. That is how time passes in tests. */
  change(key: Key, named: Readonly<Record<string, unknown>>): Promise<void>
  close(): void
}

/** Past any proxy when the services' own endpoints are given. */
export const aBackdoor = (stack: LocalStack, endpoints: Endpoints = stack.endpoints): Backdoor => {
  const kms = new KMSClient(clientConfig(endpoints.kms, 'us-east-1'))
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(endpoints.dynamodb, 'us-east-1')))
  const table = { client, name: stack.tableNames[0] ?? '' }
  return {
    table,
    vault: vault(dataKeys(dataKeyStore(table), kmsWrapper(kms, stack.outputs.KeyArn ?? ''), 900)),
    rows: async () => {
      const rows: Json[] = []
      for await (const { Items = [] } of paginateScan({ client }, { TableName: table.name, ConsistentRead: true })) {
        rows.push(...Items)
      }
      return rows
    },
    change: async (key, named) => {
      const { UpdateExpression, names, values } = changes(named)
      await client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: key,
          UpdateExpression,
          ConditionExpression: Object.keys(names)
            .map((name) => `attribute_exists(${name})`)
            .join(' AND '),
          ExpressionAttributeNames: names,
          ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
        }),
      )
    },
    close: () => {
      client.destroy()
      kms.destroy()
    },
  }
}
