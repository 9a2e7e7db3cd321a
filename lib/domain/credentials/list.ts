import type { Caller } from '../caller.ts'
import { collect, type Wanted } from '../collect.ts'
import { isPast } from '../expiry.ts'
import { type ListPorts, withProviders } from '../grants/list-grants.ts'
import { listOfOrganization, listOfUser } from '../grants/list-places.ts'
import type { CredentialStore, Page, PageRequest, Vault } from '../ports.ts'
import { type Credential, connectionView } from './credential.ts'
import { readableView } from './readable-view.ts'

export interface ListCredentialsPorts extends ListPorts {
  readonly credentials: CredentialStore
  readonly vault: Vault
}

type View = ReturnType<typeof connectionView>
/** A row of either list, with its place: those of the second begin with this mark, which no id does. */
type Row = { readonly credential: Credential } | { readonly grantId: string; readonly place: string }
const SECOND = '~'

/** An answer of Lambda holds 6 MB; credentials may be long. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * The credentials of the organization, oldest first, then the connections that the caller may see: its own, of an admin
 * all. A page ends early when it has grown too large. Throws `invalidRequest` (`limit`).
 */
export const listCredentials = (ports: ListCredentialsPorts, caller: Caller, wanted: Wanted): Promise<Page<View>> =>
  collect(
    (page) => listRows(ports, caller, page),
    async (rows) => {
      const plain = rows.flatMap((row) => ('credential' in row && !isPast(row.credential) ? [row.credential] : []))
      const connections = rows.flatMap((row) => ('grantId' in row ? [row] : []))
      const places = new Map(connections.map(({ grantId, place }) => [grantId, place]))
      const pairs = await withProviders(ports, caller.orgId, [...places.keys()])
      return [
        ...(await Promise.all(plain.map((credential) => shown(ports.vault, credential)))),
        ...pairs.map((pair) => ({ item: connectionView(pair), place: places.get(pair.grant.id) ?? '' })),
      ]
    },
    wanted,
    { most: MOST_BYTES, sizeOf: (view) => JSON.stringify(view).length },
  )

const shown = async (vault: Vault, credential: Credential): Promise<{ item: View; place: string }> => ({
  item: await readableView(vault, credential),
  place: credential.id,
})

/** One list after the other. */
const listRows = async (ports: ListCredentialsPorts, caller: Caller, page: PageRequest): Promise<Page<Row>> => {
  if (!page.after?.startsWith(SECOND)) {
    const { items, next = SECOND } = await ports.credentials.list(caller.orgId, page)
    return { items: items.map((credential) => ({ credential })), next }
  }
  const list = caller.admin ? listOfOrganization : listOfUser
  const { items, next } = await list(ports, caller, { ...page, after: page.after.slice(SECOND.length) || undefined })
  return {
    items: items.map(({ grantId, place }) => ({ grantId, place: SECOND + place })),
    ...(next !== undefined && { next: SECOND + next }),
  }
}
