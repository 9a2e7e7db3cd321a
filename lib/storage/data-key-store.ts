import type { WrappedKey, WrappedKeyStore } from '../crypto/data-keys.ts'
import { dataKeyKey, dueKeyOf } from './keys.ts'
import { getItem, putItem, queryItems, record, type Table, updateItem } from './table.ts'

/** A new key is looked at so soon: there is nothing to do for it before. */
const FIRST_LOOK_MS = 6 * 3600_000

/** Wrapped data keys. None is ever removed: what is sealed under it, in a backup too, opens under no other. */
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

  add: (orgId, kind, key) => {
    const { pk, sk } = dataKeyKey(kind, orgId, key.number)
    const due = { duePk: dueKeyOf(`${pk}#${sk}`), dueAt: key.createdAt + FIRST_LOOK_MS }
    return putItem(
      table,
      { pk, sk, ...key, orgId, ...due },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: 'attribute_not_exists(#pk) OR #wrapped = :wrapped',
        values: { ':wrapped': key.wrapped },
      },
    )
  },

  rewrap: async (orgId, kind, before, { wrapped, kmsKeyArn }) => {
    const rewrapped = await updateItem(
      table,
      dataKeyKey(kind, orgId, before.number),
      { wrapped, kmsKeyArn },
      { expression: '#wrapped IN (:wasWrapped, :wrapped)', values: { ':wasWrapped': before.wrapped } },
    )
    return rewrapped !== undefined
  },

  postpone: async (orgId, kind, number, dueAt) => {
    const postponed = await updateItem(
      table,
      dataKeyKey(kind, orgId, number),
      { dueAt },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: '#dueAt <= :now OR #dueAt = :dueAt',
        values: { ':now': Date.now() },
      },
    )
    return postponed !== undefined
  },
})
