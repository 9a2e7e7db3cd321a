import { PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { WrappedKey, WrappedKeyStore } from '../crypto/data-keys.ts'
import { dataKeyKey } from './keys.ts'
import { conditionOf, getItem, isConditionFailure, record, type Table } from './table.ts'

/** Wrapped data keys. They are only ever added. */
export const dataKeyStore = (table: Table): WrappedKeyStore => ({
  get: (orgId, kind, number) => getItem<WrappedKey>(table, dataKeyKey(kind, orgId, number)),

  newest: async (orgId, kind) => {
    const { Items } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk',
        ExpressionAttributeNames: { '#pk': 'pk' },
        ExpressionAttributeValues: { ':pk': dataKeyKey(kind, orgId, 0).pk },
        ScanIndexForward: false,
        Limit: 1,
      }),
    )
    return Items?.[0] && record<WrappedKey>(Items[0])
  },

  add: async (orgId, kind, key) => {
    try {
      await table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: { ...dataKeyKey(kind, orgId, key.number), ...key },
          ...conditionOf({
            // A write whose answer was lost is repeated by the SDK, and finds itself.
            expression: 'attribute_not_exists(#pk) OR #wrapped = :wrapped',
            values: { ':wrapped': key.wrapped },
          }),
        }),
      )
      return true
    } catch (error) {
      if (isConditionFailure(error)) return false
      throw error
    }
  },
})
