import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { deep } from '../support/deep.ts'
import {
  type Answer,
  aCaller,
  aGrant,
  aGrantkeeper,
  anAdmin,
  aProvider,
  type Caller,
  type Json,
} from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let rows: Rows
let grace: Caller
let linus: Caller
let outsider: Caller
let provider: Json
/** The grants whose rows are changed, and one that must not suffer. */
let mine: Json
let theirs: Json
let foreign: Json
let bystander: Json
/** The rows as they were. */
let stored: Json
beforeAll(async () => {
  // Data keys are not kept, so that every call reads the row of its key.
  grantkeeper = await aGrantkeeper({ environment: { DATA_KEY_CACHE_SECONDS: '0' } })
  rows = rowsOf(grantkeeper.stack)
  grace = await aCaller(grantkeeper)
  linus = await aCaller(grantkeeper, { user: 'linus' })
  outsider = await aCaller(grantkeeper, { org: 'globex' })
  provider = await aProvider(grantkeeper)
  const elsewhere = await aProvider(grantkeeper, {}, { org: 'globex' })
  mine = await aGrant(grace, provider.id, 'one')
  bystander = await aGrant(grace, provider.id, 'two')
  theirs = await aGrant(linus, provider.id, 'three')
  foreign = await aGrant(outsider, elsewhere.id, 'four')
  stored = await rowOf(mine.id)
})
afterAll(() => grantkeeper.close())
beforeEach(() => restore())

const rowOf = async (id: string): Promise<Json> => (await rows.of('GRANT#')).find((row) => row.id === id)
const set = (attributes: Record<string, unknown>): Promise<void> => rows.change(stored, attributes)
const sealedFields = ['accessToken', 'refreshToken', 'tokenVersion', 'userId', 'credentialId', 'accessTokenExpiresAt']
const restore = (): Promise<void> => set(Object.fromEntries(sealedFields.map((name) => [name, stored[name]])))
const tokenOf = (caller: Caller, { id }: Json): Promise<Answer> =>
  caller.post(`/authorizedProviders/${id}/accessToken/`)

const failsClosed = async (answer: Answer): Promise<void> => {
  expect(answer.status).toBe(500)
  expect(answer.body).toEqual({
    message: 'A stored secret cannot be opened: it was altered, or belongs to something else. An operator must look.',
    errorFields: [],
  })
  expect((await tokenOf(grace, bystander)).status).toBe(201)
}

describe('a sealed token opens only as what it was sealed as:', () => {
  const moves: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
    "another grant's of the same user": async () => ({ accessToken: (await rowOf(bystander.id)).accessToken }),
    "another user's": async () => ({ accessToken: (await rowOf(theirs.id)).accessToken }),
    "another user's, with the id of its record": async () => {
      const { accessToken, credentialId } = await rowOf(theirs.id)
      return { accessToken, credentialId }
    },
    "another organization's": async () => ({ accessToken: (await rowOf(foreign.id)).accessToken }),
    "another organization's, with the id of its record": async () => {
      const { accessToken, credentialId } = await rowOf(foreign.id)
      return { accessToken, credentialId }
    },
    'the refresh token in the place of the access token': async () => ({ accessToken: stored.refreshToken }),
    'the token of an earlier version': async () => ({ tokenVersion: stored.tokenVersion + 1 }),
    "a provider's client secret": async () => {
      const [secret] = (await rows.of('SECRET#')).filter(({ sk }) => sk === provider.secureConfigId)
      return { accessToken: secret.sealed, credentialId: provider.secureConfigId }
    },
    nothing: async () => ({ accessToken: new Uint8Array() }),
    'bytes that were never sealed': async () => ({ accessToken: new Uint8Array(64) }),
    'a version that does not exist': async () => ({ accessToken: new Uint8Array([9, ...stored.accessToken.slice(1)]) }),
    'a data key that does not exist': async () => {
      const sealed = Buffer.from(stored.accessToken)
      sealed.writeUInt32BE(77, 1)
      return { accessToken: new Uint8Array(sealed) }
    },
  }

  test.each(Object.entries(moves))('%s does not', async (_, move) => {
    await set(await move())

    await failsClosed(await tokenOf(grace, mine))
  })

  test('a grant that was handed to another user does not, for the one or for the other', async () => {
    await set({ userId: 'linus' })

    expect((await tokenOf(grace, mine)).status).toBe(404)
    await failsClosed(await tokenOf(linus, mine))
  })

  test('a refresh token that was moved is not sent to the provider', async () => {
    const { refreshToken } = await rowOf(bystander.id)
    await set({ refreshToken, accessTokenExpiresAt: Date.now() - 1000 })
    grantkeeper.upstream.control.clearRequests()

    await failsClosed(await tokenOf(grace, mine))

    expect(grantkeeper.upstream.control.requests()).toEqual([])
  })

  test('and as that, when it is put back, it opens again', async () => {
    expect((await tokenOf(grace, mine)).status).toBe(201)
  })
})

