import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeathReason, Grant } from '../../lib/domain/grants/grant.ts'
import type { GrantStore, SealedTokens } from '../../lib/domain/ports.ts'
import { grantStore } from '../../lib/storage/grant-store.ts'
import { grantKey } from '../../lib/storage/keys.ts'
import { aGrantRow, aProviderRow, sealed } from '../support/records.ts'
import { aTable, awsError, type TestTable, withLostAnswers, withSends } from '../support/table.ts'

let table: TestTable
let store: GrantStore
beforeAll(async () => {
  table = await aTable()
  store = grantStore(table)
})
afterAll(() => table?.close())

const LEASE_MS = 40_000

/** A grant whose row is in the table. */
const stored = async (changes: Partial<Grant> = {}): Promise<Grant> => {
  const grant = aGrantRow(aProviderRow(), changes)
  await table.client.send(new PutCommand({ TableName: table.name, Item: { ...grantKey('acme', grant.id), ...grant } }))
  return grant
}
const leasedFrom = async (grant: Grant, leaseId = 'mine'): Promise<Grant> =>
  (await store.takeLease(grant, leaseId, LEASE_MS)) as Grant
const read = async ({ id }: Grant) => (await store.get('acme', id)) as Grant

const tokens = (): SealedTokens => ({
  accessToken: sealed(),
  refreshToken: sealed(),
  obtainedAt: Date.now(),
  accessTokenExpiresAt: Date.now() + 3_600_000,
  grantedScopes: ['profile'],
})

