import type { Caller } from '../caller.ts'
import type { GrantStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Provider } from '../providers/provider.ts'

/** A shared provider that somebody else has connected is not connected again. Throws `sharedConnection`. */
export const refuseTaken = async (
  grants: Pick<GrantStore, 'findMember'>,
  provider: Provider,
  caller: Pick<Caller, 'userId'>,
): Promise<void> => {
  if (!provider.shared) return
  const member = await grants.findMember(provider, caller.userId, '')
  if (member && member.userId !== caller.userId) throw new Problem('sharedConnection')
}
