import { type Flow, leavesEnd } from '../domain/connect/flow.ts'
import { isPast } from '../domain/expiry.ts'
import type { Grant } from '../domain/grants/grant.ts'
import type { GrantStore, Member } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'
import { countIn } from './count-removal.ts'
import { putEnd } from './flow-store.ts'
import {
  dueKeyOf,
  flowKey,
  grantKey,
  type Key,
  memberKey,
  numberKey,
  providerKey,
  sharedMemberKey,
  userKey,
} from './keys.ts'
import { getGrant, grantRowOf, readGrant, readMember, storedSub } from './read-grant.ts'
import { pairReader } from './read-pair.ts'
import { noCatalogue, type SettingsOf } from './read-provider.ts'
import { siblingKeysOf, siblingRowOf, siblingRows } from './siblings.ts'
import {
  batchGet,
  conditionOf,
  getItem,
  queryPage,
  record,
  type Table,
  type TransactItem,
  transact,
  updateItem,
  updateOf,
} from './table.ts'

/** Grants, with the rows that stand for them in their provider, their user and their upstream account. */
export const grantStore = (table: Table, settingsOf: SettingsOf = noCatalogue): GrantStore => {
  const put = (key: Key, item: object, expression?: string, values?: Record<string, unknown>): TransactItem => ({
    Put: {
      TableName: table.name,
      Item: { ...key, ...item },
      ...(expression && conditionOf({ expression, values: values ?? {} })),
    },
  })
  const remove = (key: Key, expression?: string, values?: Record<string, unknown>): TransactItem => ({
    Delete: { TableName: table.name, Key: key, ...(expression && conditionOf({ expression, values: values ?? {} })) },
  })

  return {
    get: (orgId, id) => getGrant(table, grantKey(orgId, id)),
    getWithProvider: pairReader(table, settingsOf),

    getMany: async (orgId, ids) => {
      const items = await batchGet(
        table,
        ids.map((id) => grantKey(orgId, id)),
      )
      const found = new Map(items.map((item) => [item.id, readGrant(record(item))]))
      return ids.flatMap((id) => found.get(id) ?? []).filter((grant) => !isPast(grant))
    },

    listOfUser: async (orgId, userId, request) => {
      const { items, next } = await queryPage<{ grantId: string }>(table, userKey(orgId, userId, '-').pk, request)
      return { items: items.map((item) => item.grantId), ...(next !== undefined && { next }) }
    },

    listShared: async (orgId, providerIds) => {
      const keys = providerIds.map((id) => sharedMemberKey(orgId, id))
      return (await batchGet(table, keys)).map((item) => readMember(record(item)))
    },
    listOfProvider: (orgId, providerId, request) =>
      queryPage(table, sharedMemberKey(orgId, providerId).pk, request, '', (item) => ({
        ...readMember(record(item)),
        place: String(item.sk),
      })),
    findMember: async (provider, userId, sub) => {
      const member = await getItem<Member>(table, memberKeyOf(provider, userId, sub))
      return member && readMember(member)
    },

    connect: async (grant, previous, provider, flow, replaced) => {
      const { orgId, id, userId } = grant
      const sub = storedSub(grant)
      const failed = await transact(table, [
        {
          ConditionCheck: {
            TableName: table.name,
            Key: providerKey(orgId, provider.id),
            ...conditionOf({ expression: '#state = :active', values: { ':active': 'active' } }),
          },
        },
        replaced
          ? { Update: updateOf(table, flowKey(flow.key), { ...replaced, expiresAt: Date.now() }, claimOf(flow)) }
          : remove(flowKey(flow.key), claimOf(flow).expression, claimOf(flow).values),
        previous
          ? put(keyOf(grant), itemOf(grant), asWhole.expression(previous), asWhole.values(previous))
          : put(keyOf(grant), itemOf(grant), 'attribute_not_exists(#pk)'),
        previous
          ? put(memberKeyOf(provider, userId, sub), { grantId: id, userId, sub }, '#grantId = :grantId', {
              ':grantId': id,
            })
          : put(memberKeyOf(provider, userId, sub), { grantId: id, userId, sub }, 'attribute_not_exists(#pk)'),
        put(userKey(orgId, userId, id), { grantId: id }),
        put(siblingRowOf({ ...grant, sub }), {}),
        ...(leavesEnd(flow) ? [putEnd(table, flow, 'done', id)] : []),
      ])
      if (failed.length === 0) return 'saved'
      if (failed.includes(0)) return 'providerNotActive'
      return failed.includes(1) ? 'flowGone' : 'changed'
    },

    takeLease: async (grant, leaseId, leaseMs, refused = false) => {
      const now = Date.now()
      const take = updateItem<Grant>(
        table,
        keyOf(grant),
        {
          leaseId,
          leaseUntil: now + leaseMs,
          attemptVersion: grant.tokenVersion,
          ...(refused && { refusedAt: now }),
        },
        {
          // A refresh that failed since the grant was read has set its own time for the next one.
          expression: `${asRead.expression} AND #failures = :failures AND attribute_not_exists(#deadReason) AND (attribute_not_exists(#leaseUntil) OR #leaseUntil < :now OR #leaseId = :leaseId)`,
          values: { ...asRead.values(grant), ':failures': grant.failures, ':now': now },
        },
      )
      const leased = await take.catch(async (error: unknown) => {
        // Written, and all answers were lost.
        const current = await getGrant(table, keyOf(grant))
        if (current?.leaseId !== leaseId) throw error
        return current
      })
      return leased ? { ...readGrant(leased), ...earlierAttempt(grant) } : undefined
    },

    releaseLease: async (grant, leaseId, outcomeKnown = true) => {
      const attempt = outcomeKnown ? earlierAttempt(grant) : {}
      await updateItem(table, keyOf(grant), { ...unleased, ...attempt }, leasedBy(leaseId))
    },

    saveTokens: async (grant, leaseId, tokens) => {
      const saved = await updateItem<Grant>(
        table,
        keyOf(grant),
        {
          ...unleased,
          attemptVersion: undefined,
          retryAt: undefined,
          deadReason: undefined,
          lastFailure: undefined,
          failures: 0,
          refreshCount: grant.refreshCount + 1,
          tokenVersion: grant.tokenVersion + 1,
          refreshToken: undefined,
          lifetimeSeconds: undefined,
          accessTokenExpiresAt: undefined,
          refreshTokenExpiresAt: undefined,
          ...tokens,
          writeId: leaseId,
          updatedAt: Date.now(),
        },
        {
          // A write whose answer was lost is repeated by the SDK, and finds itself.
          expression: `(${asRead.expression}) OR #writeId = :writeId`,
          values: asRead.values(grant),
        },
      )
      return saved
        ? { saved: true, grant: readGrant(saved) }
        : { saved: false, grant: await getGrant(table, keyOf(grant)) }
    },

    reseal: async (grant, { accessToken, refreshToken }) => {
      const hadRefresh = grant.refreshToken !== undefined
      const resealed = await updateItem(
        table,
        keyOf(grant),
        { accessToken, ...(refreshToken && { refreshToken }) },
        {
          // The very bytes that were read, so that nothing comes back that was removed meanwhile; or those that are written,
          // since a write whose answer was lost is repeated by the SDK, and finds itself.
          expression: `${asRead.expression} AND #accessToken IN (:wasAccessToken, :accessToken) AND ${
            hadRefresh ? '#refreshToken IN (:wasRefreshToken, :refreshToken)' : 'attribute_not_exists(#refreshToken)'
          }`,
          values: {
            ...asRead.values(grant),
            ':wasAccessToken': grant.accessToken,
            ...(hadRefresh && { ':wasRefreshToken': grant.refreshToken }),
          },
        },
      )
      return resealed !== undefined
    },

    noteFailure: async (grant, leaseId, { retryAt, outcomeKnown, noted }) => {
      await updateItem(
        table,
        keyOf(grant),
        {
          ...unleased,
          ...(outcomeKnown && earlierAttempt(grant)),
          ...(retryAt !== undefined && { retryAt }),
          ...(noted && { lastFailure: noted }),
          failures: grant.failures + 1,
          refreshFailureCount: grant.refreshFailureCount + 1,
        },
        leasedBy(leaseId),
      )
    },

    markDead: async (grant, deadReason, lastFailure) => {
      const dead = await updateItem(
        table,
        keyOf(grant),
        {
          ...unleased,
          attemptVersion: undefined,
          ...(deadReason !== 'userActionRequired' && { refreshToken: undefined }),
          deadReason,
          lastFailure,
          // Where there was nothing to refresh with, no refresh has failed.
          ...(deadReason !== 'tokenRefused' && { refreshFailureCount: grant.refreshFailureCount + 1 }),
          updatedAt: Date.now(),
        },
        { expression: asRead.expression, values: asRead.values(grant) },
      )
      return dead !== undefined
    },

    claimExpired: async (grant, until) => {
      const now = Date.now()
      const claimed = await updateItem(
        table,
        keyOf(grant),
        { dueAt: until },
        {
          // A write whose answer was lost is repeated by the SDK, and finds itself.
          expression: '#expiresAt = :wasExpiresAt AND (#dueAt <= :now OR #dueAt = :dueAt)',
          values: { ':wasExpiresAt': grant.expiresAt, ':now': now },
        },
      )
      return claimed !== undefined
    },

    remove: async (grant, provider, counted) => {
      const { orgId, id, userId } = grant
      const sub = storedSub(grant)
      const failed = await transact(table, [
        remove(keyOf(grant), asWhole.expression(grant), asWhole.values(grant)),
        remove(memberKeyOf(provider, userId, sub)),
        remove(userKey(orgId, userId, id)),
        ...siblingKeysOf(provider, { ...grant, sub }).map((key) => remove(key)),
        ...(grant.number === undefined ? [] : [remove(numberKey(orgId, grant.number))]),
        ...(counted ? [countIn(table, counted.chunk, counted.outcome)] : []),
      ])
      if (failed.length === 0) return 'removed'
      return (await getGrant(table, keyOf(grant))) ? 'changed' : 'gone'
    },

    ...siblingRows(table),
  }
}

