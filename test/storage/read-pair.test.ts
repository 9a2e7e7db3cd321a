import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { GrantStore } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { grantKey } from '../../lib/storage/keys.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { putItem } from '../../lib/storage/table.ts'
import { aGrantRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable, withSends } from '../support/table.ts'

let table: TestTable
let store: GrantStore
beforeAll(async () => {
  table = await aTable()
  store = grantStore(table)
})
afterAll(() => table?.close())

const aStoredProvider = async (): Promise<Provider> => {
  const provider = aProviderRow()
  await providerStore(table).create(provider, { version: 1, sealed: sealed() })
  return provider
}
const aStoredGrant = async (provider: Provider, changes: Partial<Grant> = {}): Promise<Grant> => {
  const grant = aGrantRow(provider, changes)
  await putItem(table, { ...grantKey('acme', grant.id), ...grant })
  return grant
}

describe('a grant and its provider', () => {
  /** A store of its own environment, with the reads that it makes. */
  const reading = () => {
    const reads: string[] = []
    const counted = withSends(table, ({ name, send }) => {
      reads.push(name)
      return send()
    })
    return { reads, at: grantStore(counted) }
  }

  test('are read one after the other at first, then in one call', async () => {
    const provider = await aStoredProvider()
    const grant = await aStoredGrant(provider)
    const { reads, at } = reading()

    const cold = await at.getWithProvider('acme', grant.id)
    const warm = await at.getWithProvider('acme', grant.id)

    expect([cold, warm]).toEqual([
      { grant, provider },
      { grant, provider },
    ])
    expect(reads).toEqual(['GetCommand', 'GetCommand', 'BatchGetCommand'])
  })

  test('are gone with the end of the grant, at first and later, though its row is still there', async () => {
    const provider = await aStoredProvider()
    const grant = await aStoredGrant(provider, { expiresAt: Date.now() + 60_000 })
    const past = await aStoredGrant(provider, { expiresAt: Date.now() - 1 })
    const { at } = reading()

    const before = await at.getWithProvider('acme', grant.id)
    await putItem(table, { ...grantKey('acme', grant.id), ...grant, expiresAt: Date.now() - 1 })

    expect(before).toEqual({ grant, provider })
    expect(await at.getWithProvider('acme', grant.id)).toBeUndefined()
    expect(await at.getWithProvider('acme', past.id)).toBeUndefined()
    expect(await at.getMany('acme', [grant.id, past.id])).toEqual([])
    expect(await at.get('acme', past.id)).toEqual(past)
  })

  test('are always as they stand now', async () => {
    const provider = await aStoredProvider()
    const grant = await aStoredGrant(provider)
    const { at } = reading()
    await at.getWithProvider('acme', grant.id)

    const renamed = await providerStore(table).update(provider, { name: 'New' })
    const leased = await store.takeLease(grant, 'lease', 40_000)
    expect(await at.getWithProvider('acme', grant.id)).toMatchObject({
      provider: renamed,
      grant: { leaseId: leased?.leaseId },
    })

    await store.remove(grant, provider)
    expect(await at.getWithProvider('acme', grant.id)).toBeUndefined()
  })

  test.each(['cold', 'warm'])('are unknown where there is none, or it is foreign (%s)', async (state) => {
    const provider = await aStoredProvider()
    const grant = await aStoredGrant(provider)
    const { at } = reading()
    if (state === 'warm') await at.getWithProvider('acme', grant.id)

    expect(await at.getWithProvider('acme', 'unknown')).toBeUndefined()
    expect(await at.getWithProvider('globex', grant.id)).toBeUndefined()
  })
})
