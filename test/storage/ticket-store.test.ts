import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Ticket } from '../../lib/domain/connect/ticket.ts'
import type { TicketStore } from '../../lib/domain/ports.ts'
import { ticketStore } from '../../lib/storage/ticket-store.ts'
import { aTable, type TestTable, withLostAnswers } from '../support/table.ts'

let table: TestTable
let store: TicketStore
beforeAll(async () => {
  table = await aTable()
  store = ticketStore(table)
})
afterAll(() => table?.close())

const aTicket = (changes: Partial<Ticket> = {}): Ticket => ({
  key: randomBytes(32).toString('base64url'),
  orgId: 'acme',
  userId: 'grace',
  providerId: 'provider-1',
  completion: 'page',
  expiresAt: Date.now() + 60_000,
  ...changes,
})
const stored = async (changes: Partial<Ticket> = {}): Promise<Ticket> => {
  const ticket = aTicket(changes)
  await store.create(ticket)
  return ticket
}
const later = (): number => Date.now() + 600_000

describe('a ticket', () => {
  test('is kept as it was issued, and left to the TTL of the table when nobody can be reading its page', async () => {
    const ticket = await stored({ returnTo: 'https://app.example/', completion: 'app', actorId: 'bot' })

    expect(await store.get(ticket.key)).toEqual(ticket)
    const item = (await table.items()).find(({ key }) => key === ticket.key)
    expect(item).toMatchObject({ pk: `TICKET#${ticket.key}`, ttl: Math.ceil(ticket.expiresAt / 1000) + 600 })
  })

  test.each<[string, Partial<Ticket>, boolean]>([
    ['is opened within its time', {}, true],
    ['is opened by another browser after the first', { browser: 'first', openUntil: later() }, true],
    ['is not opened later, though its row is still there', { expiresAt: Date.now() - 1 }, false],
    ['is not opened when it is used up', { useId: 'used' }, false],
  ])('%s', async (_, changes, opens) => {
    const ticket = await stored(changes)

    expect(await store.open(ticket, 'mine', later())).toBe(opens)

    expect((await store.get(ticket.key))?.browser === 'mine').toBe(opens)
  })

  test.each<[string, Partial<Ticket>, boolean]>([
    ['is used by the browser that has it open', { browser: 'mine', openUntil: later() }, true],
    [
      'is used by that browser after its minute as well',
      { browser: 'mine', openUntil: later(), expiresAt: Date.now() - 1 },
      true,
    ],
    ['is not used by another', { browser: 'other', openUntil: later() }, false],
    ['is not used when it was read for too long', { browser: 'mine', openUntil: Date.now() - 1 }, false],
    ['is not used unopened', {}, false],
    ['is not used twice', { browser: 'mine', openUntil: later(), useId: 'before' }, false],
  ])('%s', async (_, changes, uses) => {
    expect(await store.use(await stored(changes), 'mine', 'this-use')).toBe(uses)
  })

  test('is used by one of fifty at once', async () => {
    const ticket = await stored({ browser: 'mine', openUntil: later() })

    const uses = await Promise.all(Array.from({ length: 50 }, (_, place) => store.use(ticket, 'mine', `${place}`)))

    expect(uses.filter(Boolean)).toHaveLength(1)
  })

  test('that nobody has issued is not made by opening or using it', async () => {
    const ticket = aTicket({ browser: 'mine', openUntil: later() })

    expect([await store.open(ticket, 'mine', later()), await store.use(ticket, 'mine', 'x')]).toEqual([false, false])
    expect(await store.get(ticket.key)).toBeUndefined()
  })
})

describe('a write whose answer was lost is repeated by the SDK, and', () => {
  test('uses the ticket up once', async () => {
    const lost = ticketStore(withLostAnswers(table))
    const ticket = await stored({ browser: 'mine', openUntil: later() })

    expect(await lost.use(ticket, 'mine', 'this-use')).toBe(true)
    expect(await lost.use(ticket, 'mine', 'another-use')).toBe(false)
  })
})
