import type { Caller } from '../caller.ts'
import { collect } from '../collect.ts'
import { isPast } from '../expiry.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantAndProvider, GrantStore, ProviderStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import { findProvider } from '../providers/find.ts'
import type { Provider } from '../providers/provider.ts'

export interface FindPorts {
  readonly providers: Pick<ProviderStore, 'get' | 'findBySlug'>
  readonly grants: Pick<GrantStore, 'findMember' | 'listOfUser' | 'getMany'>
}

/**
 * The grant by which the caller uses a provider: the one of a shared provider, whoever has made it, else the newest of the
 * caller's own. Undefined when there is none.
 */
export const connectionOf = ({ grants }: FindPorts, caller: Caller, provider: Provider): Promise<Grant | undefined> =>
  provider.shared ? sharedGrant(grants, provider) : newestGrant(grants, caller, provider)

/** An integration by its id or slug, with the caller's connection. Throws `providerNotFound`, `grantNotFound`. */
export const findConnection = async (ports: FindPorts, caller: Caller, idOrSlug: string): Promise<GrantAndProvider> => {
  const provider = await findProvider(ports.providers, caller.orgId, idOrSlug)
  const grant = await connectionOf(ports, caller, provider)
  if (!grant) throw new Problem('grantNotFound')
  return { grant, provider }
}

const sharedGrant = async (grants: FindPorts['grants'], provider: Provider): Promise<Grant | undefined> => {
  const member = await grants.findMember(provider, '', '')
  const [grant] = member ? await grants.getMany(provider.orgId, [member.grantId]) : []
  return grant && !isPast(grant) ? grant : undefined
}

const newestGrant = async (
  grants: FindPorts['grants'],
  { orgId, userId }: Caller,
  { id }: Provider,
): Promise<Grant | undefined> => {
  const { items } = await collect(
    (page) => grants.listOfUser(orgId, userId, page),
    async (ids) =>
      (await grants.getMany(orgId, ids))
        .filter((grant) => grant.providerId === id && !isPast(grant))
        .map((item) => ({ item, place: item.id })),
    { limit: 1, descending: true },
  )
  return items[0]
}
