import type { ProviderStore, TicketStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Provider } from '../providers/provider.ts'
import type { BrowserSecret } from './begin-in-browser.ts'
import { hashOf, isSecret, randomSecret } from './secrets.ts'
import { READING_SECONDS, type Ticket } from './ticket.ts'

/** What the page of a ticket names, and the cookie of the browser that shows it. */
export interface OpenedTicket {
  readonly ticket: Ticket
  readonly provider: Provider
  readonly cookie: BrowserSecret
}

/**
 * Opens a ticket within its minute; afterwards the browser that did so may look again and has time to read. Nothing is
 * used up: a program that looks at links ahead of the person must not spoil them. Throws `ticketRefused`.
 */
export const openTicket = async (
  ports: { readonly tickets: TicketStore; readonly providers: ProviderStore },
  given: string | undefined,
  secretOf: (key: string) => string | undefined,
): Promise<OpenedTicket> => {
  const ticket = given === undefined ? undefined : await ports.tickets.get(hashOf(given))
  if (!ticket || ticket.useId !== undefined) throw new Problem('ticketRefused')
  const { key, orgId, providerId } = ticket
  const provider = await ports.providers.get(orgId, providerId)
  if (!provider) throw new Problem('ticketRefused')

  const known = secretOf(key)
  if (known !== undefined && isOpenedBy(ticket, known)) return { ticket, provider, cookie: { key, secret: known } }
  const secret = randomSecret()
  const now = Date.now()
  const inTime = ticket.expiresAt > now
  if (!inTime || !(await ports.tickets.open(ticket, hashOf(secret), now + READING_SECONDS * 1000))) {
    throw new Problem('ticketRefused')
  }
  return { ticket, provider, cookie: { key, secret } }
}

/** Whether it is this browser that has the ticket's page before it, and not for too long. */
export const isOpenedBy = ({ browser, openUntil = 0 }: Ticket, secret: string): boolean =>
  isSecret(secret, browser) && openUntil > Date.now()