describe('the lease on a refresh token', () => {
  test('is written with its end and with the version that is going to be tried', async () => {
    const before = Date.now()
    const grant = await stored({ tokenVersion: 7 })

    const leased = await leasedFrom(grant)

    expect(await read(grant)).toEqual({ ...grant, leaseId: 'mine', leaseUntil: leased.leaseUntil, attemptVersion: 7 })
    expect(leased.leaseUntil).toBeGreaterThanOrEqual(before + LEASE_MS)
    expect(leased.attemptVersion).toBeUndefined()
  })

  test('notes when it is about a token that was refused, and the refresh leaves the note', async () => {
    const before = Date.now()
    const grant = await stored()

    const leased = (await store.takeLease(grant, 'mine', LEASE_MS, true)) as Grant
    await store.saveTokens(leased, 'mine', tokens())

    expect((await read(grant)).refusedAt).toBeGreaterThanOrEqual(before)
  })

  test('is ours also when every answer to its write was lost', async () => {
    const grant = await stored()
    const lossy = withSends(table, async ({ name, send }) => {
      const answer = await send()
      if (name === 'UpdateCommand') throw awsError('TimeoutError')
      return answer
    })

    const leased = await grantStore(lossy).takeLease(grant, 'mine', LEASE_MS)

    expect(leased).toMatchObject({ leaseId: 'mine', tokenVersion: grant.tokenVersion })
    expect(leased?.attemptVersion).toBeUndefined()
  })

  test('is not ours when its write has failed', async () => {
    const grant = await stored()
    const broken = withSends(table, async ({ name, send }) => {
      if (name === 'UpdateCommand') throw awsError('InternalServerError')
      return send()
    })

    await expect(grantStore(broken).takeLease(grant, 'mine', LEASE_MS)).rejects.toThrow('InternalServerError')
  })

  test('is given back with its own attempt on record, where nobody knows what came of it', async () => {
    const grant = await stored({ tokenVersion: 7 })
    const leased = await leasedFrom(grant)

    await store.releaseLease(leased, 'mine', false)

    expect(await read(grant)).toEqual({ ...grant, attemptVersion: 7 })
  })

  test('is taken by one of fifty', async () => {
    const grant = await stored()

    const taken = await Promise.all(
      Array.from({ length: 50 }, (_, place) => store.takeLease(grant, `lease-${place}`, LEASE_MS)),
    )

    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test.each<[string, Partial<Grant>, boolean]>([
    ['while nobody has it', {}, true],
    ['while somebody has it', { leaseId: 'other', leaseUntil: 20_000 }, false],
    ['when that of somebody has ended', { leaseId: 'other', leaseUntil: -1 }, true],
    ['when it is our own, written twice', { leaseId: 'mine', leaseUntil: 20_000 }, true],
    ['of a dead grant', { deadReason: 'invalidGrant' }, false],
  ])('%s: %j -> %s', async (_, row, given) => {
    const leaseUntil = row.leaseUntil === undefined ? {} : { leaseUntil: Date.now() + row.leaseUntil }
    const grant = await stored({ ...row, ...leaseUntil })

    const taken = await store.takeLease(grant, 'mine', LEASE_MS)

    expect(taken !== undefined).toBe(given)
  })

  test.each<[string, Partial<Grant>]>([
    ['consented to anew', { generation: 2 }],
    ['refreshed', { tokenVersion: 2 }],
    ['found to fail', { failures: 1 }],
  ])('is refused when the grant was %s since it was read', async (_, changes) => {
    const grant = await stored(changes)

    const asRead = { ...grant, generation: 1, tokenVersion: 1, failures: 0 }

    expect(await store.takeLease(asRead, 'mine', LEASE_MS)).toBeUndefined()
    expect(await read(grant)).toEqual(grant)
  })

  test('of a grant that is gone is refused, and makes no row', async () => {
    const gone = aGrantRow(aProviderRow())

    expect(await store.takeLease(gone, 'mine', LEASE_MS)).toBeUndefined()
    expect(await store.get('acme', gone.id)).toBeUndefined()
  })

  test('remembers the attempt before it, whose answer was lost', async () => {
    const grant = await stored({ tokenVersion: 4, attemptVersion: 4 })

    expect((await leasedFrom(grant)).attemptVersion).toBe(4)
  })

  test('given back leaves the grant as it was', async () => {
    for (const attempt of [{}, { attemptVersion: 1 }]) {
      const grant = await stored(attempt)

      await store.releaseLease(await leasedFrom(grant), 'mine')

      expect(await read(grant)).toEqual(grant)
    }
  })

  test('of somebody else is not given back', async () => {
    const leased = await leasedFrom(await stored(), 'other')

    await store.releaseLease(leased, 'mine')

    expect(await read(leased)).toMatchObject({ leaseId: 'other' })
  })
})

describe('saving refreshed tokens', () => {
  test('counts the version and the refresh, and clears what failures have left', async () => {
    const grant = await stored({
      attemptVersion: 1,
      failures: 3,
      retryAt: 1,
      refreshTokenExpiresAt: 5,
      refreshCount: 8,
    })
    const fresh = tokens()

    const { saved, grant: after } = await store.saveTokens(await leasedFrom(grant), 'mine', fresh)

    const { attemptVersion: _, retryAt: __, refreshTokenExpiresAt: ___, ...kept } = grant
    expect(saved).toBe(true)
    expect(after).toEqual({
      ...kept,
      ...fresh,
      tokenVersion: 2,
      failures: 0,
      refreshCount: 9,
      updatedAt: expect.any(Number),
    })
    expect(await read(grant)).toEqual(after)
  })

  test('is done also when the lease was lost meanwhile, since the old token may be spent', async () => {
    const leased = await leasedFrom(await stored({ leaseId: 'other', leaseUntil: Date.now() - 1 }))
    await table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: { ...grantKey('acme', leased.id), ...leased, leaseId: 'thief', leaseUntil: Date.now() + LEASE_MS },
      }),
    )

    expect((await store.saveTokens(leased, 'mine', tokens())).saved).toBe(true)
  })

  test.each<[string, Partial<Grant>]>([
    ['consented to anew', { generation: 2 }],
    ['refreshed', { tokenVersion: 2 }],
  ])('is refused when the grant was %s meanwhile, and tells what stands there', async (_, changes) => {
    const grant = await stored(changes)

    const outcome = await store.saveTokens({ ...grant, generation: 1, tokenVersion: 1 }, 'mine', tokens())

    expect(outcome).toEqual({ saved: false, grant })
    expect(await read(grant)).toEqual(grant)
  })

  test('of a grant that is gone brings nothing back', async () => {
    const gone = aGrantRow(aProviderRow())

    expect(await store.saveTokens(gone, 'mine', tokens())).toEqual({ saved: false, grant: undefined })
    expect(await store.get('acme', gone.id)).toBeUndefined()
  })

  test('is taken for done by one of two who hold the same version', async () => {
    const grant = await stored()

    const outcomes = await Promise.all(['one', 'two'].map((leaseId) => store.saveTokens(grant, leaseId, tokens())))

    expect(outcomes.filter(({ saved }) => saved)).toHaveLength(1)
    expect(outcomes.map(({ grant: after }) => after?.tokenVersion)).toEqual([2, 2])
  })
})

