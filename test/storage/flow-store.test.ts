import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BrowserFlow, Flow } from '../../lib/domain/connect/flow.ts'
import type { FlowStore } from '../../lib/domain/ports.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { aFlowRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable, withLostAnswers } from '../support/table.ts'

let table: TestTable
let store: FlowStore
beforeAll(async () => {
  table = await aTable()
  store = flowStore(table)
})
afterAll(() => table?.close())

const provider = aProviderRow()
const stored = async (changes: Partial<Flow> = {}): Promise<Flow> => {
  const flow = aFlowRow(provider, changes)
  await store.create(flow)
  return flow
}
const aClaim = (id = 'mine', until = Date.now() + 30_000) => ({ id, until, code: sealed(), dueAt: Date.now() + 60_000 })
const itemOf = async ({ key }: Flow) => (await table.items()).find((item) => item.key === key)

describe('a flow', () => {
  test('is kept as it was begun, and left to the TTL of the table', async () => {
    const flow = aFlowRow(provider)

    expect(await store.create(flow)).toBe(true)

    expect(await store.get(flow.key)).toEqual(flow)
    expect(await itemOf(flow)).toMatchObject({ ttl: Math.ceil(flow.expiresAt / 1000) })
  })

  test.each<[string, Partial<Flow>, boolean]>([
    ['while the first lives', {}, false],
    ['when the first has ended, though its row is still there', { expiresAt: Date.now() - 1 }, true],
    [
      'when the first has ended but sent its code, which the sweeper must account for',
      { expiresAt: Date.now() - 1, code: sealed() },
      false,
    ],
  ])('with the state of another begins %s: %j', async (_, changes, begins) => {
    const first = await stored(changes)

    expect(await store.create(aFlowRow(provider, { key: first.key }))).toBe(begins)
  })

  test('of twenty with one state at once is one', async () => {
    const { key } = aFlowRow(provider)

    const begun = await Promise.all(Array.from({ length: 20 }, () => store.create(aFlowRow(provider, { key }))))

    expect(begun.filter(Boolean)).toHaveLength(1)
  })

  test('is gone when it is removed, and removing it again is no error', async () => {
    const flow = await stored()

    await store.remove(flow)
    await store.remove(flow)

    expect(await store.get(flow.key)).toBeUndefined()
  })

  test.each<[string, string | undefined, boolean]>([
    ['whoever has the claim', 'mine', true],
    ['whoever has lost it', 'another', false],
    ['somebody without a claim', undefined, false],
  ])('that has sent its code may be removed by %s: %s -> %s', async (_, claimId, removed) => {
    const flow = await stored()
    await store.claim(flow, aClaim())

    await store.remove(flow, claimId)

    expect((await store.get(flow.key)) === undefined).toBe(removed)
  })
})