const keyOf = ({ orgId, id }: Pick<Grant, 'orgId' | 'id'>): Key => grantKey(orgId, id)

const memberKeyOf = ({ orgId, id, shared }: Provider, userId: string, sub: string): Key =>
  shared ? sharedMemberKey(orgId, id) : memberKey(orgId, id, userId, sub)

const claimOf = ({ claimId }: Flow) => ({ expression: '#claimId = :claimId', values: { ':claimId': claimId } })

/** The grant has the tokens and the consent that were read. */
const asRead = {
  expression: '#generation = :wasGeneration AND #tokenVersion = :wasTokenVersion',
  values: ({ generation, tokenVersion }: Grant) => ({ ':wasGeneration': generation, ':wasTokenVersion': tokenVersion }),
}

/** The same, and its number as well: for what replaces or removes the whole row. */
const asWhole = {
  expression: ({ number }: Grant): string =>
    `${asRead.expression} AND ${number === undefined ? 'attribute_not_exists(#number)' : '#number = :wasNumber'}`,
  values: (grant: Grant) => ({
    ...asRead.values(grant),
    ...(grant.number !== undefined && { ':wasNumber': grant.number }),
  }),
}

/** What has an end is in the due index. */
const itemOf = (grant: Grant) => ({
  ...grantRowOf(grant),
  ...(grant.expiresAt !== undefined && { duePk: dueKeyOf(grant.id), dueAt: grant.expiresAt }),
})

const leasedBy = (leaseId: string) => ({ expression: '#leaseId = :leasedBy', values: { ':leasedBy': leaseId } })
const unleased = { leaseId: undefined, leaseUntil: undefined }

/** The note of an attempt that was there before this lease. */
const earlierAttempt = ({ attemptVersion }: Grant) => ({ attemptVersion }) as { attemptVersion?: number }
