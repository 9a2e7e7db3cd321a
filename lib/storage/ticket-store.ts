import type { Ticket } from '../domain/connect/ticket.ts'
import { READING_SECONDS } from '../domain/connect/ticket.ts'
import type { TicketStore } from '../domain/ports.ts'
import { ticketKey } from './keys.ts'
import { getItem, putItem, type Table, updateItem } from './table.ts'

/** Tickets. Each is left to the table's TTL, once nobody can be reading its page any more. */
export const ticketStore = (table: Table): TicketStore => ({
  create: async (ticket) => {
    const ttl = Math.ceil(ticket.expiresAt / 1000) + READING_SECONDS
    await putItem(table, { ...ticketKey(ticket.key), ...ticket, ttl })
  },

  get: (key) => getItem<Ticket>(table, ticketKey(key)),

  open: async ({ key }, browser, openUntil) => {
    const opened = await updateItem(
      table,
      ticketKey(key),
      { browser, openUntil },
      { expression: '#expiresAt > :now AND attribute_not_exists(#useId)', values: { ':now': Date.now() } },
    )
    return opened !== undefined
  },

  use: async ({ key }, browser, useId) => {
    const used = await updateItem(
      table,
      ticketKey(key),
      { useId },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: '#browser = :browser AND #openUntil > :now AND (attribute_not_exists(#useId) OR #useId = :useId)',
        values: { ':browser': browser, ':now': Date.now() },
      },
    )
    return used !== undefined
  },
})
