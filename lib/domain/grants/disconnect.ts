import type { Caller } from '../caller.ts'
import { Problem } from '../problem.ts'
import { findGrant } from './find-grant.ts'
import { type RevokePorts, revokeGrant } from './revoke.ts'

/** How often a grant that changes under our hands (a refresh, a renewed consent) is revoked anew. */
const TRIES = 3

/**
 * Revokes a grant upstream, best effort, and removes it. What a refresh in flight still brings is revoked by that
 * refresh, which finds its grant gone. Throws `grantNotFound`, `tryAgain`.
 */
export const disconnect = async (ports: RevokePorts, caller: Caller, id: string): Promise<void> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const { grant, provider } = await findGrant(ports.grants, caller, id)
    ports.audit.record({ action: 'grant.removed', ...caller, providerId: provider.id, grantId: id })
    await revokeGrant(ports, grant, provider)
    if ((await ports.grants.remove(grant, provider)) !== 'changed') return
  }
  throw new Problem('tryAgain')
}
