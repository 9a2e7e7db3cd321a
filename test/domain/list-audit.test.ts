import { describe, expect, test } from 'vitest'
import { dayOf } from '../../lib/domain/audit/day.ts'
import { listAudit } from '../../lib/domain/audit/list-audit.ts'
import { newId } from '../../lib/domain/ids.ts'
import type { AuditEntry, AuditStore } from '../../lib/domain/ports.ts'

const admin = { orgId: 'acme', userId: 'ada', admin: true }
const HOUR = 3_600_000
const now = Date.parse('2026-11-21T12:00:00.000Z')

const anEntry = (hoursAgo: number, changes: Partial<AuditEntry> = {}): AuditEntry => {
  const at = now - hoursAgo * HOUR
  return { action: 'token.disclosed', orgId: 'acme', userId: 'grace', grantId: 'one', id: newId(at), at, ...changes }
}

/** A store in memory, which counts how often it was read. */
const aStore = (entries: readonly AuditEntry[]) => {
  let reads = 0
  const store: AuditStore = {
    add: async () => undefined,
    list: async (orgId, day, { from, before, limit }) => {
      reads += 1
      expect(from <= before).toBe(true)
      const matching = entries
        .filter((entry) => entry.orgId === orgId && dayOf(entry.at) === day && entry.id >= from && entry.id < before)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
      const items = matching.slice(0, limit)
      return { items, ...(matching.length > limit && { next: items.at(-1)?.id ?? '' }) }
    },
  }
  return { store, reads: () => reads }
}

const at = (hoursAgo: number): number => now - hoursAgo * HOUR

describe('the list of audit records', () => {
  test('is that of the span, over days, newest first', async () => {
    const entries = [50, 30, 13, 11, 1, 0].map((hoursAgo) => anEntry(hoursAgo))
    const { store } = aStore(entries)

    const { items, next } = await listAudit(store, admin, { from: at(30), to: now })

    expect(items.map((entry) => (now - entry.at) / HOUR)).toEqual([1, 11, 13, 30])
    expect(next).toBeUndefined()
  })

  test('begins, unless asked otherwise, with the day before today', async () => {
    const yesterday = Date.parse(dayOf(Date.now())) - 1000
    const entries = [yesterday, yesterday - 2 * 24 * HOUR].map((time) => anEntry(0, { id: newId(time), at: time }))

    const { items } = await listAudit(aStore(entries).store, admin, {})

    expect(items).toHaveLength(1)
  })

  test.each<[object, number]>([
    [{}, 4],
    [{ userId: 'grace' }, 3],
    [{ grantId: 'two' }, 2],
    [{ userId: 'grace', grantId: 'two' }, 1],
    [{ userId: 'nobody' }, 0],
  ])('of %j has %i', async (filter, count) => {
    const { store } = aStore([
      anEntry(1),
      anEntry(2),
      anEntry(3, { grantId: 'two' }),
      anEntry(4, { grantId: 'two', userId: 'linus' }),
      anEntry(1, { orgId: 'globex' }),
    ])

    const { items } = await listAudit(store, admin, { to: now, ...filter })

    expect(items).toHaveLength(count)
  })

  test('goes on where the page before ended, without a gap and without a repetition', async () => {
    const entries = Array.from({ length: 37 }, (_, index) => anEntry(index * 1.7))
    const { store } = aStore(entries)
    const span = { from: at(70), to: now + 1, limit: 5 }

    const ids: string[] = []
    let after: string | undefined
    do {
      const page = await listAudit(store, admin, { ...span, after })
      ids.push(...page.items.map(({ id }) => id))
      after = page.next
    } while (after !== undefined)

    expect(ids).toEqual(entries.map(({ id }) => id))
  })

  test('reads so much and no more for one page, however little a filter matches', async () => {
    const { store, reads } = aStore(
      Array.from({ length: 11_000 }, (_, index) => anEntry(0, { id: newId(now - index), at: now - index })),
    )

    const page = await listAudit(store, admin, { to: now + 1, userId: 'nobody' })

    expect(reads()).toBe(40)
    expect(page).toMatchObject({ items: [], next: expect.any(String) })
  })

  test.each([
    [at(0), at(0)],
    [at(0), at(1)],
    [at(24 * 32), at(0)],
  ])('from %i to %i is no span that it takes', async (from, to) => {
    await expect(listAudit(aStore([]).store, admin, { from, to })).rejects.toMatchObject({
      code: 'invalidRequest',
      fields: [{ name: 'from', message: 'must be before to, and at most 31 days' }],
    })
  })
})
