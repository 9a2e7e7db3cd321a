import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { NumberStore } from '../../lib/domain/ports.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { lastNumberKey } from '../../lib/storage/keys.ts'
import { numberStore } from '../../lib/storage/number-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { putItem } from '../../lib/storage/table.ts'
import { aFlowRow, aGrantRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable } from '../support/table.ts'

let table: TestTable
let store: NumberStore
const provider = aProviderRow()
beforeAll(async () => {
  table = await aTable()
  store = numberStore(table)
  await providerStore(table).create(provider, { version: 1, sealed: sealed() })
})
afterAll(() => table?.close())

const grants = () => grantStore(table)
const connect = async (grant: Grant, previous?: Grant) => {
  const flow = { ...aFlowRow(provider), claimId: 'mine' }
  const now = Date.now()
  await flowStore(table).create(flow)
  await flowStore(table).claim(flow, { id: 'mine', until: now + 30_000, code: sealed(), dueAt: now + 60_000 })
  return grants().connect(grant, previous, provider, flow)
}
const aConnected = async (): Promise<Grant> => {
  const grant = aGrantRow(provider)
  expect(await connect(grant)).toBe('saved')
  return grant
}
const current = async ({ id }: Grant): Promise<Grant> => {
  const grant = await grants().get('acme', id)
  if (!grant) throw new Error('The grant is gone')
  return grant
}

describe('the counter', () => {
  test('gives every taker numbers of its own, from one on', async () => {
    const firsts = await Promise.all(Array.from({ length: 10 }, () => store.take('counted', 3)))

    expect(firsts.sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, place) => 1 + 3 * place))
  })

  test('ends below 2^31', async () => {
    await putItem(table, { ...lastNumberKey('full'), last: 2 ** 31 - 3 })

    expect(await store.take('full', 2)).toBe(2 ** 31 - 2)
    await expect(store.take('full', 1)).rejects.toThrow('used up')
  })
})

describe('the number of a user', () => {
  test('is the first that was given, however many are', async () => {
    const numbers = [101, 102, 103, 104]

    await Promise.all(numbers.map((number) => store.giveToUser('acme', 'auth0|x#y', number)))
    const number = (await store.ofUsers('acme', ['auth0|x#y', 'nobody'])).get('auth0|x#y') ?? 0
    const holders = await Promise.all(numbers.map((each) => store.holder('acme', each)))

    expect(numbers).toContain(number)
    expect(holders).toEqual(numbers.map((each) => (each === number ? { userId: 'auth0|x#y' } : undefined)))
    expect(await store.ofUsers('globex', ['auth0|x#y'])).toEqual(new Map())
  })

  test('is found for more users than one batch reads', async () => {
    const users = Array.from({ length: 120 }, (_, place) => `user-${place}`)
    for (const [place, user] of users.entries()) await store.giveToUser('many', user, place + 1)

    expect((await store.ofUsers('many', users)).size).toBe(120)
  })
})

describe('the number of a grant', () => {
  test('is the first that was given, and is on its row', async () => {
    const grant = await aConnected()

    const given = await Promise.all([201, 202, 203].map((number) => store.giveToGrant('acme', grant.id, number)))

    const [number] = given
    expect(new Set(given).size).toBe(1)
    expect(await current(grant)).toEqual({ ...grant, number })
    expect(await store.holder('acme', number ?? 0)).toEqual({ grantId: grant.id })
  })

  test('is not given to a grant that is gone', async () => {
    expect(await store.giveToGrant('acme', 'gone', 301)).toBeUndefined()
    expect(await store.holder('acme', 301)).toBeUndefined()
  })

  test('that was given since the grant was read keeps a renewal and a removal from overwriting it', async () => {
    const read = await aConnected()
    await store.giveToGrant('acme', read.id, 401)

    expect(await connect({ ...read, generation: 2 }, read)).toBe('changed')
    expect(await grants().remove(read, provider)).toBe('changed')
    expect((await current(read)).number).toBe(401)
  })

  test('stays when the grant is renewed, and goes with it', async () => {
    const read = await aConnected()
    await store.giveToGrant('acme', read.id, 501)
    const numbered = await current(read)

    expect(await connect({ ...numbered, generation: 2 }, numbered)).toBe('saved')
    expect(await grants().remove(await current(read), provider)).toBe('removed')

    expect(await store.holder('acme', 501)).toBeUndefined()
  })

  test.each([0, -1, 1.5, 2 ** 31, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN])('is never %d', async (number) => {
    expect(await store.holder('acme', number)).toBeUndefined()
  })
})
