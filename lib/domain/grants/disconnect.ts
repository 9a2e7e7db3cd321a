import type { Caller } from '../caller.ts'
import type { GrantAndProvider, RevocationOutcome } from '../ports.ts'
import { Problem } from '../problem.ts'
import { findGrant } from './find-grant.ts'
import { type RevokePorts, revokeGrant } from './revoke.ts'

/** How often a grant that changes under our hands (a refresh, a renewed consent) is revoked anew. */
const TRIES = 3

/**
 * Revokes a grant upstream, best effort, and removes it. What a refresh in flight still brings is revoked by that
 * refresh, which finds its grant gone. Answers what was removed, and what came of the revocation.
 * Throws `grantNotFound`, `tryAgain`.
 */
export const disconnect = async (
  ports: RevokePorts,
  caller: Caller,
  id: string,
): Promise<GrantAndProvider & { outcome: RevocationOutcome }> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const { grant, provider } = await findGrant(ports.grants, caller, id)
    ports.audit.record({ action: 'grant.removed', ...caller, providerId: provider.id, grantId: id })
    const outcome = await revokeGrant(ports, grant, provider)
    if ((await ports.grants.remove(grant, provider)) !== 'changed') return { grant, provider, outcome }
  }
  throw new Problem('tryAgain')
}
