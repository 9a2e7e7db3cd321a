import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let rows: Rows
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  rows = rowsOf(grantkeeper.stack)
})
afterAll(() => grantkeeper.close())

const made = (overrides: object = {}): Promise<Json> => aProvider(grantkeeper, { ...overrides })
const change = async (id: string, body: object): Promise<Json> => {
  const answer = await admin.patch(`/providers/${id}/`, body)
  expect(answer.status).toBe(200)
  return answer.body
}
const rowOf = async (id: string): Promise<Json> => (await rows.of('PROV#')).find((row) => row.id === id)
const state = ({ status, statusReason }: Json): string => `${status} ${statusReason}`

describe('a change', () => {
  test.each([
    ['name', ' New name ', 'New name'],
    ['slug', 'new-slug'],
    ['skipConsent', true],
    ['scopes', ['openid', 'email']],
    ['scopes', []],
    ['redirectUris', ['https://app.example/cb']],
    ['programmaticConnect', true],
    ['appInstallUrl', 'https://provider.example/install'],
  ])('of %s to %j changes that, and the time of the change, alone', async (field, value, kept: unknown = value) => {
    const before = await made()

    const after = await change(before.id, { [field]: value })

    expect(after).toEqual({ ...before, [field]: kept, updatedAt: expect.any(String) })
    expect(after.updatedAt >= before.updatedAt).toBe(true)
    expect((await admin.get(`/providers/${before.id}/`)).body).toEqual(after)
  })

  const manners = {
    authMethod: 'client_secret_basic',
    authParams: { audience: 'x' },
    scopeSeparator: ',',
    pkce: false,
    tokenParams: { a: '1' },
    refreshParams: { b: '2' },
    rotation: 'keep',
    defaultTtl: 60,
    expiresIn: 'milliseconds',
    errorIn: '/error/code',
    errors: { '401': 'grantDead' },
  }

  test('of how the server is talked to and its answers are read leaves where tokens go', async () => {
    const provider = await made()
    const { settings: before } = await rowOf(provider.id)

    await change(provider.id, manners)
    await change(provider.id, { defaultTtl: 61 })

    expect((await rowOf(provider.id)).settings).toEqual({ ...before, ...manners, defaultTtl: 61 })
  })

  test('of two such things at one time keeps both', async () => {
    const provider = await made()

    const both = [{ defaultTtl: 60 }, { errorIn: 'code' }].map((body) =>
      admin.patch(`/providers/${provider.id}/`, body),
    )

    expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200])
    expect((await rowOf(provider.id)).settings).toMatchObject({ defaultTtl: 60, errorIn: 'code' })
  })

  test('of them at a named provider is kept beside what the catalogue says', async () => {
    const provider = await made({
      type: 'test',
      metadata: { plays: 'google' },
      issuer: undefined,
      authParams: { hd: 'a.test' },
    })

    await change(provider.id, { authParams: { hd: 'b.test' }, errors: { x: 'needsUser' } })

    const { overrides, settings } = await rowOf(provider.id)
    expect(settings).toBeUndefined()
    expect(overrides).toEqual({
      revocationScope: 'token',
      authParams: { hd: 'b.test' },
      errors: { x: 'needsUser' },
    })
    const { body } = await admin.post(`/providers/${provider.id}/authorize/`, undefined)
    expect(Object.fromEntries(new URL(body.redirectUrl).searchParams)).toMatchObject({
      hd: 'b.test',
      access_type: 'offline',
    })
  })

  test('of apiBaseUri goes where requests may go', async () => {
    const provider = await made()

    const after = await change(provider.id, { apiBaseUri: `${grantkeeper.upstream.issuer}/api/` })

    expect(after.apiBaseUri).toBe(`${grantkeeper.upstream.issuer}/api/`)
  })

  test('of the secret keeps the id of the sealed secret, and shows nothing', async () => {
    const provider = await made()
    const [before] = (await rows.of('SECRET#')).filter(({ sk }) => sk === provider.secureConfigId)

    const answer = await admin.patch(`/providers/${provider.id}/`, { clientSecret: 'another secret' })
    const [after] = (await rows.of('SECRET#')).filter(({ sk }) => sk === provider.secureConfigId)

    expect(answer.body).toEqual({ ...provider, updatedAt: expect.any(String) })
    expect(after.version).toBe(before.version + 1)
    expect(Buffer.from(after.sealed)).not.toEqual(Buffer.from(before.sealed))
  })

  test('to the slug that it has is none', async () => {
    const provider = await made({ slug: 'kept' })

    expect(await change(provider.id, { slug: 'kept' })).toMatchObject({ slug: 'kept' })
  })

  test('to the slug of another is refused, and nothing is changed', async () => {
    await made({ slug: 'occupied' })
    const provider = await made()

    const answer = await admin.patch(`/providers/${provider.id}/`, { slug: 'occupied', name: 'Not this' })

    expect(answer.status).toBe(409)
    expect((await admin.get(`/providers/${provider.id}/`)).body).toEqual(provider)
  })

  test('of a provider that is being deleted is refused', async () => {
    const provider = await made()
    const { pk, sk } = await rowOf(provider.id)
    await rows.change({ pk, sk }, { state: 'deletionFailed' })

    const answer = await admin.patch(`/providers/${provider.id}/`, { name: 'Too late' })

    expect(answer.status).toBe(409)
    expect(state((await admin.get(`/providers/${provider.id}/`)).body)).toBe('deleted deletionFailed')
  })
})

