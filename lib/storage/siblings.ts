import type { Grant } from '../domain/grants/grant.ts'
import type { Account, GrantPlace, GrantStore } from '../domain/ports.ts'
import type { Provider } from '../domain/providers/provider.ts'
import { grantKey, type Key, keyPart, siblingKey } from './keys.ts'
import { queryPage, type Table, updateItem } from './table.ts'

/** The row by which a grant is found from all others of its client and account. */
export const siblingRowOf = ({ orgId, id, clientId, sub, providerId }: Grant): Key & GrantPlace => ({
  ...siblingKey([clientId, sub], orgId, id),
  orgId,
  grantId: id,
  providerId,
})

/** All keys under which it may stand: grants that were connected long ago have theirs by the server's host as well. */
export const siblingKeysOf = (provider: Provider, account: Account & Pick<Grant, 'id'>): Key[] => [
  siblingKey([account.clientId, account.sub], account.orgId, account.id),
  siblingKey([new URL(provider.settings.tokenUrl).origin, account.clientId, account.sub], account.orgId, account.id),
]

/** So many are read at a time: mostly the first tells. */
const PAGE = 100

/** What a grant store knows of the grants that may end with one that is revoked. */
export const siblingRows = (table: Table): Pick<GrantStore, 'listSiblings' | 'markLeaving'> => ({
  listSiblings: async function* (provider, account) {
    for (const { pk } of siblingKeysOf(provider, { ...account, id: '-' })) {
      let after: string | undefined
      do {
        const page = await queryPage(table, pk, { limit: PAGE, after }, '', placeIn(account))
        for (const place of page.items) if (place) yield place
        after = page.next
      } while (after !== undefined)
    }
  },

  markLeaving: async ({ orgId, id }, leavingUntil) => {
    await updateItem(table, grantKey(orgId, id), { leavingUntil }, { expression: 'attribute_exists(#pk)' })
  },
})

/** Old rows tell organization and grant by their key alone, and of an organization whose id is hashed there only ours. */
const placeIn =
  ({ orgId: own }: Account) =>
  (item: Readonly<Record<string, unknown>>): GrantPlace | undefined => {
    const providerId = String(item.providerId)
    if (item.grantId !== undefined) return { orgId: String(item.orgId), grantId: String(item.grantId), providerId }
    const [org = '', grantId = ''] = String(item.sk).split('#')
    if (org === keyPart(own)) return { orgId: own, grantId, providerId }
    return org.startsWith('~') ? undefined : { orgId: org, grantId, providerId }
  }
