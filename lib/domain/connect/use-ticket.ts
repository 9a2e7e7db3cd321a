import { newId } from '../ids.ts'
import type { ProviderStore, TicketStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import { type Begun, type BrowserPorts, type BrowserSecret, beginInBrowser } from './begin-in-browser.ts'
import { isOpenedBy } from './open-ticket.ts'
import { requireConnectable } from './start-flow.ts'

/**
 * Uses a ticket up, in the browser that has its page before it, and begins its flow there.
 * Throws `ticketRefused`, `providerNotFound`, `providerNotActive`, `sharedConnection`.
 */
export const useTicket = async (
  ports: BrowserPorts & { readonly tickets: TicketStore; readonly providers: ProviderStore },
  { key, secret }: BrowserSecret,
): Promise<Begun> => {
  const ticket = await ports.tickets.get(key)
  if (!ticket?.browser || !isOpenedBy(ticket, secret)) throw new Problem('ticketRefused')
  const { orgId, userId, actorId, completion, returnTo } = ticket
  const provider = await ports.providers.get(orgId, ticket.providerId)
  if (!provider) throw new Problem('providerNotFound')
  await requireConnectable(ports, ticket, provider)
  if (!(await ports.tickets.use(ticket, ticket.browser, newId()))) throw new Problem('ticketRefused')
  const caller = { orgId, userId, admin: false, ...(actorId !== undefined && { actorId }) }
  const ending = { completion, ...(returnTo !== undefined && { returnTo }) }
  return beginInBrowser(ports, caller, provider, ending, true)
}
