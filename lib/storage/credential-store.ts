import type { Credential } from '../domain/credentials/credential.ts'
import { newId } from '../domain/ids.ts'
import type { CredentialStore } from '../domain/ports.ts'
import { credentialKey, dueKeyOf } from './keys.ts'
import { deleteItem, getItem, putItem, queryPage, type Table, updateItem } from './table.ts'

/** Credentials. What has an end is in the due index; nothing is left to the table's TTL. */
export const credentialStore = (table: Table): CredentialStore => ({
  get: (orgId, id) => getItem<Credential>(table, credentialKey(orgId, id)),
  list: (orgId, page) => queryPage<Credential>(table, credentialKey(orgId, '-').pk, page),

  create: async (credential) => {
    await putItem(table, itemOf(credential))
  },

  replace: (credential, version) => {
    const item = itemOf(credential)
    // A write whose answer was lost is repeated by the SDK, and finds itself.
    const values = { ':version': version, ':writeId': item.writeId }
    return putItem(table, item, { expression: '#version = :version OR #writeId = :writeId', values })
  },

  reseal: async (credential, { shown, hidden }) => {
    const resealed = await updateItem(
      table,
      credentialKey(credential.orgId, credential.id),
      { shown, hidden },
      {
        // A write whose answer was lost is repeated by the SDK, and finds itself.
        expression: '#version = :wasVersion AND #shown IN (:wasShown, :shown) AND #hidden IN (:wasHidden, :hidden)',
        values: { ':wasVersion': credential.version, ':wasShown': credential.shown, ':wasHidden': credential.hidden },
      },
    )
    return resealed !== undefined
  },

  remove: (orgId, id) => deleteItem(table, credentialKey(orgId, id), { expression: 'attribute_exists(#pk)' }),

  removeExpired: (orgId, id) =>
    deleteItem(table, credentialKey(orgId, id), {
      expression: '#expiresAt <= :now',
      values: { ':now': Date.now() },
    }),
})

const itemOf = (credential: Credential) => ({
  ...credentialKey(credential.orgId, credential.id),
  ...credential,
  ...(credential.expiresAt !== undefined && { duePk: dueKeyOf(credential.id), dueAt: credential.expiresAt }),
  writeId: newId(),
})
