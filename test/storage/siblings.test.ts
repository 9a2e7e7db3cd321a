import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { GrantStore } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { aFlowRow, aGrantRow, aProviderRow, sealed, settings } from '../support/records.ts'
import { aTable, type TestTable } from '../support/table.ts'

let table: TestTable
let store: GrantStore
beforeAll(async () => {
  table = await aTable()
  store = grantStore(table)
})
afterAll(() => table?.close())

/** A provider whose upstream client nobody else in these tests has. */
let clients = 0
const aStoredProvider = async (changes: Partial<Provider> = {}): Promise<Provider> => {
  const provider = aProviderRow({ clientId: `client-${++clients}`, ...changes })
  await providerStore(table).create(provider, { version: 1, sealed: sealed() })
  return provider
}

const aConnected = async (provider: Provider, changes: Partial<Grant> = {}): Promise<Grant> => {
  const grant = aGrantRow(provider, { sub: 'account', ...changes })
  const flow = aFlowRow(provider)
  const flows = flowStore(table)
  await flows.create(flow)
  await flows.claim(flow, { id: 'claim', until: Date.now() + 30_000, code: sealed(), dueAt: Date.now() + 60_000 })
  expect(await store.connect(grant, undefined, provider, { ...flow, claimId: 'claim' })).toBe('saved')
  return grant
}

describe('a grant has a sibling', () => {
  const elsewhere = { ...settings, tokenUrl: 'https://another.example/token' }

  test.each<[string, boolean, Partial<Provider>, Partial<Grant>]>([
    ['on the same account at the same client, of another user', true, {}, { userId: 'heidi' }],
    ['on the same account at the same client, of another provider', true, {}, {}],
    ['on the same account at the same client, of another organization', true, { orgId: 'globex' }, {}],
    ['not on another account', false, {}, { sub: 'another' }],
    ['not at another client', false, { clientId: 'another-client' }, {}],
    ['not at another authorization server', false, { settings: elsewhere }, {}],
  ])('%s', async (_, found, ofProvider, ofGrant) => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)
    const other = await aStoredProvider({ clientId: provider.clientId, ...ofProvider })
    await aConnected(other, ofGrant)

    expect(await store.hasSibling(provider, grant)).toBe(found)
  })

  test('never in itself, and in its own row where somebody else asks', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)

    expect(await store.hasSibling(provider, grant)).toBe(false)
    // Tokens that no grant holds have no row of their own.
    expect(await store.hasSibling(provider, { orgId: 'acme', id: '', sub: 'account' })).toBe(true)
  })

  test('no more when that is removed', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]

    await store.remove(two, provider)

    expect(await store.hasSibling(provider, one)).toBe(false)
  })

  test('no more when that is about to go, so that of two that go at once one is the last', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]

    await store.markLeaving(provider, two, Date.now() + 60_000)

    expect(await store.hasSibling(provider, one)).toBe(false)
    expect(await store.hasSibling(provider, two)).toBe(true)
  })

  test('again when that was to go and is still there later', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]

    await store.markLeaving(provider, two, Date.now() - 1)

    expect(await store.hasSibling(provider, one)).toBe(true)
  })

  test('again when that is connected anew', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]
    await store.markLeaving(provider, two, Date.now() + 60_000)
    await store.remove(two, provider)

    await aConnected(provider, { userId: 'heidi' })

    expect(await store.hasSibling(provider, one)).toBe(true)
  })

  test('only of another provider when its own goes as a whole', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)
    await aConnected(provider, { userId: 'heidi' })

    expect(await store.hasSibling(provider, grant, true)).toBe(false)
    await aConnected(await aStoredProvider({ clientId: provider.clientId }))
    expect(await store.hasSibling(provider, grant, true)).toBe(true)
  })

  test('is not made by saying that one leaves which is not there', async () => {
    const provider = await aStoredProvider()

    await store.markLeaving(provider, aGrantRow(provider, { sub: 'nobody' }), Date.now() + 60_000)

    expect((await table.items()).filter((item) => item.leavingUntil && item.providerId === provider.id)).toEqual([])
  })
})
