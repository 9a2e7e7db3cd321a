import type { Grant } from '../grants/grant.ts'
import type { NumberStore } from '../ports.ts'
import { Problem } from '../problem.ts'

/** So many numbers are given at a time. */
const AT_A_TIME = 10
/** How often a user or a grant that got a number meanwhile, or changed, is looked at again. */
const TRIES = 3

export interface Numbers {
  /** By the id of the grant. */
  readonly grants: ReadonlyMap<string, number>
  /** By the id of the user. */
  readonly users: ReadonlyMap<string, number>
}

/**
 * The numbers of grants and of their owners. Whoever has none yet is given the next one; who is first wins, and a number
 * that was taken and not given is nobody's for ever. A grant that is gone meanwhile has none. Throws `tryAgain`.
 */
export const numbersOf = async (numbers: NumberStore, orgId: string, grants: readonly Grant[]): Promise<Numbers> => {
  const ofGrants = new Map(grants.flatMap(({ id, number }) => (number === undefined ? [] : [[id, number] as const])))
  const ofUsers = await usersOf(numbers, orgId, [...new Set(grants.map(({ userId }) => userId))])
  const without = grants.filter(({ id }) => !ofGrants.has(id))
  let next = without.length === 0 ? 0 : await numbers.take(orgId, without.length)
  await inTurn(without, async ({ id }) => {
    const number = await numbers.giveToGrant(orgId, id, next++)
    if (number !== undefined) ofGrants.set(id, number)
  })
  return { grants: ofGrants, users: ofUsers }
}

const usersOf = async (
  numbers: NumberStore,
  orgId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await numbers.ofUsers(orgId, userIds)
    const without = userIds.filter((userId) => !known.has(userId))
    if (without.length === 0) return known
    let next = await numbers.take(orgId, without.length)
    await inTurn(without, (userId) => numbers.giveToUser(orgId, userId, next++))
  }
  throw new Problem('tryAgain')
}

const inTurn = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
  for (let start = 0; start < items.length; start += AT_A_TIME) {
    await Promise.all(items.slice(start, start + AT_A_TIME).map(work))
  }
}
