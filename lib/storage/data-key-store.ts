import type { WrappedKey, WrappedKeyStore } from '../crypto/data-keys.ts'
import { dataKeyKey } from './keys.ts'
import { getItem, putItem, queryItems, record, type Table } from './table.ts'

/** Wrapped data keys. They are only ever added. */
export const dataKeyStore = (table: Table): WrappedKeyStore => ({
  get: (orgId, kind, number) => getItem<WrappedKey>(table, dataKeyKey(kind, orgId, number)),

  newest: async (orgId, kind) => {
    const [newest] = await queryItems(table, {
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': 'pk' },
      ExpressionAttributeValues: { ':pk': dataKeyKey(kind, orgId, 0).pk },
      ScanIndexForward: false,
      Limit: 1,
    })
    return newest && record<WrappedKey>(newest)
  },

  add: (orgId, kind, key) =>
    putItem(
      table,
      { ...dataKeyKey(kind, orgId, key.number), ...key },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: 'attribute_not_exists(#pk) OR #wrapped = :wrapped',
        values: { ':wrapped': key.wrapped },
      },
    ),
})
