import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProviderStore } from '../../lib/domain/ports.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { providerStore } from '../../lib/storage/provider-store.ts'
import { aProviderRow, sealed, settings } from '../support/records.ts'
import { aTable, type TestTable, withLostAnswers, withSends } from '../support/table.ts'

let table: TestTable
let store: ProviderStore
beforeAll(async () => {
  table = await aTable()
  store = providerStore(table)
})
afterAll(() => table?.close())

const secret = () => ({ version: 1, sealed: sealed() })

/** A provider that is in the table, with the changes that the row has besides. */
const stored = async (changes: Partial<Provider> = {}): Promise<Provider> => {
  const provider = aProviderRow(changes)
  await store.create(provider, secret())
  return provider
}
const read = async ({ orgId, id }: Provider) => (await store.get(orgId, id)) as Provider

/** The provider ids that the slugs of an organization lead to. */
const slugs = async (orgId: string): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await table.items()).filter(({ pk }) => pk === `SLUG#${orgId}`).map(({ sk, providerId }) => [sk, providerId]),
  )

describe('a new provider', () => {
  test('is there with its secret and its slug, and reads as it was written', async () => {
    const provider = aProviderRow({ orgId: 'new', slug: 'github' })
    const given = secret()

    expect(await store.create(provider, given)).toBe('created')

    expect(await store.get('new', provider.id)).toEqual(provider)
    expect(await store.secret('new', provider.secretId)).toEqual(given)
    expect(await slugs('new')).toEqual({ github: provider.id })
  })

  test('is found by its slug as by its id, a named one with what the catalogue says of it', async () => {
    const named = providerStore(table, () => settings)
    const provider = aProviderRow({ orgId: 'named', type: 'github', slug: 'github', overrides: {} })
    await named.create(provider, secret())

    expect(await named.findBySlug('named', 'github')).toEqual(provider)
    expect(await named.findBySlug('new', 'another')).toBeUndefined()
  })

  test('whose slug is taken leaves nothing behind', async () => {
    const first = await stored({ orgId: 'taken', slug: 'github' })
    const second = aProviderRow({ orgId: 'taken', slug: 'github' })

    expect(await store.create(second, secret())).toBe('slugTaken')

    expect(await store.get('taken', second.id)).toBeUndefined()
    expect(await store.secret('taken', second.secretId)).toBeUndefined()
    expect(await slugs('taken')).toEqual({ github: first.id })
  })

  test("may have the slug of another organization's, and is unknown to it", async () => {
    const provider = await stored({ orgId: 'one', slug: 'github' })

    expect(await store.create(aProviderRow({ orgId: 'other', slug: 'github' }), secret())).toBe('created')

    expect(await store.get('other', provider.id)).toBeUndefined()
    expect(await store.secret('other', provider.secretId)).toBeUndefined()
  })

  test('of twenty with one slug at once is one', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => store.create(aProviderRow({ orgId: 'race', slug: 'github' }), secret())),
    )

    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    expect((await store.list('race', { limit: 100 })).items).toHaveLength(1)
  })
})

describe('a slug', () => {
  test('finds the one provider of its organization that has it', async () => {
    const provider = await stored({ orgId: 'find', slug: 'github' })
    await stored({ orgId: 'find-other', slug: 'github' })

    expect(await store.findBySlug('find', 'github')).toEqual(provider)
    expect(await store.findBySlug('find', 'gitlab')).toBeUndefined()
    expect(await store.findBySlug('find-nobody', 'github')).toBeUndefined()
  })

  test('that was given to another provider finds that one', async () => {
    const before = await stored({ orgId: 'pass', slug: 'github' })
    await store.update(before, { slug: 'old-github' })
    const after = await stored({ orgId: 'pass', slug: 'github' })

    expect((await store.findBySlug('pass', 'github'))?.id).toBe(after.id)
    expect((await store.findBySlug('pass', 'old-github'))?.id).toBe(before.id)
  })
})