const noted = { at: 1_800_000_000_000, failure: 'transient', error: 'slow_down', subErrors: ['AADSTS1'] } as const

describe('a refresh that failed', () => {
  test.each<[string, boolean, Partial<Grant>, Partial<Grant>]>([
    ['with an answer forgets its attempt', true, {}, {}],
    ['with an answer keeps the attempt before it', true, { attemptVersion: 1 }, { attemptVersion: 1 }],
    ['without an answer stays on record', false, {}, { attemptVersion: 1 }],
  ])('%s', async (_, outcomeKnown, before, after) => {
    const grant = await stored({ failures: 1, refreshFailureCount: 5, ...before })

    await store.noteFailure(await leasedFrom(grant), 'mine', { retryAt: 1_900_000_000_000, outcomeKnown, noted })

    const { attemptVersion: _was, ...kept } = grant
    expect(await read(grant)).toEqual({
      ...kept,
      ...after,
      failures: 2,
      refreshFailureCount: 6,
      retryAt: 1_900_000_000_000,
      lastFailure: noted,
    })
  })

  test('by a lease that was lost notes nothing', async () => {
    const leased = await leasedFrom(await stored(), 'other')
    const before = await read(leased)

    await store.noteFailure(leased, 'mine', { outcomeKnown: true })

    expect(await read(leased)).toEqual(before)
  })

  test.each<[DeathReason, 'dropped' | 'kept']>([
    ['invalidGrant', 'dropped'],
    ['refreshOutcomeUnknown', 'dropped'],
    // The provider has not said that it is bad, and a revocation needs it.
    ['userActionRequired', 'kept'],
  ])('for good ends the grant, by %s: its refresh token is %s', async (reason, fate) => {
    const grant = await stored()

    expect(await store.markDead(await leasedFrom(grant), reason, noted)).toBe(true)

    const { refreshToken, ...rest } = grant
    expect(await read(grant)).toEqual({
      ...rest,
      ...(fate === 'kept' && { refreshToken }),
      deadReason: reason,
      lastFailure: noted,
      refreshFailureCount: 1,
      updatedAt: expect.any(Number),
    })
  })

  test('is forgotten by the next success', async () => {
    const grant = await stored({ failures: 3, lastFailure: noted })

    await store.saveTokens(await leasedFrom(grant), 'mine', tokens())

    expect(await read(grant)).not.toHaveProperty('lastFailure')
  })

  test.each<[string, Partial<Grant>]>([
    ['a new consent', { generation: 2 }],
    ['another refresh', { tokenVersion: 2 }],
  ])('for good counts against exactly the version that was tried, not after %s', async (_, changes) => {
    const grant = await stored(changes)

    expect(await store.markDead({ ...grant, generation: 1, tokenVersion: 1 }, 'invalidGrant', noted)).toBe(false)

    expect(await read(grant)).toEqual(grant)
  })
})

describe('a write whose answer was lost is repeated by the SDK, and', () => {
  const lost = (): GrantStore => grantStore(withLostAnswers(table))

  test('takes the lease', async () => {
    const grant = await stored()

    expect(await lost().takeLease(grant, 'mine', LEASE_MS)).toMatchObject({ leaseId: 'mine' })
  })

  test('saves the tokens once', async () => {
    const leased = await leasedFrom(await stored())

    const { saved, grant } = await lost().saveTokens(leased, 'mine', tokens())

    expect(saved).toBe(true)
    expect(grant).toMatchObject({ tokenVersion: 2, refreshCount: 1 })
  })

  test('ends the grant, and says so', async () => {
    const grant = await stored()

    expect(await lost().markDead(grant, 'invalidGrant', noted)).toBe(true)
    expect(await read(grant)).toMatchObject({ deadReason: 'invalidGrant', refreshFailureCount: 1 })
  })

  test('notes a failure once', async () => {
    const leased = await leasedFrom(await stored())

    await lost().noteFailure(leased, 'mine', { outcomeKnown: true })

    expect(await read(leased)).toMatchObject({ failures: 1, refreshFailureCount: 1 })
  })
})
