import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { newId } from '../../lib/domain/ids.ts'
import type { Chunk } from '../../lib/domain/jobs/job.ts'
import type { GrantStore, RevocationOutcome } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { flowStore } from '../../lib/storage/flow-store.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { jobStore } from '../../lib/storage/job-store.ts'
import { grantKey, memberKey, siblingKey, userKey } from '../../lib/storage/keys.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { putItem } from '../../lib/storage/table.ts'
import { aChunkRow, aFlowRow, aGrantRow, aJobRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, type TestTable } from '../support/table.ts'

let table: TestTable
let store: GrantStore
beforeAll(async () => {
  table = await aTable()
  store = grantStore(table)
})
afterAll(() => table?.close())

const aStoredProvider = async (changes: Partial<Provider> = {}): Promise<Provider> => {
  const provider = aProviderRow(changes)
  await providerStore(table).create(provider, { version: 1, sealed: sealed() })
  return provider
}

/** A flow that somebody has claimed. */
const aClaimedFlow = async (provider: Provider) => {
  const flow = aFlowRow(provider)
  const flows = flowStore(table)
  await flows.create(flow)
  const now = Date.now()
  await flows.claim(flow, { id: `claim-${flow.key}`, until: now + 30_000, code: sealed(), dueAt: now + 60_000 })
  return { ...flow, claimId: `claim-${flow.key}` }
}

/** Connects a grant by a flow of its own. */
const connect = async (provider: Provider, grant: Grant, previous?: Grant, at = store) =>
  at.connect(grant, previous, provider, await aClaimedFlow(provider))

const aConnected = async (provider: Provider, changes: Partial<Grant> = {}): Promise<Grant> => {
  const grant = aGrantRow(provider, changes)
  expect(await connect(provider, grant)).toBe('saved')
  return grant
}

/** The kinds of the rows that are there for a grant. */
const rowsOf = async ({ id }: Grant): Promise<string[]> =>
  (await table.items())
    .filter((item) => JSON.stringify(item).includes(id))
    .map(({ pk }) => String(pk).replace(/#.*/, ''))
    .sort()

describe('connecting an account', () => {
  test('writes the grant with all its rows, and ends the flow', async () => {
    const provider = await aStoredProvider()
    const grant = aGrantRow(provider)
    const flow = await aClaimedFlow(provider)

    expect(await store.connect(grant, undefined, provider, flow)).toBe('saved')

    expect(await store.get('acme', grant.id)).toEqual(grant)
    expect(await rowsOf(grant)).toEqual(['GRANT', 'MEMBER', 'SIBLING', 'USER'])
    expect(await store.findMember(provider, 'grace', grant.sub)).toEqual({
      grantId: grant.id,
      userId: 'grace',
      sub: grant.sub,
    })
    expect(await flowStore(table).get(flow.key)).toBeUndefined()
  })

  test('again renews the grant', async () => {
    const provider = await aStoredProvider()
    const first = await aConnected(provider)
    const second = { ...first, generation: 2, tokenVersion: 2, accessToken: sealed() }

    expect(await connect(provider, second, first)).toBe('saved')

    expect(await store.get('acme', first.id)).toEqual(second)
    expect(await rowsOf(first)).toEqual(['GRANT', 'MEMBER', 'SIBLING', 'USER'])
  })

  test('again keeps the tokens that it replaces on the record of the flow, which is over', async () => {
    const provider = await aStoredProvider()
    const first = await aConnected(provider)
    const flow = await aClaimedFlow(provider)
    const replaced = { tokens: sealed(), dueAt: 1_900_000_000_000 }

    expect(await store.connect({ ...first, generation: 2 }, first, provider, flow, replaced)).toBe('saved')

    const left = await flowStore(table).get(flow.key)
    expect(left).toMatchObject({ claimId: flow.claimId, tokens: replaced.tokens })
    expect(left?.expiresAt).toBeLessThanOrEqual(Date.now())
  })

  test.each<[string, string, (provider: Provider) => Promise<unknown>]>([
    ['an inactive provider', 'providerNotActive', (it) => providerStore(table).update(it, { state: 'adminInactive' })],
    ['a provider that is being deleted', 'providerNotActive', (it) => jobStore(table).startDeletion(it, aJobRow(it))],
  ])('to %s is refused and leaves nothing', async (_, outcome, change) => {
    const provider = await aStoredProvider()
    await change(provider)
    const grant = aGrantRow(provider)

    expect(await connect(provider, grant)).toBe(outcome)

    expect(await rowsOf(grant)).toEqual([])
  })

  test('by a flow that somebody else has claimed meanwhile, or that is gone, is refused', async () => {
    const provider = await aStoredProvider()
    const grant = aGrantRow(provider)
    const flow = await aClaimedFlow(provider)

    expect(await store.connect(grant, undefined, provider, { ...flow, claimId: 'another' })).toBe('flowGone')
    await flowStore(table).remove(flow, flow.claimId)
    expect(await store.connect(grant, undefined, provider, flow)).toBe('flowGone')

    expect(await rowsOf(grant)).toEqual([])
  })

  test('that somebody else has connected, renewed or removed meanwhile is to be read again', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)
    const renewed = { ...grant, generation: 2, tokenVersion: 2 }

    expect(await connect(provider, aGrantRow(provider, { sub: grant.sub }))).toBe('changed')
    expect(await connect(provider, renewed, { ...grant, tokenVersion: 0 })).toBe('changed')
    await store.remove(grant, provider)
    expect(await connect(provider, renewed, grant)).toBe('changed')

    expect(await rowsOf(grant)).toEqual([])
  })

  test('of one account by twenty flows at once makes one grant', async () => {
    const provider = await aStoredProvider()

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => connect(provider, aGrantRow(provider, { sub: 'the-account' }))),
    )

    expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1)
    expect((await store.listOfProvider('acme', provider.id, { limit: 100 })).items).toHaveLength(1)
  }, 20_000)

  test('to a shared provider is possible once in the organization', async () => {
    const provider = await aStoredProvider({ shared: true })
    const grant = await aConnected(provider)

    expect(await connect(provider, aGrantRow(provider, { userId: 'heidi' }))).toBe('changed')

    expect(await store.findMember(provider, 'heidi', 'whoever')).toMatchObject({ grantId: grant.id, userId: 'grace' })
  })
})