describe('a change', () => {
  test('changes what is named, and nothing else', async () => {
    const provider = await stored({ appInstallUrl: 'https://app.example' })

    const changed = await store.update(provider, { name: 'New', skipConsent: true, scopes: undefined })

    expect(changed).toEqual({ ...provider, name: 'New', skipConsent: true, updatedAt: expect.any(Number) })
    expect(await read(provider)).toEqual(changed)
  })

  test('of the slug frees the old one', async () => {
    const provider = await stored({ orgId: 'move', slug: 'before' })

    await store.update(provider, { slug: 'after' })

    expect(await slugs('move')).toEqual({ after: provider.id })
  })

  test('to the slug that it has changes no slug', async () => {
    const provider = await stored({ orgId: 'same', slug: 'github' })

    expect(await store.update(provider, { slug: 'github' })).toMatchObject({ slug: 'github' })

    expect(await slugs('same')).toEqual({ github: provider.id })
  })

  test('to a slug that is taken changes nothing at all', async () => {
    await stored({ orgId: 'full', slug: 'taken' })
    const provider = await stored({ orgId: 'full', slug: 'mine' })

    expect(await store.update(provider, { slug: 'taken', name: 'New' }, secret())).toBe('slugTaken')

    expect(await read(provider)).toEqual(provider)
    expect(Object.keys(await slugs('full')).sort()).toEqual(['mine', 'taken'])
  })

  test('of the secret lifts the verdict on the old one', async () => {
    const provider = await stored()
    await store.rejectClient(provider, { error: 'invalid_client' })
    await store.takeClientRetry(provider, -1)
    const newer = { version: 2, sealed: sealed() }

    const changed = (await store.update(await read(provider), {}, newer)) as Provider

    expect(changed).toMatchObject({ secretVersion: 2 })
    expect(changed.clientRejectedAt ?? changed.clientRetryAt ?? changed.clientFailure).toBeUndefined()
    expect(await store.secret(provider.orgId, provider.secretId)).toEqual(newer)
  })

  test.each<[string, (provider: Provider) => Promise<unknown>]>([
    ['its secret', (provider) => store.update(provider, {}, { version: 2, sealed: sealed() })],
    ['its slug', (provider) => store.update(provider, { slug: `moved-${provider.id.slice(-12)}` })],
    ['its state', (provider) => store.update(provider, { state: 'adminDisabled' })],
  ])('is refused to who has not seen that somebody changed %s', async (_, change) => {
    const provider = await stored()
    await change(provider)
    const before = await read(provider)

    expect(await store.update(provider, { name: 'Late' }, { version: 2, sealed: sealed() })).toBe('changed')

    expect(await read(provider)).toEqual(before)
  })

  test('of a provider that is gone is refused', async () => {
    expect(await store.update(aProviderRow(), { name: 'New' })).toBe('changed')
  })
})

