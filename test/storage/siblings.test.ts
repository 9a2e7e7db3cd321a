import { DeleteCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { hasLivingSibling } from '../../lib/domain/grants/siblings.ts'
import type { GrantStore } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { grantKey, siblingKey } from '../../lib/storage/keys.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { siblingRowOf } from '../../lib/storage/siblings.ts'
import { putItem } from '../../lib/storage/table.ts'
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

/** Whether one lives beside a grant, or beside tokens that no grant holds. */
const hasSibling = (provider: Provider, grant: Grant | undefined): Promise<boolean> => {
  const account = { orgId: 'acme', clientId: provider.clientId, sub: 'account' }
  return hasLivingSibling({ grants: store, providers: providerStore(table) }, provider, account, grant?.id)
}

describe('a grant has a sibling', () => {
  const elsewhere = { ...settings, revocationUri: 'https://upstream.example/another/revoke' }
  const here = { ...settings, tokenUrl: 'https://tokens.example/token', issuer: 'https://upstream.example' }
  const past = { accessTokenExpiresAt: 1 }

  test.each<[string, boolean, Partial<Provider>, Partial<Grant>]>([
    ['on the same account at the same client, of another user', true, {}, { userId: 'heidi' }],
    ['on the same account at the same client, of another provider', true, {}, {}],
    ['on the same account at the same client, of another organization', true, { orgId: 'globex' }, {}],
    ['of the same issuer, wherever its endpoints are', true, { settings: here }, {}],
    ['that only waits for its user', true, {}, { ...past, deadReason: 'userActionRequired' }],
    ['not on another account', false, {}, { sub: 'another' }],
    ['not at another client', false, { clientId: 'another-client' }, {}],
    ['not at another authorization server on the same host', false, { settings: elsewhere }, {}],
    ['not in one that is dead', false, {}, { deadReason: 'invalidGrant' }],
    ['not in one that has nothing left to refresh with', false, {}, { ...past, refreshTokenExpiresAt: 1 }],
  ])('%s', async (_, found, ofProvider, ofGrant) => {
    const provider = await aStoredProvider({ settings: { ...settings, issuer: 'https://upstream.example' } })
    const grant = await aConnected(provider)
    const other = await aStoredProvider({ clientId: provider.clientId, settings: provider.settings, ...ofProvider })
    await aConnected(other, ofGrant)

    expect(await hasSibling(provider, grant)).toBe(found)
  })

  test('never in itself, and in its own row where somebody else asks', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)

    expect(await hasSibling(provider, grant)).toBe(false)
    expect(await hasSibling(provider, undefined)).toBe(true)
  })

  test('no more when that is removed, whose row goes with it', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]

    await store.remove(two, provider)

    expect(await hasSibling(provider, one)).toBe(false)
    expect((await table.items()).filter((item) => item.grantId === two.id && item.sk !== two.id)).toEqual([])
  })

  test('no more when that is about to go, so that of two that go at once one is the last', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]

    await store.markLeaving(two, Date.now() + 60_000)

    expect(await hasSibling(provider, one)).toBe(false)
    expect(await hasSibling(provider, two)).toBe(true)
  })

  test('again when that was to go and is still there later', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]

    await store.markLeaving(two, Date.now() - 1)

    expect(await hasSibling(provider, one)).toBe(true)
  })

  test('again when that is connected anew', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]
    await store.markLeaving(two, Date.now() + 60_000)
    await store.remove(two, provider)

    await aConnected(provider, { userId: 'heidi' })

    expect(await hasSibling(provider, one)).toBe(true)
  })

  test('only of another provider when its own goes as a whole', async () => {
    const provider = await aStoredProvider({ state: 'deleting' })
    const active = await aStoredProvider({ clientId: provider.clientId })
    const grant = aGrantRow(provider, { sub: 'account' })
    const beside = aGrantRow(provider, { sub: 'account', userId: 'heidi' })
    for (const one of [grant, beside]) {
      await putItem(table, { ...grantKey('acme', one.id), ...one })
      await putItem(table, { ...siblingRowOf(one) })
    }

    expect(await hasSibling(provider, grant)).toBe(false)
    await aConnected(active)
    expect(await hasSibling(provider, grant)).toBe(true)
  })

  test('is found by a row of former days, and takes it along when it goes', async () => {
    const provider = await aStoredProvider()
    const [one, two] = [await aConnected(provider), await aConnected(provider, { userId: 'heidi' })]
    const { pk, sk } = siblingRowOf(two)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key: { pk, sk } }))
    const old = siblingKey(['https://upstream.example', provider.clientId, 'account'], 'acme', two.id)
    await putItem(table, { ...old, providerId: provider.id })

    expect(await hasSibling(provider, one)).toBe(true)
    await store.remove(two, provider)
    expect((await table.items()).filter((item) => item.pk === old.pk)).toEqual([])
  })

  test('is not made by saying that one leaves which is not there', async () => {
    const provider = await aStoredProvider()
    const nobody = aGrantRow(provider, { sub: 'nobody' })

    await store.markLeaving(nobody, Date.now() + 60_000)

    expect((await table.items()).filter(({ pk }) => pk === grantKey('acme', nobody.id).pk)).toEqual([])
  })
})
