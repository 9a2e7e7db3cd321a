import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { credentialsAt as at, base64, connectionOf } from '../support/credentials.ts'
import { aCaller, aGrant, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { type Rows, rowsOf } from '../support/rows.ts'

let grantkeeper: ProxiedGrantkeeper
let rows: Rows
let admin: Caller
let grace: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper()
  rows = rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb)
  admin = await anAdmin(grantkeeper)
  grace = await aCaller(grantkeeper)
  provider = await aProvider(grantkeeper, grantkeeper.proxiedProvider)
}, 30_000)
beforeEach(() => grantkeeper.proxies.upstream.plan([]))
afterAll(() => grantkeeper.close())

const later = '2999-01-01T00:00:00.000Z'
const raw = { name: 'Short-lived', type: 'Raw', data: base64({ value: 's3cret' }), expiresAt: later }
const connected = (account: string): Promise<Json> =>
  connectionOf(grace, { providerId: provider.id, expiresAt: later }, account)
const rowOf = async (kind: 'CRED#' | 'GRANT#', id: string): Promise<Json> =>
  (await rows.of(kind)).find((row) => row.id === id)
/** Lets the end of a row have come so many milliseconds ago. */
const end = async (row: Json, ago = 1): Promise<void> => {
  const expiresAt = Date.now() - ago
  await rows.change(row, { expiresAt, dueAt: expiresAt })
}
const sweep = async (stack: LocalGrantkeeper['stack'] = grantkeeper.stack): Promise<void> => {
  const result = await stack.functions.invoke(stack.functionId('workers/sweep'), {})
  expect(result).toMatchObject({ kind: 'ok' })
}
const revocations = () => grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'revocation')

describe('a credential whose end has come', () => {
  test('is to every request as one that nobody has, a millisecond after', async () => {
    const { id } = (await admin.post(at(), raw)).body
    await end(await rowOf('CRED#', id))

    const answers = [
      await grace.get(at(id)),
      await admin.patch(at(id), { expiresAt: later }),
      await admin.delete(at(id)),
      await admin.post(at(`${id}/reveal`)),
    ]
    const list = await grace.get(at())

    for (const { status, body } of answers) {
      expect([status, body]).toEqual([404, { message: 'Credential not found.', errorFields: [] }])
    }
    expect(list.text).not.toContain(id)
  })

  test('is removed by the sweeper, and nothing else is', async () => {
    const kept = (await admin.post(at(), raw)).body
    const endless = (await admin.post(at(), { ...raw, expiresAt: undefined })).body
    const { id } = (await admin.post(at(), raw)).body
    await end(await rowOf('CRED#', id))

    await sweep()

    expect(await rowOf('CRED#', id)).toBeUndefined()
    for (const other of [kept, endless]) expect((await grace.get(at(other.id))).body).toEqual(other)
  })

  test('stays when its end was put off since the index was read', async () => {
    const { id } = (await admin.post(at(), raw)).body
    await rows.change(await rowOf('CRED#', id), { dueAt: 1 })

    await sweep()

    expect((await grace.get(at(id))).status).toBe(200)
  })
})

