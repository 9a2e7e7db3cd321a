import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type DirectFlow, endOf } from '../../lib/domain/connect/flow.ts'
import type { FlowStore, GrantStore } from '../../lib/domain/ports.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { aFlowRow, aGrantRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable } from '../support/table.ts'

let table: TestTable
let flows: FlowStore
let grants: GrantStore
beforeAll(async () => {
  table = await aTable()
  flows = flowStore(table)
  grants = grantStore(table)
  for (const row of [provider, shared, unconnected]) {
    await providerStore(table).create(row, { version: 1, sealed: sealed() })
  }
})
afterAll(() => table?.close())

const provider = aProviderRow()
const shared = aProviderRow({ shared: true })
const unconnected = aProviderRow({ shared: true })

const aDirectFlow = (of = provider): DirectFlow => ({ ...aFlowRow(of), direct: true })
const connected = async (flow: DirectFlow, of = provider) => {
  await flows.create(flow)
  await flows.claim(flow, { id: 'mine', until: Date.now() + 30_000, code: sealed(), dueAt: Date.now() + 60_000 })
  const grant = aGrantRow(of)
  expect(await grants.connect(grant, undefined, of, { ...flow, claimId: 'mine' })).toBe('saved')
  return grant
}

describe('a direct flow', () => {
  test('is found by what is used, and begun once', async () => {
    const flow = aDirectFlow()

    const begun = [await flows.create(flow), await flows.create({ ...flow, secrets: sealed() })]

    expect(begun).toEqual([true, false])
    expect(await flows.getDirect(flow.key)).toEqual({ flow })
  })

  test('leaves its end when it has connected, until it would have expired', async () => {
    const flow = aDirectFlow()

    const grant = await connected(flow)

    expect(await flows.getDirect(flow.key)).toEqual({ end: endOf(flow, 'done', grant.id) })
  })
})

describe('of shared providers', () => {
  test('those are found that are connected, and by which grant', async () => {
    const grant = await connected(aDirectFlow(shared), shared)

    const members = await grants.listShared('acme', [unconnected.id, shared.id, 'unknown'])

    expect(members).toEqual([{ grantId: grant.id, userId: grant.userId, sub: grant.sub }])
    expect(await grants.listShared('globex', [shared.id])).toEqual([])
    expect(await grants.listShared('acme', [])).toEqual([])
  })
})
