import type { ClientSecret, ProviderChanges, ProviderStore } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'
import { providerKey, secretKey, slugKey } from './keys.ts'
import { noCatalogue, type ProviderRow, readProvider, rowOf, type SettingsOf } from './read-provider.ts'
import {
  batchGet,
  conditionOf,
  getItem,
  increment,
  queryPage,
  record,
  type Table,
  type TransactItem,
  transact,
  updateItem,
  updateOf,
} from './table.ts'

const absent = { expression: 'attribute_not_exists(#pk)' }

/** Providers with their secrets and slugs. */
export const providerStore = (table: Table, settingsOf: SettingsOf = noCatalogue): ProviderStore => ({
  get: (orgId, id) => getProvider(table, orgId, id, settingsOf),

  findBySlug: async (orgId, slug) => {
    const row = await getItem<{ providerId: string }>(table, slugKey(orgId, slug))
    return row && getProvider(table, orgId, row.providerId, settingsOf)
  },

  getMany: async (orgId, ids) => {
    const items = await batchGet(
      table,
      ids.map((id) => providerKey(orgId, id)),
    )
    return items.map((item) => readProvider(record<ProviderRow>(item), settingsOf))
  },

  list: async (orgId, request) => {
    const page = await queryPage<ProviderRow>(table, providerKey(orgId, '-').pk, request)
    return { ...page, items: page.items.map((row) => readProvider(row, settingsOf)) }
  },

  secret: (orgId, secretId) => getItem<ClientSecret>(table, secretKey(orgId, secretId)),

  resealSecret: async ({ orgId, secretId }, { version, sealed: wasSealed }, sealed) => {
    const resealed = await updateItem(
      table,
      secretKey(orgId, secretId),
      { sealed },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: '#version = :wasVersion AND #sealed IN (:wasSealed, :sealed)',
        values: { ':wasVersion': version, ':wasSealed': wasSealed },
      },
    )
    return resealed !== undefined
  },

  create: async (provider, secret) => {
    const failed = await transact(table, [
      {
        Put: {
          TableName: table.name,
          Item: { ...providerKey(provider.orgId, provider.id), ...rowOf(provider) },
          ...conditionOf(absent),
        },
      },
      {
        Put: {
          TableName: table.name,
          Item: { ...secretKey(provider.orgId, provider.secretId), ...secret },
          ...conditionOf(absent),
        },
      },
      putSlug(table, provider, provider.slug),
    ])
    if (failed.includes(0)) return 'idTaken'
    return failed.length === 0 ? 'created' : 'slugTaken'
  },

  update: async (provider, changes, secret) => {
    const slugChanges = changes.slug !== undefined && changes.slug !== provider.slug
    const failed = await transact(table, [
      {
        Update: updateOf(
          table,
          providerKey(provider.orgId, provider.id),
          assignments(changes, secret),
          unchanged(provider, changes),
        ),
      },
      ...(secret
        ? [{ Put: { TableName: table.name, Item: { ...secretKey(provider.orgId, provider.secretId), ...secret } } }]
        : []),
      ...(slugChanges ? [{ Delete: { TableName: table.name, Key: slugKey(provider.orgId, provider.slug) } }] : []),
      ...(slugChanges && changes.slug !== undefined ? [putSlug(table, provider, changes.slug)] : []),
    ])
    if (failed.includes(0)) return 'changed'
    if (failed.length > 0) return 'slugTaken'
    return (await getProvider(table, provider.orgId, provider.id, settingsOf)) ?? 'changed'
  },

  rejectClient: async (provider, clientFailure) => {
    const rejected = { clientRejectedAt: Date.now(), clientFailure }
    await updateItem(table, providerKey(provider.orgId, provider.id), rejected, sameSecret(provider))
  },

  takeClientRetry: async (provider, everyMs) => {
    const now = Date.now()
    const taken = await updateItem(
      table,
      providerKey(provider.orgId, provider.id),
      { clientRetryAt: now + everyMs },
      {
        expression:
          '#clientRejectedAt <= :rejectedBefore AND (attribute_not_exists(#clientRetryAt) OR #clientRetryAt <= :now)',
        values: { ':now': now, ':rejectedBefore': now - everyMs },
      },
    )
    return taken !== undefined
  },

  acceptClient: async (provider) => {
    const cleared = { ...unrejected, timeouts: undefined, retryAt: undefined }
    await updateItem(table, providerKey(provider.orgId, provider.id), cleared, sameSecret(provider))
  },

  noteTimeout: ({ orgId, id }) =>
    increment(table, providerKey(orgId, id), 'timeouts', {
      expression: 'attribute_exists(#pk) AND (attribute_not_exists(#retryAt) OR #retryAt <= :now)',
      values: { ':now': Date.now() },
    }),

  holdOff: async ({ orgId, id }, retryAt) => {
    await updateItem(table, providerKey(orgId, id), { retryAt }, { expression: 'attribute_exists(#pk)' })
  },
})

const getProvider = async (
  table: Table,
  orgId: string,
  id: string,
  settingsOf: SettingsOf,
): Promise<Provider | undefined> => {
  const row = await getItem<ProviderRow>(table, providerKey(orgId, id))
  return row && readProvider(row, settingsOf)
}

const putSlug = (table: Table, { orgId, id }: Provider, slug: string): TransactItem => ({
  Put: { TableName: table.name, Item: { ...slugKey(orgId, slug), providerId: id }, ...conditionOf(absent) },
})

const assignments = (changes: ProviderChanges, secret: ClientSecret | undefined) => ({
  ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
  updatedAt: Date.now(),
  // A new secret has not been refused yet.
  ...(secret && { secretVersion: secret.version, ...unrejected }),
})

const unrejected = { clientRejectedAt: undefined, clientFailure: undefined, clientRetryAt: undefined }

/**
 * Nobody has changed secret, slug or state since the provider was read; nor anything at all, where its settings are written
 * as a whole.
 */
const unchanged = ({ secretVersion, slug, state, updatedAt }: Provider, { settings, overrides }: ProviderChanges) => ({
  expression: `#secretVersion = :wasSecretVersion AND #slug = :wasSlug AND #state = :wasState${
    settings || overrides ? ' AND #updatedAt = :wasUpdatedAt' : ''
  }`,
  values: {
    ':wasSecretVersion': secretVersion,
    ':wasSlug': slug,
    ':wasState': state,
    ...((settings || overrides) && { ':wasUpdatedAt': updatedAt }),
  },
})

/** A verdict of the token endpoint holds for the secret that was tried, and for no later one. */
const sameSecret = ({ secretVersion }: Provider) => ({
  expression: '#secretVersion = :secretVersion',
  values: { ':secretVersion': secretVersion },
})
