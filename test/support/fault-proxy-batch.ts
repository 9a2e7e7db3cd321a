type Wanted = unknown[] | { Keys: unknown[] }
type RequestItems = Record<string, Wanted>

/**
 * Splits the `RequestItems` of a BatchGetItem or BatchWriteItem into what is done and the last `count` entries, which
 * are left undone.
 */
export function splitBatch(items: RequestItems, count: number): { done: RequestItems; undone: RequestItems } {
  const done: RequestItems = {}
  const undone: RequestItems = {}
  let left = count
  for (const [table, wanted] of Object.entries(items).reverse()) {
    const entries = Array.isArray(wanted) ? wanted : wanted.Keys
    const part = (some: unknown[]): Wanted => (Array.isArray(wanted) ? some : { ...wanted, Keys: some })
    const kept = Math.max(0, entries.length - left)
    if (kept > 0) done[table] = part(entries.slice(0, kept))
    if (kept < entries.length) undone[table] = part(entries.slice(kept))
    left -= entries.length - kept
  }
  return { done, undone }
}
