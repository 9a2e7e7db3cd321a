import { type Grant, sharesUpstream } from '../domain/grants/grant.ts'
import type { GrantStore } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'
import { type Key, siblingKey } from './keys.ts'
import { queryItems, type Table, updateItem } from './table.ts'

/** The row by which a grant is seen by all others that stand on the same upstream grant. */
export const siblingKeyOf = (provider: Provider, { orgId, id, sub }: Pick<Grant, 'orgId' | 'id' | 'sub'>): Key =>
  siblingKey(sharesUpstream(provider, sub), orgId, id)

/** What a grant store knows of the grants that would end with one that is revoked. */
export const siblingRows = (table: Table): Pick<GrantStore, 'hasSibling' | 'markLeaving'> => ({
  hasSibling: async (provider, { orgId, id, sub }, providerGoes = false) => {
    const own = siblingKeyOf(provider, { orgId, id, sub })
    const siblings = await queryItems(table, {
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk',
      FilterExpression: 'attribute_not_exists(#leavingUntil) OR #leavingUntil <= :now',
      ExpressionAttributeNames: { '#pk': 'pk', '#leavingUntil': 'leavingUntil' },
      ExpressionAttributeValues: { ':pk': own.pk, ':now': Date.now() },
    })
    return siblings.some((item) => item.sk !== own.sk && !(providerGoes && item.providerId === provider.id))
  },

  markLeaving: async (provider, grant, leavingUntil) => {
    const key = siblingKeyOf(provider, grant)
    await updateItem(table, key, { leavingUntil }, { expression: 'attribute_exists(#pk)' })
  },
})
