import type { NumberStore } from '../domain/ports.ts'
import { grantKey, lastNumberKey, numberKey, userNumberKey } from './keys.ts'
import { batchGet, conditionOf, getItem, increment, type Table, transact, updateOf } from './table.ts'

/** Numbers are positive and below 2^31: clients keep them in 32 bits. */
const HIGHEST = 2 ** 31 - 1

const absent = { expression: 'attribute_not_exists(#pk)' }

/** Numbers, which one counter gives to users and to grants. */
export const numberStore = (table: Table): NumberStore => {
  const put = (orgId: string, number: number, holder: { userId: string } | { grantId: string }) => ({
    Put: { TableName: table.name, Item: { ...numberKey(orgId, number), ...holder }, ...conditionOf(absent) },
  })

  return {
    holder: async (orgId, number) => {
      const possible = Number.isSafeInteger(number) && number > 0 && number <= HIGHEST
      return possible ? getItem(table, numberKey(orgId, number)) : undefined
    },

    ofUsers: async (orgId, userIds) => {
      const found = new Map<string, number>()
      for (let start = 0; start < userIds.length; start += MOST_KEYS) {
        const keys = userIds.slice(start, start + MOST_KEYS).map((userId) => userNumberKey(orgId, userId))
        for (const item of await batchGet(table, keys)) found.set(String(item.userId), Number(item.number))
      }
      return found
    },

    take: async (orgId, count) => {
      const last = await increment(
        table,
        lastNumberKey(orgId),
        'last',
        { expression: 'attribute_not_exists(#last) OR #last <= :highest', values: { ':highest': HIGHEST - count } },
        count,
      )
      if (last === undefined) throw new Error('The numbers of an organization are used up')
      return last - count + 1
    },

    giveToUser: async (orgId, userId, number) => {
      await transact(table, [
        {
          Put: {
            TableName: table.name,
            Item: { ...userNumberKey(orgId, userId), userId, number },
            ...conditionOf(absent),
          },
        },
        put(orgId, number, { userId }),
      ])
    },

    giveToGrant: async (orgId, grantId, number) => {
      const key = grantKey(orgId, grantId)
      const failed = await transact(table, [
        {
          Update: updateOf(
            table,
            key,
            { number },
            { expression: 'attribute_exists(#pk) AND attribute_not_exists(#number)' },
          ),
        },
        put(orgId, number, { grantId }),
      ])
      if (failed.length === 0) return number
      const [item] = await batchGet(table, [key])
      return item?.number as number | undefined
    },
  }
}

/** A batch reads so many keys at most. */
const MOST_KEYS = 100
