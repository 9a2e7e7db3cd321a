import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Credential } from '../../lib/domain/credentials/credential.ts'
import { newId } from '../../lib/domain/ids.ts'
import type { CredentialStore } from '../../lib/domain/ports.ts'
import { credentialStore } from '../../lib/storage/credential-store.ts'
import { dueKeyOf } from '../../lib/storage/keys.ts'
import { sealed } from '../support/records.ts'
import { aTable, type TestTable, withLostAnswers } from '../support/table.ts'

let table: TestTable
let store: CredentialStore
beforeAll(async () => {
  table = await aTable()
  store = credentialStore(table)
})
afterAll(() => table?.close())

const later = (): number => Date.now() + 60_000
const aCredential = (changes: Partial<Credential> = {}): Credential => ({
  orgId: 'acme',
  id: newId(),
  name: 'Warehouse',
  type: 'Raw',
  shown: sealed(),
  hidden: sealed(),
  redactFields: [],
  version: 1,
  createdAt: Date.now(),
  updatedAt: Date.now(),
  ...changes,
})
const stored = async (changes: Partial<Credential> = {}): Promise<Credential> => {
  const credential = aCredential(changes)
  await store.create(credential)
  return credential
}
const itemOf = async ({ id }: Credential) => (await table.items()).find((item) => item.id === id)

describe('a credential', () => {
  test('is kept as it was made, of its organization alone', async () => {
    const credential = await stored()

    expect(await store.get('acme', credential.id)).toEqual(credential)
    expect(await store.get('globex', credential.id)).toBeUndefined()
  })

  test('is in the due index as long as it has an end, and never left to the TTL of the table', async () => {
    const expiresAt = later()
    const credential = await stored({ expiresAt })
    const before = await itemOf(credential)
    const { expiresAt: _, ...endless } = credential

    await store.replace({ ...endless, version: 2 }, 1)

    expect(before).toMatchObject({ duePk: dueKeyOf(credential.id), dueAt: expiresAt })
    expect(before).not.toHaveProperty('ttl')
    expect(await itemOf(credential)).not.toHaveProperty('duePk')
    expect(await store.get('acme', credential.id)).toEqual({ ...endless, version: 2 })
  })

  test('is replaced by one of two that read the same version', async () => {
    const credential = await stored()

    const outcomes = await Promise.all(
      ['one', 'two'].map((name) => store.replace({ ...credential, name, version: 2 }, 1)),
    )

    const winner = outcomes[0] ? 'one' : 'two'
    expect(outcomes.filter(Boolean)).toHaveLength(1)
    expect(await store.get('acme', credential.id)).toMatchObject({ name: winner, version: 2 })
  })

  test('is replaced though the answer was lost and the write is repeated', async () => {
    const credential = await stored()

    const replaced = await credentialStore(withLostAnswers(table)).replace({ ...credential, version: 2 }, 1)

    expect(replaced).toBe(true)
  })

  test('that is gone is not made again by a change', async () => {
    const credential = await stored()
    await store.remove('acme', credential.id)

    expect(await store.replace({ ...credential, version: 2 }, 1)).toBe(false)
    expect(await store.get('acme', credential.id)).toBeUndefined()
  })

  test('is removed as expired only when its end has come', async () => {
    const past = await stored({ expiresAt: Date.now() - 1 })
    const future = await stored({ expiresAt: later() })
    const endless = await stored()

    for (const { id } of [past, future, endless]) await store.removeExpired('acme', id)

    expect(await store.get('acme', past.id)).toBeUndefined()
    expect(await store.get('acme', future.id)).toEqual(future)
    expect(await store.get('acme', endless.id)).toEqual(endless)
  })

  test('is listed by creation, in pages, of its organization alone', async () => {
    const all = [await stored({ orgId: 'lists' }), await stored({ orgId: 'lists' }), await stored({ orgId: 'lists' })]

    const first = await store.list('lists', { limit: 2 })
    const second = await store.list('lists', { limit: 2, after: first.next })

    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort())
    expect(second.next).toBeUndefined()
  })
})
