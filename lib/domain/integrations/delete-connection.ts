import type { Caller } from '../caller.ts'
import { disconnect } from '../grants/disconnect.ts'
import type { RevokePorts } from '../grants/revoke.ts'
import { Problem } from '../problem.ts'
import { findConnection } from './find-connection.ts'

/**
 * Revokes the caller's connection upstream, best effort, and removes it. A shared one only its owner and admins may end.
 * Throws `providerNotFound`, `grantNotFound`, `sharedOwnerOnly`, `tryAgain`.
 */
export const deleteConnection = async (ports: RevokePorts, caller: Caller, idOrSlug: string): Promise<void> => {
  const { grant } = await findConnection(ports, caller, idOrSlug)
  if (grant.userId !== caller.userId && !caller.admin) throw new Problem('sharedOwnerOnly')
  await disconnect(ports, caller, grant.id)
}
