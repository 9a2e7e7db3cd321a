import type { Grant } from './grant.ts'

/** What finishing to connect an account may come to: the exchange, keeping the grant, and giving up tokens. */
export const finishConnecting = [
  'provider:get',
  'provider:update',
  'provider:check',
  'secret:get',
  'flow:get',
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
  'seal:flow',
  'open:grant',
  'seal:grant',
] as const satisfies Grant[]

/** What finding a grant with its provider, revoking it and removing it with all its rows may come to. */
export const removeGrant = [
  'grant:get',
  'grant:batchGet',
  'grant:delete',
  'provider:get',
  'provider:batchGet',
  'member:delete',
  'user:delete',
  'number:delete',
  'sibling:delete',
  'sibling:update',
  'sibling:query',
  'secret:get',
  'open:grant',
  'open:clientSecret',
] as const satisfies Grant[]
