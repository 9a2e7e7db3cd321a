import { isPast } from '../expiry.ts'
import { type RevokePorts, revokeGrant } from './revoke.ts'

/** As long as a sweep may run: so long nobody else takes the grant up. */
const AT_WORK_MS = 60_000
/** For so long after its end a revocation that fails is tried again. */
const PATIENCE_MS = 60 * 60_000

/**
 * Revokes a grant whose end has come, and removes it. Does nothing for any other, or while somebody is at work on it.
 * Throws when it should be tried again later.
 */
export const expireGrant = async (ports: RevokePorts, orgId: string, id: string): Promise<void> => {
  const grant = await ports.grants.get(orgId, id)
  const provider = grant && isPast(grant) ? await ports.providers.get(orgId, grant.providerId) : undefined
  if (!grant || !provider) return
  if (!(await ports.grants.claimExpired(grant, Date.now() + AT_WORK_MS))) return
  const outcome = await revokeGrant(ports, grant, provider)
  // Nobody can use its tokens from here any more, but whoever has one still can.
  if (outcome === 'failed' && !isPast(grant, Date.now() - PATIENCE_MS)) {
    throw new Error('The tokens of a grant that has ended could not be revoked')
  }
  const { userId, providerId } = grant
  ports.audit.record({ action: 'grant.removed', orgId, userId, providerId, grantId: id, reason: 'expired' })
  if ((await ports.grants.remove(grant, provider)) === 'changed') {
    throw new Error('A grant that has ended was changed while it was to be removed')
  }
}
