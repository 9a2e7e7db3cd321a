import type { Caller } from '../caller.ts'
import type { Audit, GrantStore, ProviderStore, TicketStore } from '../ports.ts'
import { invalid } from '../problem.ts'
import { findProvider } from '../providers/find.ts'
import type { Provider } from '../providers/provider.ts'
import type { Completion } from './flow.ts'
import { hashOf, randomSecret } from './secrets.ts'
import { requireConnectable } from './start-flow.ts'
import { TICKET_SECONDS } from './ticket.ts'

export interface IssuePorts {
  readonly providers: ProviderStore
  readonly grants: Pick<GrantStore, 'findMember'>
  readonly tickets: Pick<TicketStore, 'create'>
  readonly audit: Audit
}

/** Where the browser goes in the end, and who finishes. */
export interface BrowserRequest {
  readonly returnTo?: string | undefined
  readonly completion?: Completion | undefined
}

/**
 * Lets the caller connect an account in a browser, once, within a minute. Answers the ticket, which is kept nowhere.
 * Throws `providerNotFound`, `providerNotActive`, `sharedConnection`, `invalidRequest` (`returnTo`).
 */
export const issueTicket = async (
  ports: IssuePorts,
  caller: Caller,
  idOrSlug: string,
  request: BrowserRequest,
): Promise<{ ticket: string; expiresAt: number }> => {
  const provider = await findProvider(ports.providers, caller.orgId, idOrSlug)
  const ending = chooseEnding(provider, request)
  await requireConnectable(ports, caller, provider)

  const ticket = randomSecret()
  const expiresAt = Date.now() + TICKET_SECONDS * 1000
  const { orgId, userId, actorId } = caller
  ports.audit.record({ action: 'ticket.issued', orgId, userId, actorId, providerId: provider.id })
  await ports.tickets.create({
    key: hashOf(ticket),
    orgId,
    userId,
    ...(actorId !== undefined && { actorId }),
    providerId: provider.id,
    ...ending,
    expiresAt,
  })
  return { ticket, expiresAt }
}

/**
 * The allow-list of `returnTo` is the provider's `redirectUris`, compared exactly: an admin has entered them as places
 * of the application, which may be given a code; so it may be given a handle, and there is no second list to keep.
 */
export const chooseEnding = (
  provider: Provider,
  { returnTo, completion = returnTo === undefined ? 'page' : 'app' }: BrowserRequest,
): { completion: Completion; returnTo?: string } => {
  if (returnTo === undefined) return { completion }
  if (!provider.redirectUris.includes(returnTo)) {
    throw invalid('returnTo', "must equal one of the provider's redirectUris, character by character")
  }
  return { completion, returnTo }
}