describe('removing a grant', () => {
  test('takes all its rows with it', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)

    expect(await store.remove(grant, provider)).toBe('removed')

    expect(await rowsOf(grant)).toEqual([])
  })

  test.each<[string, Partial<Grant>]>([
    ['a new consent', { generation: 2 }],
    ['a refresh', { tokenVersion: 2 }],
  ])('is refused after %s', async (_, changes) => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider, changes)

    expect(await store.remove({ ...grant, generation: 1, tokenVersion: 1 }, provider)).toBe('changed')

    expect(await rowsOf(grant)).toHaveLength(4)
  })

  test('that is gone finds it gone', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)
    await store.remove(grant, provider)

    expect(await store.remove(grant, provider)).toBe('gone')
  })

  test.each<[RevocationOutcome, Partial<Chunk>]>([
    ['revoked', { deleted: 1, revoked: 1 }],
    ['failed', { deleted: 1, revocationFailed: 1 }],
    ['unsupported', { deleted: 1, revocationUnsupported: 1 }],
    ['sibling', { deleted: 1, spared: 1 }],
  ])('counts its revocation as %s in its chunk, once', async (outcome, counts) => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)
    const job = aJobRow(provider)
    const chunk = aChunkRow(job, { grantIds: [grant.id] })
    await jobStore(table).putChunks(job, [chunk])

    expect(await store.remove(grant, provider, { chunk, outcome })).toBe('removed')
    expect(await store.remove(grant, provider, { chunk, outcome })).toBe('gone')

    expect(await jobStore(table).getChunk(job, chunk.id)).toEqual({ ...chunk, ...counts, movedAt: expect.any(Number) })
  })

  test('of a whole chunk at once counts every grant', async () => {
    const provider = await aStoredProvider()
    const grants = await Promise.all(Array.from({ length: 10 }, () => aConnected(provider)))
    const job = aJobRow(provider)
    const chunk = aChunkRow(job, { grantIds: grants.map(({ id }) => id) })
    await jobStore(table).putChunks(job, [chunk])

    await Promise.all(grants.map((grant) => store.remove(grant, provider, { chunk, outcome: 'revoked' })))

    expect(await jobStore(table).getChunk(job, chunk.id)).toMatchObject({ deleted: 10, revoked: 10 })
  }, 20_000)

  test('is not counted in a chunk that is done', async () => {
    const provider = await aStoredProvider()
    const grant = await aConnected(provider)

    const removed = store.remove(grant, provider, { chunk: aChunkRow(aJobRow(provider)), outcome: 'revoked' })

    expect(await removed).toBe('changed')
    expect(await rowsOf(grant)).toHaveLength(4)
  })
})