describe('a connection whose end has come', () => {
  test('is gone from every API at once', async () => {
    const { id } = await connected('ends-everywhere')
    const grantPath = `/authorizedProviders/${id}`
    const { results } = (await grace.get('//api/v3/sources/user_connections/oauth/?search=ends-everywhere')).body
    await end(await rowOf('GRANT#', id))

    const answers = [
      await grace.get(at(id)),
      await admin.get(at(id)),
      await grace.delete(at(id)),
      await grace.get(`${grantPath}/`),
      await grace.post(`${grantPath}/accessToken/`),
      await grace.get(`${grantPath}/userinfo/`),
      await grace.delete(`${grantPath}/`),
      await grace.get(`//api/integrations/${provider.id}/connection`),
      await grace.post(`/providers/${provider.id}/authorize/?authorizedProviderId=${id}`),
      await grace.get(`//api/v3/sources/user_connections/oauth/${results[0].pk}/`),
    ]
    const lists = [
      await grace.get(at()),
      await admin.get(at()),
      await grace.get('/authorizedProviders/'),
      await grace.get('//api/v3/sources/user_connections/oauth/'),
    ]

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    for (const { status, text } of lists) {
      expect(status).toBe(200)
      expect(text).not.toContain(id)
    }
  })

  test('is revoked by the sweeper and removed with all its rows', async () => {
    const { id } = await connected('ends-revoked')
    await grace.get('//api/v3/sources/user_connections/oauth/?search=ends-revoked')
    await end(await rowOf('GRANT#', id))
    grantkeeper.upstream.control.clearRequests()

    await sweep()

    const left = (await rows.of('')).filter((row) => JSON.stringify(row).includes(id))
    expect(left).toEqual([])
    expect(revocations().length).toBeGreaterThan(0)
  })

  test('is swept once, however many sweeps look at it together', async () => {
    const { id } = await connected('ends-once')
    await end(await rowOf('GRANT#', id))
    grantkeeper.upstream.control.clearRequests()

    await Promise.all(Array.from({ length: 4 }, () => sweep()))
    const once = revocations().length
    await aGrant(grace, provider.id, 'ends-once-compared').then(({ id: other }) =>
      grace.delete(`/authorizedProviders/${other}/`),
    )

    expect(await rowOf('GRANT#', id)).toBeUndefined()
    // As many requests as one deletion makes.
    expect(revocations().length).toBe(2 * once)
  })

  test('is kept from all while its provider cannot be asked, and revoked when it can', async () => {
    const { id } = await connected('ends-later')
    await end(await rowOf('GRANT#', id))
    const isRevocation = ({ operation }: { operation: string }) => operation.includes('revo')
    grantkeeper.proxies.upstream.plan({ match: isRevocation, times: Number.POSITIVE_INFINITY, kind: 'error' })
    grantkeeper.upstream.control.clearRequests()

    await sweep()
    const waiting = await rowOf('GRANT#', id)
    const meanwhile = await grace.get(at(id))
    grantkeeper.proxies.upstream.plan([])
    await rows.change(waiting, { dueAt: 1 })
    await sweep()

    expect(waiting.dueAt).toBeGreaterThan(Date.now() - 1000)
    expect(meanwhile.status).toBe(404)
    expect(await rowOf('GRANT#', id)).toBeUndefined()
    expect(revocations().length).toBeGreaterThan(0)
  })

  test('is removed unrevoked when its provider has not answered for an hour', async () => {
    const { id } = await connected('ends-unrevoked')
    await end(await rowOf('GRANT#', id), 61 * 60_000)
    const isRevocation = ({ operation }: { operation: string }) => operation.includes('revo')
    grantkeeper.proxies.upstream.plan({ match: isRevocation, times: Number.POSITIVE_INFINITY, kind: 'error' })

    await sweep()

    expect(await rowOf('GRANT#', id)).toBeUndefined()
  })

  test('is there again when its account is connected anew before it was swept, without the end that it had', async () => {
    const { id } = await connected('ends-renewed')
    await end(await rowOf('GRANT#', id))

    const grant = await aGrant(grace, provider.id, 'ends-renewed')
    await sweep()

    expect(grant.id).toBe(id)
    expect((await grace.get(at(id))).body).not.toHaveProperty('expiresAt')
    expect((await grace.post(`/authorizedProviders/${id}/accessToken/`)).status).toBe(201)
  })

  test('before it is finished is not made', async () => {
    const started = await grace.post('//organisations/acme/connection-init', {
      providerId: provider.id,
      expiresAt: later,
    })
    const [flow] = (await rows.of('FLOW#')).filter((row) => row.grantExpiresAt !== undefined && !row.code)
    await rows.change(flow, { grantExpiresAt: Date.now() - 1 })

    const answer = await grace.get(`//connections/oauth2/callback?state=${started.body.state}&code=x`)

    expect(answer.status).toBe(400)
  })
})
