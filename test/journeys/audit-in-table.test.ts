import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aCaller, aGrant, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { synthesizedWith } from '../support/synthesized.ts'

let synthesized: Awaited<ReturnType<typeof synthesizedWith>>
let grantkeeper: ProxiedGrantkeeper
let admin: Caller
let grace: Caller
let provider: Json
let grant: Json
beforeAll(async () => {
  synthesized = await synthesizedWith({ 'grantkeeper:auditInTable': 30 })
  grantkeeper = await aProxiedGrantkeeper({ assembly: synthesized.assembly })
  admin = await anAdmin(grantkeeper)
  grace = await aCaller(grantkeeper)
  provider = await aProvider(grantkeeper)
  grant = await aGrant(grace, provider.id)
}, 120_000)
afterAll(async () => {
  await grantkeeper?.close()
  synthesized?.remove()
})

const list = async (query = ''): Promise<Json[]> => (await admin.get(`/audit/${query}`)).body.data
const disclose = () => grace.post(`/authorizedProviders/${grant.id}/accessToken/`)

describe('audit records in the table', () => {
  test('are there for the admins of the organization, newest first', async () => {
    await disclose()

    const [newest, ...others] = await list()

    expect(newest).toEqual({
      id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      action: 'token.disclosed',
      userId: 'grace',
      providerId: provider.id,
      grantId: grant.id,
    })
    expect(others.map(({ action }) => action)).toEqual(['connect.completed', 'connect.started', 'provider.created'])
  })

  test('are listed by user, grant and span, page by page', async () => {
    expect((await list('?userId=ada')).map(({ action }) => action)).toEqual(['provider.created'])
    expect((await list(`?grantId=${grant.id}`)).map(({ action }) => action)).toContain('connect.completed')
    expect(await list('?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z')).toEqual([])

    const all = await list()
    const first = await admin.get('/audit/?limit=2')
    const second = await admin.get(`/audit/?limit=2&cursor=${first.body.next}`)
    expect([...first.body.data, ...second.body.data]).toEqual(all.slice(0, 4))
  })

  test('of another organization are nobody’s', async () => {
    const outsider = await anAdmin(grantkeeper, { org: 'globex' })

    expect((await outsider.get('/audit/')).body).toEqual({ data: [] })
    expect((await grace.get('/audit/')).status).toBe(403)
  })

  test.each([
    ['?from=yesterday', 'from', 'must be a time of RFC 3339, such as 2026-11-21T10:00:00Z'],
    ['?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z', 'from', 'must be before to, and at most 31 days'],
    ['?limit=0', 'limit', 'must be a whole number from 1 to 1000'],
  ])('%s is not taken', async (query, name, message) => {
    const answer = await admin.get(`/audit/${query}`)

    expect([answer.status, answer.body.errorFields]).toEqual([422, [{ name, message }]])
  })

  test('are written before a secret leaves: where that fails, no token is given', async () => {
    const isCopy = ({ body }: { readonly body?: unknown }) => JSON.stringify(body ?? '').includes('AUDIT#')
    grantkeeper.proxies.dynamodb.plan({
      match: (call) => call.operation === 'PutItem' && isCopy(call),
      kind: 'error',
      times: 9,
    })

    const answer = await disclose()

    grantkeeper.proxies.dynamodb.plan([])
    expect(answer.status).toBe(503)
    expect(answer.body.message).toMatch(/^The audit record could not be kept\./)
    expect(answer.text).not.toContain('accessToken')
    expect((await disclose()).status).toBe(201)
  })
})
