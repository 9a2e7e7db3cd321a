import { type Item, type Table, transact } from '../../lib/storage/table.ts'

/** Puts items as they are, as many at a time as a transaction takes. */
export const putAll = async (table: Table, items: readonly Item[]): Promise<void> => {
  for (let start = 0; start < items.length; start += 100) {
    await transact(
      table,
      items.slice(start, start + 100).map((Item) => ({ Put: { TableName: table.name, Item } })),
    )
  }
}
