import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstOf, newId } from '../../lib/domain/ids.ts'
import { auditStore } from '../../lib/storage/audit-store.ts'
import { aTable, type TestTable } from '../support/table.ts'

let table: TestTable
beforeAll(async () => {
  table = await aTable()
}, 30_000)
afterAll(() => table?.close())

const DAY = '2026-11-21'
const at = Date.parse(`${DAY}T10:00:00.000Z`)
const anEntry = (time: number, orgId = 'acme') =>
  ({ action: 'token.disclosed', orgId, userId: 'grace', grantId: 'one', id: newId(time), at: time }) as const

test('entries of a day are listed newest first, within their bounds, page by page', async () => {
  const store = auditStore(table)
  const entries = [0, 1, 2, 3, 4].map((ms) => anEntry(at + ms))
  for (const entry of [...entries, anEntry(at, 'globex'), anEntry(at + 86_400_000)]) await store.add(entry, 30)
  const span = { from: firstOf(at + 1), before: firstOf(at + 4), limit: 2 }

  const first = await store.list('acme', DAY, span)
  const second = await store.list('acme', DAY, { ...span, before: first.next ?? '' })

  expect(first.items).toEqual([entries[3], entries[2]])
  expect(second).toEqual({ items: [entries[1]] })
})

test('an entry is forgotten by the table after its days', async () => {
  const entry = anEntry(at)
  await auditStore(table).add(entry, 30)

  const row = (await table.items()).find(({ id }) => id === entry.id)

  expect(row).toMatchObject({ pk: `AUDIT#acme#${DAY}`, sk: entry.id, ttl: at / 1000 + 30 * 86_400 })
})