describe('grants are listed', () => {
  test("of a user and of a provider, and nobody else's", async () => {
    const provider = await aStoredProvider({ orgId: 'lists' })
    const mine = [await aConnected(provider), await aConnected(provider)]
    const hers = await aConnected(provider, { userId: 'heidi' })
    const elsewhere = await aStoredProvider({ orgId: 'elsewhere' })
    await aConnected(elsewhere)

    expect((await store.listOfUser('lists', 'grace', { limit: 9 })).items).toEqual(mine.map(({ id }) => id))
    const members = (await store.listOfProvider('lists', provider.id, { limit: 9 })).items
    expect(members.map(({ grantId }) => grantId).sort()).toEqual([...mine, hers].map(({ id }) => id).sort())
    expect((await store.listOfProvider('lists', elsewhere.id, { limit: 9 })).items).toEqual([])
  })

  test('by their ids, in the order that was asked for, without unknown and foreign ones', async () => {
    const provider = await aStoredProvider()
    const foreign = await aConnected(await aStoredProvider({ orgId: 'foreign' }))
    const [one, two] = [await aConnected(provider), await aConnected(provider)]

    const found = await store.getMany('acme', [two.id, 'unknown', foreign.id, one.id])

    expect(found).toEqual([two, one])
  })
})

describe('a grant of former days whose account has no id', () => {
  /** Its rows as they were written then. */
  const aFormerGrant = async (provider: Provider): Promise<string> => {
    const { id, ...grant } = aGrantRow(provider, { sub: '' })
    const { origin } = new URL(provider.settings.tokenUrl)
    const rows = [
      { ...grantKey('acme', id), ...grant, id },
      { ...memberKey('acme', provider.id, 'grace', ''), grantId: id, userId: 'grace', sub: '' },
      { ...userKey('acme', 'grace', id), grantId: id },
      { ...siblingKey([origin, provider.clientId, ''], 'acme', id), providerId: provider.id },
    ]
    for (const row of rows) await putItem(table, row)
    return id
  }
  const accountOf = async (id: string) => (await store.get('acme', id))?.sub

  test('is its own account, however it is read', async () => {
    const provider = await aStoredProvider()
    const id = await aFormerGrant(provider)

    const reads = [
      await store.get('acme', id),
      (await store.getWithProvider('acme', id))?.grant,
      (await store.getWithProvider('acme', id))?.grant,
      (await store.getMany('acme', [id]))[0],
      (await store.listOfProvider('acme', provider.id, { limit: 9 })).items[0],
    ]

    expect(reads.map((read) => read?.sub)).toEqual([id, id, id, id, id])
  })

  test('is refreshed, renewed and removed with all its rows', async () => {
    const provider = await aStoredProvider()
    const id = await aFormerGrant(provider)
    const before = (await store.get('acme', id)) as Grant

    const leased = (await store.takeLease(before, 'mine', 40_000)) as Grant
    const tokens = { accessToken: sealed(), obtainedAt: Date.now(), grantedScopes: [] }
    const { grant } = await store.saveTokens(leased, 'mine', tokens)
    const renewed = { ...(grant as Grant), generation: 2, tokenVersion: 3 }

    expect([leased.sub, grant?.sub]).toEqual([id, id])
    expect(await connect(provider, renewed, grant)).toBe('saved')
    expect(await accountOf(id)).toBe(id)
    expect(await store.remove((await store.get('acme', id)) as Grant, provider)).toBe('removed')
    expect(await rowsOf(before)).toEqual([])
  })

  test('stays beside another that the same user connects', async () => {
    const provider = await aStoredProvider()
    const id = await aFormerGrant(provider)

    const next = newId()
    await aConnected(provider, { id: next, sub: next })

    expect([await accountOf(id), await accountOf(next)]).toEqual([id, next])
  })
})
