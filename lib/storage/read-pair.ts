import { isPast } from '../domain/expiry.ts'
import type { Grant } from '../domain/grants/grant.ts'
import type { GrantAndProvider, GrantStore } from '../domain/ports.ts'
import { grantKey, providerKey } from './keys.ts'
import { readGrant } from './read-grant.ts'
import { type ProviderRow, readProvider, type SettingsOf } from './read-provider.ts'
import { batchGet, getItem, record, type Table } from './table.ts'

/** So many grants' providers are remembered in one execution environment. */
const REMEMBERED = 10_000

/**
 * Reads a grant and its provider, both consistently. A grant never changes its provider, so where it is remembered from
 * an earlier call one round trip fetches both; what the rows say is never remembered.
 */
export const pairReader = (table: Table, settingsOf: SettingsOf): GrantStore['getWithProvider'] => {
  const providerOf = new Map<string, string>()

  return async (orgId, id): Promise<GrantAndProvider | undefined> => {
    const key = grantKey(orgId, id)
    const known = providerOf.get(key.pk)
    if (known !== undefined) {
      const items = await batchGet(table, [key, providerKey(orgId, known)])
      return pair(
        items.find((item) => item.pk === key.pk),
        items.find((item) => item.pk !== key.pk),
        settingsOf,
      )
    }
    const found = await getItem<Grant>(table, key)
    const grant = found && readGrant(found)
    if (!grant || isPast(grant)) return undefined
    if (providerOf.size >= REMEMBERED) providerOf.clear()
    providerOf.set(key.pk, grant.providerId)
    const row = await getItem<ProviderRow>(table, providerKey(orgId, grant.providerId))
    return row && { grant, provider: readProvider(row, settingsOf) }
  }
}

type Item = Record<string, unknown> | undefined

const pair = (item: Item, provider: Item, settingsOf: SettingsOf) => {
  const grant = item && readGrant(record(item))
  return grant && provider && !isPast(grant)
    ? { grant, provider: readProvider(record<ProviderRow>(provider), settingsOf) }
    : undefined
}
