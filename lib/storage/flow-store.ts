import {
  type DeviceFlow,
  type DirectFlow,
  endOf,
  type Flow,
  type FlowEnd,
  isDeviceFlow,
} from '../domain/connect/flow.ts'
import type { Claimed, FlowStore } from '../domain/ports.ts'
import { dueKeyOf, flowEndKey, flowKey } from './keys.ts'
import {
  conditionOf,
  deleteItem,
  getItem,
  putItem,
  queryItems,
  record,
  type Table,
  type TransactItem,
  transact,
  updateItem,
} from './table.ts'

/** So long a device flow is known after its handle has expired, so that who polls is told. */
const GRACE_SECONDS = 600

/** When the table may forget a flow. */
const ttlOf = (flow: Flow): number => Math.ceil(flow.expiresAt / 1000) + (isDeviceFlow(flow) ? GRACE_SECONDS : 0)

/** Flows. One that has sent a code is no longer left to the table's TTL: it may point to a grant upstream. */
export const flowStore = (table: Table): FlowStore => ({
  create: (flow) =>
    putItem(
      table,
      { ...flowKey(flow.key), ...flow, ttl: ttlOf(flow) },
      {
        // The sealed verifier tells our own repeated write from somebody else's flow.
        expression:
          'attribute_not_exists(#pk) OR #expiresAt < :now AND attribute_not_exists(#code) OR #secrets = :secrets',
        values: { ':now': Date.now(), ':secrets': flow.secrets },
      },
    ),

  get: (key) => getItem<Flow>(table, flowKey(key)),

  getDevice: (key) => withEnd<DeviceFlow>(table, key),
  getDirect: (key) => withEnd<DirectFlow>(table, key),

  claim: <Kind extends Flow>(flow: Kind, { id, until, code, dueAt, nextPollAt }: Parameters<FlowStore['claim']>[1]) =>
    updateItem<Claimed<Kind>>(
      table,
      flowKey(flow.key),
      {
        claimId: id,
        claimUntil: until,
        ...(code && { code }),
        duePk: dueKeyOf(flow.key),
        dueAt,
        ttl: undefined,
        ...(nextPollAt !== undefined && { nextPollAt }),
      },
      {
        expression: `#expiresAt = :expiresAt AND (#claimId = :claimId OR (attribute_not_exists(#claimUntil) OR #claimUntil < :now) AND (attribute_not_exists(#nextPollAt) OR #nextPollAt <= :now))${code ? '' : ' AND #code = :sent'}`,
        values: { ':expiresAt': flow.expiresAt, ':now': Date.now(), ...(!code && { ':sent': flow.code }) },
      },
    ).catch(async (error: unknown) => {
      // Written, and all answers were lost.
      const current = await getItem<Claimed<Kind>>(table, flowKey(flow.key))
      if (current?.claimId !== id) throw error
      return current
    }),

  keepTokens: async (flow, claimId, tokens, dueAt) =>
    (await updateItem(table, flowKey(flow.key), { tokens, dueAt }, claimedBy(claimId))) !== undefined,

  release: async (flow, claimId) => {
    await updateItem(table, flowKey(flow.key), unclaimed, claimedBy(claimId))
  },

  wait: async (flow, claimId, { intervalSeconds, nextPollAt }) => {
    const unsent = { ...unclaimed, code: undefined, duePk: undefined, dueAt: undefined, ttl: ttlOf(flow) }
    await updateItem(table, flowKey(flow.key), { ...unsent, intervalSeconds, nextPollAt }, claimedBy(claimId))
  },

  end: async (flow, claimId, outcome) => {
    const removal = { TableName: table.name, Key: flowKey(flow.key), ...conditionOf(claimedBy(claimId)) }
    await transact(table, [{ Delete: removal }, putEnd(table, flow, outcome)])
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

/** What there is of a flow, whose key tells its kind. */
const withEnd = async <Kind extends Flow>(table: Table, key: string): Promise<{ flow?: Kind; end?: FlowEnd }> => {
  const { pk, sk } = flowKey(key)
  const items = await queryItems(table, {
    ConsistentRead: true,
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: { ':pk': pk },
  })
  const flow = items.find((item) => item.sk === sk)
  const end = items.find((item) => item.sk !== sk)
  return { ...(flow && { flow: record<Kind>(flow) }), ...(end && { end: record<FlowEnd>(end) }) }
}

const unclaimed = { claimId: undefined, claimUntil: undefined }
const claimedBy = (claimId: string) => ({ expression: '#claimId = :claimedBy', values: { ':claimedBy': claimId } })

/** Writes how a flow has ended, as part of the transaction that ends it. */
export const putEnd = (table: Table, flow: Flow, outcome: FlowEnd['outcome'], grantId?: string): TransactItem => ({
  Put: { TableName: table.name, Item: { ...flowEndKey(flow.key), ...endOf(flow, outcome, grantId), ttl: ttlOf(flow) } },
})
