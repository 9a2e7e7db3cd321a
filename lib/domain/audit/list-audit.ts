import type { Caller } from '../caller.ts'
import { firstOf, timeOf } from '../ids.ts'
import type { AuditEntry, AuditStore, Page } from '../ports.ts'
import { invalid } from '../problem.ts'
import { DAY_MS, dayOf } from './day.ts'

export interface AuditFilter {
  readonly userId?: string | undefined
  readonly grantId?: string | undefined
  /** Milliseconds since the epoch; from the beginning of the day before `to` unless given. */
  readonly from?: number | undefined
  /** The first time that is not answered any more; now unless given. */
  readonly to?: number | undefined
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly after?: string | undefined
}

/** The longest span of one list. */
const MOST_DAYS = 31
/** The page size unless one is asked for. */
const LIMIT = 100
/** So many entries are read at a time, so often in one request: a filter that matches little must not read for ever. */
const AT_A_TIME = 250
const READS = 40

/**
 * The organization's audit records of a span, newest first. `next` is there while there may be more, also where a page
 * holds fewer than asked for. Throws `invalidRequest` (`from`).
 */
export const listAudit = async (
  entries: AuditStore,
  { orgId }: Caller,
  { userId, grantId, limit = LIMIT, after, ...span }: AuditFilter,
): Promise<Page<AuditEntry>> => {
  const to = span.to ?? Date.now()
  const from = span.from ?? Date.parse(dayOf(to)) - DAY_MS
  if (!(from < to && to - from <= MOST_DAYS * DAY_MS)) {
    throw invalid('from', `must be before to, and at most ${MOST_DAYS} days`)
  }
  const matches = (entry: AuditEntry): boolean =>
    (userId === undefined || entry.userId === userId) && (grantId === undefined || entry.grantId === grantId)

  const found: AuditEntry[] = []
  let before = after ?? firstOf(to)
  for (let reads = 0; reads < READS; reads++) {
    const day = dayOf(timeOf(before))
    const begin = Math.max(from, Date.parse(day))
    const page = await entries.list(orgId, day, { from: firstOf(begin), before, limit: AT_A_TIME })
    for (const entry of page.items) {
      before = entry.id
      if (matches(entry)) found.push(entry)
      if (found.length === limit) return { items: found, next: before }
    }
    if (page.next !== undefined) continue
    if (begin === from) return { items: found }
    // After all ids of the last millisecond of the day before.
    before = `${firstOf(begin - 1)}~`
  }
  return { items: found, next: before }
}
