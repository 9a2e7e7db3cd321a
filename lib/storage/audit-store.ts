import { dayOf } from '../domain/audit/day.ts'
import type { AuditEntry, AuditStore } from '../domain/ports.ts'
import { auditKey, auditPartition } from './keys.ts'
import { putItem, queryItems, record, type Table } from './table.ts'

const DAY_SECONDS = 86_400

/** Copies of audit records. They are only ever added, and the table forgets them by itself. */
export const auditStore = (table: Table): AuditStore => ({
  add: async (entry, days) => {
    const ttl = Math.ceil(entry.at / 1000) + days * DAY_SECONDS
    await putItem(table, { ...auditKey(entry.orgId, dayOf(entry.at), entry.id), ...entry, ttl })
  },

  list: async (orgId, day, { from, before, limit }) => {
    const items = await queryItems(table, {
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk AND #sk BETWEEN :first AND :last',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: { ':pk': auditPartition(orgId, day), ':first': from, ':last': before },
      ScanIndexForward: false,
      // `before` itself, and one more than asked for, so that a full last page is known to be the last.
      Limit: limit + 2,
    })
    const left = items.filter(({ sk }) => sk !== before)
    const page = left.slice(0, limit)
    const last = page.at(-1)
    return {
      items: page.map((item) => record<AuditEntry>(item)),
      ...(left.length > limit && last && { next: String(last.sk) }),
    }
  },
})
