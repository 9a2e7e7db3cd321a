import type { Caller } from '../caller.ts'
import { findGrant } from '../grants/find-grant.ts'
import type { GrantAndProvider, GrantStore, NumberStore } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Numbered } from './user-connection.ts'

export interface FindPorts {
  readonly grants: GrantStore
  readonly numbers: NumberStore
}

/** A grant that the caller may know of, by its number. Anything else is `grantNotFound`. */
export const findByNumber = async (
  { grants, numbers }: FindPorts,
  caller: Caller,
  number: number,
): Promise<GrantAndProvider> => {
  const { grantId } = (await numbers.holder(caller.orgId, number)) ?? {}
  if (grantId === undefined) throw new Problem('grantNotFound')
  return findGrant(grants, caller, grantId)
}

/** The same with its numbers. */
export const findNumbered = async (ports: FindPorts, caller: Caller, pk: number): Promise<Numbered> => {
  const found = await findByNumber(ports, caller, pk)
  const { userId } = found.grant
  const user = (await ports.numbers.ofUsers(caller.orgId, [userId])).get(userId)
  // An owner is numbered before its grants.
  if (user === undefined) throw new Problem('grantNotFound')
  return { ...found, pk, user }
}