describe('the claim on a flow', () => {
  test('keeps the code, takes the flow from the TTL and hands it to the sweeper', async () => {
    const flow = await stored()
    const claim = aClaim()

    const claimed = await store.claim(flow, claim)

    expect(claimed).toEqual({ ...flow, claimId: 'mine', claimUntil: claim.until, code: claim.code })
    expect(await store.get(flow.key)).toEqual(claimed)
    const item = await itemOf(flow)
    expect(item).toMatchObject({ dueAt: claim.dueAt, duePk: expect.stringMatching(/^DUE#\d$/) })
    expect(item).not.toHaveProperty('ttl')
  })

  test('answers what others have noted since the flow was read', async () => {
    const flow = await stored()
    await store.claim(flow, aClaim('other'))
    const tokens = sealed()
    await store.keepTokens(flow, 'other', tokens, Date.now())
    await store.release(flow, 'other')

    expect(await store.claim(flow, aClaim())).toMatchObject({ claimId: 'mine', tokens })
  })

  test('without a code is one on the code that was read, and no other', async () => {
    const flow = await stored()
    const { code } = (await store.claim(flow, aClaim('first'))) ?? {}
    const sent = { ...flow, ...(code && { code }) }
    await store.release(flow, 'first')
    const { code: _, ...again } = aClaim()

    expect(await store.claim({ ...flow, code: sealed() }, again)).toBeUndefined()
    expect(await store.claim(sent, again)).toMatchObject({ claimId: 'mine', code })
  })

  test('is taken by one of fifty', async () => {
    const flow = await stored()

    const claimed = await Promise.all(Array.from({ length: 50 }, (_, place) => store.claim(flow, aClaim(`${place}`))))

    expect(claimed.filter(Boolean)).toHaveLength(1)
  })

  test.each<[string, Partial<Flow>, boolean]>([
    ['while somebody has it', { claimId: 'other', claimUntil: Date.now() + 20_000 }, false],
    ['when that of somebody has ended', { claimId: 'other', claimUntil: Date.now() - 1 }, true],
    ['when it is our own, written twice', { claimId: 'mine', claimUntil: Date.now() + 20_000 }, true],
  ])('%s', async (_, changes, taken) => {
    expect((await store.claim(await stored(changes), aClaim())) !== undefined).toBe(taken)
  })

  test('is refused on a flow that is gone, or has given its state to another', async () => {
    const gone = await stored()
    await store.remove(gone)
    const ended = await stored({ expiresAt: Date.now() - 1 })
    await store.create(aFlowRow(provider, { key: ended.key }))

    expect(await store.claim(gone, aClaim())).toBeUndefined()
    expect(await store.claim(ended, aClaim())).toBeUndefined()
    expect(await store.get(gone.key)).toBeUndefined()
  })

  test('given back keeps the code on record', async () => {
    const flow = await stored()
    const claim = aClaim()
    await store.claim(flow, claim)

    await store.release(flow, 'another')
    expect(await store.get(flow.key)).toMatchObject({ claimId: 'mine' })
    await store.release(flow, 'mine')

    expect(await store.get(flow.key)).toEqual({ ...flow, code: claim.code })
    expect(await store.claim(flow, aClaim('other'))).toMatchObject({ claimId: 'other' })
  })
})

describe('the tokens that came of a code', () => {
  test('are kept by whoever has the claim', async () => {
    const flow = await stored()
    await store.claim(flow, aClaim())
    const tokens = sealed()

    await store.keepTokens(flow, 'mine', tokens, 1_900_000_000_000)

    expect(await store.get(flow.key)).toMatchObject({ tokens, claimId: 'mine' })
    expect(await itemOf(flow)).toMatchObject({ dueAt: 1_900_000_000_000 })
  })

  test.each(['another claim', 'no flow'])(
    'are told from kept where there is %s, so that they are revoked',
    async (state) => {
      const flow = await stored()
      await store.claim(flow, aClaim('other'))
      if (state === 'no flow') await store.remove(flow, 'other')

      expect(await store.keepTokens(flow, 'mine', sealed(), 1)).toBe(false)

      expect((await store.get(flow.key))?.tokens).toBeUndefined()
    },
  )
})

describe('a flow of a browser', () => {
  const aBrowserFlow = async (changes: Partial<BrowserFlow> = {}): Promise<BrowserFlow> => {
    const flow = { ...aFlowRow(provider), completion: 'app' as const, ...changes }
    await store.create(flow)
    return flow
  }

  test.each<[string, Partial<BrowserFlow>, boolean]>([
    ['keeps the code for the handle', {}, true],
    ['keeps the newest code and handle', { handle: 'earlier', returnedCode: sealed() }, true],
    ['keeps none once a code was sent', { code: sealed() }, false],
  ])('%s', async (_, changes, keeps) => {
    const flow = await aBrowserFlow(changes)
    const code = sealed()

    expect(await store.handOver(flow, 'mine', code)).toBe(keeps)

    const { handle, returnedCode } = (await store.get(flow.key)) as BrowserFlow
    expect({ handle, returnedCode }).toEqual(
      keeps ? { handle: 'mine', returnedCode: code } : { handle: undefined, returnedCode: undefined },
    )
  })

  test('that is gone is not made by a handle', async () => {
    const flow = { ...aFlowRow(provider), completion: 'app' as const }

    expect(await store.handOver(flow, 'mine', sealed())).toBe(false)
    expect(await store.get(flow.key)).toBeUndefined()
  })

  test('holds an account without a claim, until the person has decided or the sweeper comes', async () => {
    const flow = await aBrowserFlow({ completion: 'page' })
    await store.claim(flow, aClaim())
    const account = sealed()
    const until = Date.now() + 900_000

    expect(await store.hold(flow, 'mine', account, until)).toBe(true)

    const held = (await store.get(flow.key)) as BrowserFlow
    expect(held).toMatchObject({ account, expiresAt: until })
    expect(held).not.toHaveProperty('claimId')
    expect(await itemOf(flow)).toMatchObject({ dueAt: until })
    expect(await store.claim(flow, aClaim())).toBeUndefined()
    expect(await store.claim(held, aClaim())).toMatchObject({ account })
  })

  test('holds nothing for whoever has lost the claim', async () => {
    const flow = await aBrowserFlow()
    await store.claim(flow, aClaim('other'))

    expect(await store.hold(flow, 'mine', sealed(), Date.now())).toBe(false)
  })
})

describe('a write whose answer was lost is repeated by the SDK, and', () => {
  const lost = (): FlowStore => flowStore(withLostAnswers(table))

  test('begins the flow', async () => {
    expect(await lost().create(aFlowRow(provider))).toBe(true)
  })

  test('takes the claim', async () => {
    expect(await lost().claim(await stored(), aClaim())).toMatchObject({ claimId: 'mine' })
  })

  test('keeps the tokens', async () => {
    const flow = await stored()
    await store.claim(flow, aClaim())

    await lost().keepTokens(flow, 'mine', sealed(), 1)

    expect((await store.get(flow.key))?.tokens).toBeDefined()
  })

  test('holds the account', async () => {
    const flow = { ...aFlowRow(provider), completion: 'page' as const }
    await store.create(flow)
    await store.claim(flow, aClaim())

    expect(await lost().hold(flow, 'mine', sealed(), Date.now() + 1000)).toBe(true)
  })
})
