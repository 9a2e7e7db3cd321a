import type { Grant } from './grant.ts'

/** Several sets of words as one, each word once. */
export const together = (...sets: readonly (readonly Grant[])[]): Grant[] => [...new Set(sets.flat())]

/** What reading a token may come to: a refresh, its record, and the verdict on a provider's client secret. */
export const serveToken = [
  'grant:get',
  'grant:batchGet',
  'provider:get',
  'provider:batchGet',
  'grant:update',
  'provider:update',
  'secret:get',
  'sibling:query',
  'open:grant',
  'reseal:grant',
  'open:clientSecret',
  'audit:put',
] as const satisfies Grant[]

/** What revoking and removing a grant takes. */
export const endGrant = [
  'grant:get',
  'grant:delete',
  'provider:get',
  'member:delete',
  'user:delete',
  'number:delete',
  'grant:update',
  'sibling:delete',
  'sibling:query',
  'secret:get',
  'open:grant',
  'open:clientSecret',
  'audit:put',
] as const satisfies Grant[]

/** What finding one of the caller's grants, and then ending it, takes. */
export const disconnect = [...endGrant, 'grant:batchGet', 'provider:batchGet'] as const satisfies Grant[]

/** What asking for tokens, and keeping the grant that they make, takes. */
export const finishFlow = [
  'provider:get',
  'provider:update',
  'provider:check',
  'secret:get',
  'flow:update',
  'flow:delete',
  'member:get',
  'member:put',
  'grant:get',
  'grant:put',
  'user:put',
  'sibling:put',
  'sibling:query',
  'open:clientSecret',
  'open:flow',
  'reseal:flow',
  'open:grant',
  'seal:grant',
  'audit:put',
] as const satisfies Grant[]

/** What finding the caller's most recent grant of a provider takes, which is named by its id or its slug. */
export const findLink = [
  'provider:get',
  'provider:batchGet',
  'slug:get',
  'user:query',
  'grant:batchGet',
] as const satisfies Grant[]