describe('changes at the same time', () => {
  test('of different fields are all made', async () => {
    const { id } = await made()
    const bodies = [
      { name: 'At once' },
      { slug: 'at-once' },
      { skipConsent: true },
      { scopes: ['openid'] },
      { redirectUris: ['https://app.example/cb'] },
      { programmaticConnect: true },
      { appInstallUrl: 'https://provider.example/install' },
      { clientSecret: 'at once' },
    ]

    const answers = await Promise.all(bodies.map((body) => admin.patch(`/providers/${id}/`, body)))
    const after = (await admin.get(`/providers/${id}/`)).body

    expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200))
    const { clientSecret: _, ...shown } = Object.assign({}, ...bodies)
    expect(after).toMatchObject(shown)
  })

  test('of the secret leave one that is whole: of the same version in both rows, and it opens', async () => {
    const provider = await made()
    const { clientSecret } = grantkeeper.upstream.client
    const user = await aCaller(grantkeeper, { user: 'secret-race' })

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => admin.patch(`/providers/${provider.id}/`, { clientSecret })),
    )
    const [secret] = (await rows.of('SECRET#')).filter(({ sk }) => sk === provider.secureConfigId)

    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(secret.version).toBe((await rowOf(provider.id)).secretVersion)
    expect(secret.version).toBe(1 + statuses.filter((status) => status === 200).length)
    await expect(aGrant(user, provider.id)).resolves.toMatchObject({ status: 'active' })
  })
})

describe('the status of a provider', () => {
  test('is what an admin makes of it', async () => {
    const { id } = await made()
    const seen: string[] = []

    for (const status of ['inactive', 'disabled', 'active']) seen.push(state(await change(id, { status })))

    expect(seen).toEqual(['inactive adminInactive', 'disabled adminDisabled', 'active ok'])
  })

  test.each([
    ['active', 200, 'active'],
    ['inactive', 409, 'invalidProviderState'],
    ['disabled', 409, 'invalidProviderState'],
  ])('%s answers a new flow with %i and makes a grant %s', async (status, authorize, grantStatus) => {
    const provider = await made()
    const user = await aCaller(grantkeeper, { user: `user-of-${status}` })
    const grant = await aGrant(user, provider.id)
    await change(provider.id, { status })

    const started = await user.post(`/providers/${provider.id}/authorize/`)
    const seen = await user.get(`/authorizedProviders/${grant.id}/`)
    const token = await user.post(`/authorizedProviders/${grant.id}/accessToken/`)

    expect(started.status).toBe(authorize)
    expect(seen.body.status).toBe(grantStatus)
    expect(token.status).toBe(authorize === 200 ? 201 : 403)
  })

  describe('whose secret its token endpoint has refused', () => {
    const refusedProvider = async (): Promise<Json> => {
      const provider = await made()
      const { pk, sk } = await rowOf(provider.id)
      await rows.change({ pk, sk }, { clientRejectedAt: Date.now() })
      return (await admin.get(`/providers/${provider.id}/`)).body
    }

    test('is inactive, by invalidClient', async () => {
      expect(state(await refusedProvider())).toBe('inactive invalidClient')
    })

    test.each([
      ['a new secret', { clientSecret: 'new' }, 'active ok'],
      ['nothing else', { name: 'Renamed' }, 'inactive invalidClient'],
      ['not an admin who says active', { status: 'active' }, 'inactive invalidClient'],
      ['both at once', { clientSecret: 'new', status: 'disabled' }, 'disabled adminDisabled'],
    ])('is lifted by %s', async (_, body, expected) => {
      const { id } = await refusedProvider()

      expect(state(await change(id, body))).toBe(expected)
    })

    test('comes back to light when an admin switches it on again', async () => {
      const { id } = await refusedProvider()
      await change(id, { status: 'disabled' })

      expect(state(await change(id, { status: 'active' }))).toBe('inactive invalidClient')
    })

    test('and is paused by an admin, stays paused with a new secret', async () => {
      const { id } = await refusedProvider()
      await change(id, { status: 'inactive' })

      expect(state(await change(id, { clientSecret: 'new' }))).toBe('inactive adminInactive')
    })
  })
})
