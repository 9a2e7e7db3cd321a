import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DeviceFlow, endOf } from '../../lib/domain/connect/flow.ts'
import type { FlowStore } from '../../lib/domain/ports.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { aDeviceFlowRow, aGrantRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable } from '../support/table.ts'

let table: TestTable
let store: FlowStore
beforeAll(async () => {
  table = await aTable()
  store = flowStore(table)
  await providerStore(table).create(provider, { version: 1, sealed: sealed() })
})
afterAll(() => table?.close())

const provider = aProviderRow()
const stored = async (changes: Partial<DeviceFlow> = {}): Promise<DeviceFlow> => {
  const flow = aDeviceFlowRow(provider, changes)
  await store.create(flow)
  return flow
}
const aClaim = (id = 'mine', nextPollAt = Date.now() + 5000) => ({
  id,
  until: Date.now() + 30_000,
  code: sealed(),
  dueAt: Date.now() + 60_000,
  nextPollAt,
})
const itemsOf = async ({ key }: DeviceFlow) => (await table.items()).filter(({ pk }) => pk === `FLOW#${key}`)

describe('a device flow', () => {
  test('is known for a while after its handle has expired, so that who polls is told', async () => {
    const flow = await stored()

    expect(await store.getDevice(flow.key)).toEqual({ flow })
    expect(await itemsOf(flow)).toMatchObject([{ ttl: Math.ceil(flow.expiresAt / 1000) + 600 }])
  })

  test('that nobody has begun is nothing', async () => {
    expect(await store.getDevice('nothing')).toEqual({})
  })
})

describe('a poll', () => {
  test('is taken by one of fifty', async () => {
    const flow = await stored()

    const taken = await Promise.all(Array.from({ length: 50 }, (_, place) => store.claim(flow, aClaim(`${place}`))))

    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test.each<[string, Partial<DeviceFlow>, boolean]>([
    ['when its time has come', { nextPollAt: Date.now() - 1 }, true],
    ['not before', { nextPollAt: Date.now() + 4000 }, false],
    [
      'not while somebody polls, though its time has come',
      { claimId: 'other', claimUntil: Date.now() + 20_000 },
      false,
    ],
    ['when who polled has not come back', { claimId: 'other', claimUntil: Date.now() - 1 }, true],
    ['when it is our own, written twice', { claimId: 'mine', nextPollAt: Date.now() + 4000 }, true],
  ])('is taken %s', async (_, changes, taken) => {
    expect((await store.claim(await stored(changes), aClaim())) !== undefined).toBe(taken)
  })

  test('that nothing came of leaves the flow as it was, but for the time of the next', async () => {
    const flow = await stored()
    await store.claim(flow, aClaim())
    const next = { intervalSeconds: 10, nextPollAt: Date.now() + 10_000 }

    await store.wait(flow, 'mine', next)

    expect(await store.getDevice(flow.key)).toEqual({ flow: { ...flow, ...next } })
    const [item] = await itemsOf(flow)
    expect(item).toHaveProperty('ttl')
    expect(item).not.toHaveProperty('dueAt')
    expect(item).not.toHaveProperty('duePk')
  })

  test('that was overtaken changes nothing any more', async () => {
    const flow = await stored()
    await store.claim(flow, aClaim('other'))

    await store.wait(flow, 'mine', { intervalSeconds: 99, nextPollAt: 0 })
    await store.end(flow, 'mine', 'accessDenied')

    const { flow: now, end } = await store.getDevice(flow.key)
    expect([now?.claimId, now?.intervalSeconds, end]).toEqual(['other', flow.intervalSeconds, undefined])
  })
})

describe('a device flow that is over leaves how it ended, and nothing else', () => {
  const nothingElse = {
    pk: expect.anything(),
    sk: 'END',
    orgId: 'acme',
    userId: 'grace',
    providerId: provider.id,
    expiresAt: expect.any(Number),
    outcome: expect.any(String),
    ttl: expect.any(Number),
  }

  test.each(['accessDenied', 'expiredToken'] as const)('%s', async (outcome) => {
    const flow = await stored()
    await store.claim(flow, aClaim())

    await store.end(flow, 'mine', outcome)

    expect(await store.getDevice(flow.key)).toEqual({ end: endOf(flow, outcome) })
    expect(await itemsOf(flow)).toEqual([nothingElse])
  })

  test('done, by the write that keeps the grant', async () => {
    const flow = await stored()
    await store.claim(flow, aClaim())

    const grant = aGrantRow(provider)

    const outcome = await grantStore(table).connect(grant, undefined, provider, { ...flow, claimId: 'mine' })

    expect(outcome).toBe('saved')
    expect(await store.getDevice(flow.key)).toEqual({ end: endOf(flow, 'done', grant.id) })
    expect(await itemsOf(flow)).toEqual([{ ...nothingElse, grantId: grant.id }])
  })
})
