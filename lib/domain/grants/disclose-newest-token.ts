import type { Caller } from '../caller.ts'
import { collect } from '../collect.ts'
import { type IssuePorts, issueTicket } from '../connect/issue-ticket.ts'
import { isPast } from '../expiry.ts'
import type { GrantAndProvider } from '../ports.ts'
import { Problem } from '../problem.ts'
import { discloseToken } from './disclose-token.ts'
import { type Grant, isLiving } from './grant.ts'
import type { RefreshPorts } from './refresh.ts'

export interface NewestPorts extends RefreshPorts, Pick<IssuePorts, 'tickets'> {
  /** The link of a ticket. */
  readonly linkOf: (ticket: string) => string
}

interface Wish {
  readonly minimumSeconds?: number | undefined
  /** Whether a link to connect an account comes with the refusal. */
  readonly connect?: boolean | undefined
}

/**
 * A fresh access token of the caller's newest own grant at a provider that lives, put on record before it is handed out.
 * Throws `providerNotFound`; `grantNotFound` where there is none and `grantExpired` where all are dead, both with a link to
 * connect when that is wished for; and what `discloseToken` throws.
 */
export const discloseNewestToken = async (
  ports: NewestPorts,
  caller: Caller,
  providerId: string,
  { minimumSeconds, connect = false }: Wish,
): Promise<GrantAndProvider & { accessToken: string }> => {
  const provider = await ports.providers.get(caller.orgId, providerId)
  if (!provider) throw new Problem('providerNotFound')
  const own = await grantsAt(ports, caller, providerId)
  for (const { id } of own.filter((grant) => isLiving(grant, provider))) {
    try {
      return await discloseToken(ports, caller, id, minimumSeconds)
    } catch (error) {
      // It has died, or was removed, just now: the next is the newest.
      if (!(error instanceof Problem) || !['grantExpired', 'grantNotFound'].includes(error.code)) throw error
    }
  }
  throw new Problem(own.length > 0 ? 'grantExpired' : 'grantNotFound', {
    connect: connect ? await linkFor(ports, caller, providerId) : undefined,
  })
}

/** The caller's own, newest first. */
const grantsAt = async ({ grants }: NewestPorts, { orgId, userId }: Caller, providerId: string): Promise<Grant[]> => {
  const { items } = await collect(
    (page) => grants.listOfUser(orgId, userId, page),
    async (ids) =>
      (await grants.getMany(orgId, ids))
        .filter((grant) => grant.providerId === providerId && !isPast(grant))
        .map((item) => ({ item, place: item.id })),
    { limit: 100, descending: true },
  )
  return [...items]
}

/** Undefined where nobody can connect just now: why not is said when they try. */
const linkFor = async (ports: NewestPorts, caller: Caller, providerId: string): Promise<Problem['connect']> => {
  try {
    const { ticket, expiresAt } = await issueTicket(ports, caller, providerId, {})
    return { url: ports.linkOf(ticket), expiresAt: new Date(expiresAt).toISOString() }
  } catch (error) {
    if (error instanceof Problem && (error.code === 'providerNotActive' || error.code === 'sharedConnection')) return
    throw error
  }
}