describe('the verdict on a client secret', () => {
  test('holds for the secret that was tried, and for no later one', async () => {
    const old = await stored()
    const current = (await store.update(old, {}, { version: 2, sealed: sealed() })) as Provider

    await store.rejectClient(old, { error: 'invalid_client' })
    expect(await read(old)).toEqual(current)

    await store.rejectClient(current, { error: 'invalid_client' })
    expect(await read(old)).toMatchObject({
      clientRejectedAt: expect.any(Number),
      clientFailure: { error: 'invalid_client' },
    })
    await store.acceptClient(old)
    expect((await read(old)).clientRejectedAt).toEqual(expect.any(Number))
    await store.acceptClient(current)
    expect((await read(old)).clientRejectedAt ?? (await read(old)).clientFailure).toBeUndefined()
  })

  test.each([
    ['right after the verdict', { clientRejectedAt: -1_000 }, false],
    ['when the time is over', { clientRejectedAt: -301_000 }, true],
    ['soon after another try', { clientRejectedAt: -900_000, clientRetryAt: 1_000 }, false],
    ['long after another try', { clientRejectedAt: -900_000, clientRetryAt: -1_000 }, true],
  ])('%s may be tried: %j -> %s', async (_, fromNow, mayTry) => {
    const times = Object.entries(fromNow).map(([name, ms]) => [name, Date.now() + ms])
    const provider = await stored(Object.fromEntries(times))

    expect(await store.takeClientRetry(provider, 300_000)).toBe(mayTry)
  })

  test('may not be tried where there is none', async () => {
    expect(await store.takeClientRetry(await stored(), -1)).toBe(false)
    expect(await store.takeClientRetry(aProviderRow(), -1)).toBe(false)
  })

  test('may be tried by one of fifty', async () => {
    const provider = await stored({ clientRejectedAt: Date.now() - 600_000 })

    const taken = await Promise.all(Array.from({ length: 50 }, () => store.takeClientRetry(provider, 300_000)))

    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test('says nothing of a provider that is gone', async () => {
    const gone = aProviderRow({ orgId: 'gone' })

    await store.rejectClient(gone, { error: 'invalid_client' })
    await store.acceptClient(gone)
    await store.noteTimeout(gone)
    await store.holdOff(gone, 1)

    expect((await store.list('gone', { limit: 10 })).items).toEqual([])
  })
})

describe('timeouts of the token endpoint', () => {
  test('are counted, each once, and cleared by an answer', async () => {
    const provider = await stored()

    const counts = await Promise.all(Array.from({ length: 5 }, () => store.noteTimeout(provider)))
    await store.holdOff(provider, 1_900_000_000_000)
    const heldOff = await read(provider)
    await store.acceptClient(provider)

    expect(counts.sort()).toEqual([1, 2, 3, 4, 5])
    expect(heldOff).toEqual({ ...provider, timeouts: 5, retryAt: 1_900_000_000_000 })
    expect(await read(provider)).toEqual(provider)
  })

  test.each([
    ['never while the provider is held off', 60_000, undefined],
    ['once that is over', -1, 8],
  ])('are counted %s: %i ms -> %s', async (_, ms, count) => {
    const provider = await stored({ timeouts: 7, retryAt: Date.now() + ms })

    expect(await store.noteTimeout(provider)).toBe(count)
  })
})

describe('providers are listed', () => {
  test('by creation, newest last or first, in pages', async () => {
    const providers: Provider[] = []
    for (let place = 0; place < 5; place++) providers.push(await stored({ orgId: 'list', id: `0190000${place}` }))

    const first = await store.list('list', { limit: 3 })
    const second = await store.list('list', { limit: 3, after: first.next })
    const newest = await store.list('list', { limit: 2, descending: true })

    expect([...first.items, ...second.items]).toEqual(providers)
    expect(second.next).toBeUndefined()
    expect(newest.items.map(({ id }) => id)).toEqual(['01900004', '01900003'])
  })

  test('by their ids, without those that are unknown', async () => {
    const one = await stored({ orgId: 'many' })
    const two = await stored({ orgId: 'many' })
    const foreign = await stored({ orgId: 'foreign' })

    const found = await store.getMany('many', [one.id, 'unknown', foreign.id, two.id])

    expect(found.map(({ id }) => id).sort()).toEqual([one.id, two.id].sort())
  })
})

describe('a write whose answer was lost is repeated by the SDK, and', () => {
  test('makes the same provider, not a slug that is taken', async () => {
    // DynamoDB knows a repeated transaction by its token, which the SDK sends with both.
    const lost = providerStore(
      withSends(table, async ({ name, input, send }) => {
        if (name === 'TransactWriteCommand') input.ClientRequestToken = 'the-token-of-both-tries'
        if (name === 'TransactWriteCommand') await send()
        return send()
      }),
    )
    const provider = aProviderRow({ orgId: 'lost' })

    expect(await lost.create(provider, secret())).toBe('created')
    expect(await store.get('lost', provider.id)).toEqual(provider)
  })

  test('notes a verdict', async () => {
    const provider = await stored()

    await providerStore(withLostAnswers(table)).rejectClient(provider, { error: 'invalid_client' })

    expect(await read(provider)).toMatchObject({ clientRejectedAt: expect.any(Number) })
  })
})
