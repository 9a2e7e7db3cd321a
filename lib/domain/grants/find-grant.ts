import type { Caller } from '../caller.ts'
import type { GrantAndProvider, GrantStore } from '../ports.ts'
import { Problem } from '../problem.ts'

/**
 * A grant that the caller may know of: its own, or any of the organization for an admin.
 * Anything else is `grantNotFound`, whether it exists or not.
 */
export const findGrant = async (grants: GrantStore, caller: Caller, id: string): Promise<GrantAndProvider> => {
  const found = await grants.getWithProvider(caller.orgId, id)
  if (!found || (found.grant.userId !== caller.userId && !caller.admin)) throw new Problem('grantNotFound')
  return found
}

/** The same for what only the owner may use; an admin, who may know of it, is told `ownerOnly`. */
export const findOwnGrant = async (grants: GrantStore, caller: Caller, id: string): Promise<GrantAndProvider> => {
  const found = await findGrant(grants, caller, id)
  if (found.grant.userId !== caller.userId) throw new Problem('ownerOnly')
  return found
}
