import type { Flow } from '../domain/connect/flow.ts'
import type { FlowStore } from '../domain/ports.ts'
import { dueKeyOf, flowKey } from './keys.ts'
import { deleteItem, getItem, putItem, type Table, updateItem } from './table.ts'

/** Flows. One that has sent a code is no longer left to the table's TTL: it may point to a grant upstream. */
export const flowStore = (table: Table): FlowStore => ({
  create: (flow) =>
    putItem(
      table,
      { ...flowKey(flow.key), ...flow, ttl: Math.ceil(flow.expiresAt / 1000) },
      {
        // The sealed verifier tells our own repeated write from somebody else's flow.
        expression:
          'attribute_not_exists(#pk) OR #expiresAt < :now AND attribute_not_exists(#code) OR #secrets = :secrets',
        values: { ':now': Date.now(), ':secrets': flow.secrets },
      },
    ),

  get: (key) => getItem<Flow>(table, flowKey(key)),

  claim: async (flow, { id, until, code, dueAt }) => {
    const claimed = await updateItem(
      table,
      flowKey(flow.key),
      { claimId: id, claimUntil: until, code, duePk: dueKeyOf(flow.key), dueAt, ttl: undefined },
      {
        expression:
          '#expiresAt = :expiresAt AND (attribute_not_exists(#claimUntil) OR #claimUntil < :now OR #claimId = :claimId)',
        values: { ':expiresAt': flow.expiresAt, ':now': Date.now() },
      },
    )
    return claimed !== undefined
  },

  keepTokens: async (flow, claimId, tokens, dueAt) =>
    (await updateItem(table, flowKey(flow.key), { tokens, dueAt }, claimedBy(claimId))) !== undefined,

  release: async (flow, claimId) => {
    await updateItem(table, flowKey(flow.key), { claimId: undefined, claimUntil: undefined }, claimedBy(claimId))
  },

  handOver: async (flow, handle, returnedCode) => {
    const handed = await updateItem(
      table,
      flowKey(flow.key),
      { handle, returnedCode },
      {
        expression: '#expiresAt = :expiresAt AND attribute_not_exists(#code)',
        values: { ':expiresAt': flow.expiresAt },
      },
    )
    return handed !== undefined
  },

  hold: async (flow, claimId, account, until) => {
    const held = await updateItem(
      table,
      flowKey(flow.key),
      { account, expiresAt: until, dueAt: until, claimId: undefined, claimUntil: undefined },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself: what it has sealed is its own.
        expression: '#claimId = :claimedBy OR #account = :account',
        values: { ':claimedBy': claimId },
      },
    )
    return held !== undefined
  },

  remove: async (flow, claimId) => {
    const unsent = { expression: 'attribute_not_exists(#code)' }
    await deleteItem(table, flowKey(flow.key), claimId === undefined ? unsent : claimedBy(claimId))
  },
})

const claimedBy = (claimId: string) => ({ expression: '#claimId = :claimedBy', values: { ':claimedBy': claimId } })