describe('a sealed token that was altered', () => {
  test('anywhere, by one bit, or cut, opens no more', async () => {
    const length = stored.accessToken.length
    const alteration = fc.oneof(
      fc.record({ at: fc.nat(length - 1), bit: fc.nat(7) }).map(({ at, bit }) => {
        const sealed = Uint8Array.from(stored.accessToken as Uint8Array)
        sealed[at] = (sealed[at] ?? 0) ^ (1 << bit)
        return sealed
      }),
      fc.nat(length - 1).map((keep) => (stored.accessToken as Uint8Array).slice(0, keep)),
      fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => new Uint8Array([...stored.accessToken, ...more])),
    )

    await fc.assert(
      fc.asyncProperty(alteration, async (accessToken) => {
        await set({ accessToken })

        const answer = await tokenOf(grace, mine)

        expect(answer.status).toBe(500)
        expect(answer.body).not.toHaveProperty('accessToken')
      }),
      { numRuns: deep ? 1000 : 40 },
    )
  })
})

describe('a data key', () => {
  const keyRow = async (prefix: string): Promise<Json> => (await rows.of(`DATAKEY#${prefix}`))[0]

  test.each([
    ["another organization's", 'grant#globex'],
    ['the one for client secrets', 'clientSecret#acme'],
    ['the one for flows', 'flow#acme'],
  ])('swapped for %s unwraps nothing', async (_, other) => {
    const own = await keyRow('grant#acme')
    const { wrapped } = await keyRow(other)
    await rows.change(own, { wrapped })

    const answer = await tokenOf(grace, mine)
    await rows.change(own, { wrapped: own.wrapped })

    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.body).not.toHaveProperty('accessToken')
    expect((await tokenOf(grace, mine)).status).toBe(201)
    expect((await tokenOf(outsider, foreign)).status).toBe(201)
  })

  test('that was altered unwraps nothing', async () => {
    const own = await keyRow('grant#acme')
    const wrapped = Uint8Array.from(own.wrapped as Uint8Array)
    wrapped[wrapped.length - 1] = (wrapped.at(-1) ?? 0) ^ 1
    await rows.change(own, { wrapped })

    const answer = await tokenOf(grace, mine)
    await rows.change(own, { wrapped: own.wrapped })

    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect((await tokenOf(grace, mine)).status).toBe(201)
  })
})

describe("a provider's client secret", () => {
  test('that was swapped for that of another provider is not sent, and nobody is connected', async () => {
    const admin = await anAdmin(grantkeeper)
    const [one, other] = [await aProvider(grantkeeper), await aProvider(grantkeeper)]
    const secrets = await rows.of('SECRET#')
    const secretOf = ({ secureConfigId }: Json): Json => secrets.find(({ sk }) => sk === secureConfigId)
    await rows.change(secretOf(one), { sealed: secretOf(other).sealed })
    grantkeeper.upstream.control.clearRequests()

    await expect(aGrant(grace, one.id, 'five')).rejects.toThrow('The account was not connected: 500')

    const asked = grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'token')
    expect(asked).toEqual([])
    expect((await admin.get(`/providers/${one.id}/`)).body.status).toBe('active')
  })
})
