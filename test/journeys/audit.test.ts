import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aTicket,
  bareThroughConsent,
  completeHandle,
  openBare,
  openBareLastPage,
  postForm,
} from '../support/browser-connect.ts'
import { credentialsAt } from '../support/credentials.ts'
import { eventually } from '../support/eventually.ts'
import { externalAuthOf } from '../support/external-auth.ts'
import {
  aCaller,
  aGrant,
  aGrantkeeper,
  anAdmin,
  aProvider,
  aRedirect,
  type Caller,
  type Json,
} from '../support/grantkeeper.ts'
import { rowsOf } from '../support/rows.ts'

type Running = Awaited<ReturnType<typeof aGrantkeeper>>

const dataDir = mkdtempSync(join(tmpdir(), 'grantkeeper-audit-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

/** Makes the access token of a grant one that must be refreshed. */
const expire = async ({ stack }: Running, id: string): Promise<void> => {
  const rows = rowsOf(stack)
  const row = (await rows.of('GRANT#')).find((each) => each.id === id)
  await rows.change(row, { accessTokenExpiresAt: Date.now() - 1000 })
}

describe('the audit record', () => {
  let grantkeeper: Running
  let admin: Caller
  let grace: Caller
  let provider: Json
  let grant: Json
  beforeAll(async () => {
    grantkeeper = await aGrantkeeper({ dataDir })
    admin = await anAdmin(grantkeeper)
    grace = await aCaller(grantkeeper)
    provider = await aProvider(grantkeeper, { apiBaseUri: grantkeeper.upstream.issuer })
    grant = await aGrant(grace, provider.id)
  })
  afterAll(() => grantkeeper.close())

  const lines = (): Json[] =>
    readFileSync(join(dataDir, 'audit.log'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  /** What was recorded during some work. */
  const during = async (work: () => Promise<unknown>): Promise<Json[]> => {
    const before = lines().length
    await work()
    return lines()
      .slice(before)
      .map(({ at, ...rest }) => rest)
  }
  const ofGrace = () => ({ orgId: 'acme', userId: 'grace', providerId: provider.id })
  const path = () => `/authorizedProviders/${grant.id}`

  test('has a line for everything that an admin changes', async () => {
    let made: Json
    const records = await during(async () => {
      made = await aProvider(grantkeeper)
      await admin.patch(`/providers/${made.id}/`, { clientSecret: 'another', name: 'Other' })
      await admin.delete(`/providers/${made.id}/`)
      await eventually(
        () => admin.get(`/providers/${made.id}/`),
        ({ status }) => status === 404,
      )
    })

    const byAda = { orgId: 'acme', userId: 'ada', providerId: made?.id }
    expect(records).toEqual([
      { audit: 'provider.created', ...byAda },
      { audit: 'provider.updated', ...byAda },
      { audit: 'provider.deleting', ...byAda, jobId: expect.any(String) },
      { audit: 'provider.deleted', orgId: 'acme', providerId: made?.id, jobId: expect.any(String) },
    ])
  })

  test('has a line for every step of a connection, and for one that was refused', async () => {
    let second: Json
    const records = await during(async () => {
      const redirect = await aRedirect(grace, provider.id, 'grace.two')
      await grace.post('/providers/callback/', { ...redirect, state: 'a-state-of-nobody' })
      second = (await grace.post('/providers/callback/', redirect)).body.authorizedProvider
      await grace.delete(`/authorizedProviders/${second.id}/`)
    })

    const theGrant = { ...ofGrace(), grantId: second?.id }
    expect(records).toEqual([
      { audit: 'connect.started', ...ofGrace() },
      { audit: 'connect.refused', ...ofGrace(), reason: 'stateUnknown' },
      { audit: 'connect.completed', ...theGrant },
      { audit: 'grant.removed', ...theGrant },
      { audit: 'token.revoked', ...theGrant, reason: 'revoked' },
    ])
  })

  test('has a line for every step of connecting in a browser, and for what was refused or declined', async () => {
    const records = await during(async () => {
      const declined = await openBareLastPage(await aTicket(grace, provider.id), 'grace.browser')
      await postForm(declined.action, { ...declined.fields, decision: 'decline' }, declined.cookie)
      const { redirect, headers } = await bareThroughConsent(await aTicket(grace, provider.id), 'grace.browser')
      await fetch(redirect)
      const { action, fields } = await openBare(redirect, headers.cookie)
      await postForm(action, { ...fields, decision: 'keep' }, headers.cookie)
      await completeHandle(grace, `${'A'.repeat(43)}.${'A'.repeat(43)}`)
    })

    expect(records).toEqual([
      { audit: 'ticket.issued', ...ofGrace() },
      { audit: 'connect.started', ...ofGrace() },
      { audit: 'connect.declined', ...ofGrace() },
      { audit: 'token.revoked', ...ofGrace(), grantId: '', reason: 'revoked' },
      { audit: 'ticket.issued', ...ofGrace() },
      { audit: 'connect.started', ...ofGrace() },
      { audit: 'connect.refused', ...ofGrace(), reason: 'otherBrowser' },
      { audit: 'connect.completed', ...ofGrace(), grantId: expect.any(String) },
      { audit: 'connect.refused', orgId: 'acme', userId: 'grace', reason: 'handleRefused' },
    ])
  })

  test('has a line for every step of a device flow, and for one that was denied', async () => {
    const { start, poll, get } = externalAuthOf(grace)
    const decide = async (decision: 'allow' | 'deny'): Promise<void> => {
      const { body } = await start(provider.id)
      const account = 'grace.device'
      await grantkeeper.upstream.control.decideDevice({ userCode: body.user_code, decision, account })
      await poll(provider.id, 'a-handle-of-nobody')
      await poll(provider.id, body.device_code)
    }

    const records = await during(async () => {
      await decide('deny')
      await decide('allow')
      await get(provider.id)
    })

    const theGrant = { ...ofGrace(), grantId: records.at(-1)?.grantId }
    expect(records).toEqual([
      { audit: 'connect.started', ...ofGrace() },
      { audit: 'connect.refused', ...ofGrace(), reason: 'deviceNotFound' },
      { audit: 'connect.refused', ...ofGrace(), reason: 'accessDenied' },
      { audit: 'connect.started', ...ofGrace() },
      { audit: 'connect.refused', ...ofGrace(), reason: 'deviceNotFound' },
      { audit: 'connect.completed', ...theGrant },
      { audit: 'profile.disclosed', ...theGrant },
    ])
    expect(theGrant.grantId).toMatch(/^[0-9a-f-]{36}$/)
  })

  /** A callback with what the browser brought made wrong, and the reason on record. */
  const refusals: readonly [string, (callback: Json) => Json, reason: string, error?: string][] = [
    ['another issuer answers', (sent) => ({ ...sent, iss: 'https://evil.example' }), 'issuerRefused'],
    ['the provider refuses the code', (sent) => ({ ...sent, code: 'another' }), 'codeRefused', 'invalid_grant'],
    ['the person says no', (sent) => ({ ...sent, error: 'access_denied' }), 'consentDenied', 'access_denied'],
    [
      'the provider wants no such scope',
      (sent) => ({ ...sent, error: 'invalid_scope' }),
      'requestRefused',
      'invalid_scope',
    ],
    ['the state is of nobody', (sent) => ({ ...sent, state: 'a-state-of-nobody' }), 'stateUnknown'],
  ]
  test.each(refusals)('has one line for a flow that is refused because %s', async (_, change, reason, error) => {
    const redirect = await aRedirect(grace, provider.id, 'grace.refused')
    let body: Json
    const records = await during(async () => {
      body = (await grace.post('/providers/callback/', change(redirect))).body
    })

    expect(records).toEqual([{ audit: 'connect.refused', ...ofGrace(), reason }])
    expect(body?.error).toBe(error)
  })

  test('has one line for a flow that another user brings, or one that is too old, though both are answered alike', async () => {
    const redirect = await aRedirect(grace, provider.id, 'grace.refused')
    const linus = await aCaller(grantkeeper, { user: 'linus' })
    const answers: Json[] = []
    const records = await during(async () => {
      answers.push(await linus.post('/providers/callback/', redirect))
      const rows = rowsOf(grantkeeper.stack)
      for (const flow of await rows.of('FLOW')) await rows.change(flow, { expiresAt: Date.now() - 1 })
      answers.push(await grace.post('/providers/callback/', redirect))
    })

    expect(records.map(({ userId, reason }) => [userId, reason])).toEqual([
      ['linus', 'stateOfAnotherUser'],
      ['grace', 'stateExpired'],
    ])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  })

  test('has a line for every disclosure, and for a refresh before it', async () => {
    const records = await during(async () => {
      await grace.post(`${path()}/accessToken/`)
      await expire(grantkeeper, grant.id)
      await grace.post(`${path()}/token/`)
      await grace.get(`${path()}/userinfo/`)
    })

    const theGrant = { ...ofGrace(), grantId: grant.id }
    expect(records).toEqual([
      { audit: 'token.disclosed', ...theGrant },
      { audit: 'token.refreshing', ...theGrant },
      { audit: 'token.refreshed', ...theGrant },
      { audit: 'token.disclosed', ...theGrant },
      { audit: 'profile.disclosed', ...theGrant },
    ])
  })

  test('has a line for a request before it is sent: its method and host, not its path', async () => {
    const records = await during(async () => {
      await grace.post(`//api/integrations/${provider.id}/request`, { url: '/userinfo?secret=x', method: 'post' })
      await grace.get(`//api/integrations/${provider.id}/request/userinfo`)
      await grace.post(`//api/integrations/${provider.id}/request`, { url: '//evil.test' })
    })

    const { host } = new URL(grantkeeper.upstream.issuer)
    const { grantId } = records[0]
    const relayed = { audit: 'request.proxied', ...ofGrace(), grantId, host }
    expect(records).toEqual([
      { ...relayed, method: 'POST' },
      { ...relayed, method: 'GET' },
    ])
  })

  test('names both whom a service acts for, and the service', async () => {
    const headers = { 'x-on-behalf-of': 'grace' }
    const service = await aCaller(grantkeeper, { user: 'bot', roles: ['service'], headers })
    let started: Json

    const records = await during(async () => {
      await service.post(`${path()}/accessToken/`)
      started = await service.post(`/providers/${provider.id}/authorize/`)
      await service.get(`${path()}/userinfo/`)
    })

    expect(started?.status).toBe(200)
    const byService = { ...ofGrace(), actorId: 'bot' }
    expect(records).toEqual([
      { audit: 'token.disclosed', ...byService, grantId: grant.id },
      { audit: 'connect.started', ...byService },
      { audit: 'profile.disclosed', ...byService, grantId: grant.id },
    ])
  })

  test('has a line for a grant that its provider ends', async () => {
    const { id } = await aGrant(grace, provider.id, 'grace.ended')
    await grantkeeper.upstream.control.revokeGrant({ account: 'grace.ended' })
    await expire(grantkeeper, id)

    const records = await during(() => grace.post(`/authorizedProviders/${id}/accessToken/`))
    await grace.delete(`/authorizedProviders/${id}/`)

    expect(records.map(({ audit, reason }) => [audit, reason])).toEqual([
      ['token.refreshing', undefined],
      ['grant.died', 'invalidGrant'],
    ])
  })

  test('has a line for every fate of a credential, and none for reading it', async () => {
    const body = { name: 'Kept', type: 'Raw', data: { value: 'eA==' } }
    const service = await aCaller(grantkeeper, { user: 'bot', roles: ['service'] })
    let made: Json
    const records = await during(async () => {
      made = (await admin.post(credentialsAt(), body)).body
      await grace.get(credentialsAt(made.id))
      await service.patch(credentialsAt(made.id), { name: 'Changed' })
      await service.post(credentialsAt(`${made.id}/reveal`))
      await grace.post(credentialsAt(`${made.id}/reveal`))
      await admin.delete(credentialsAt(made.id))
      // For the next stack, on the same table.
      await admin.post(credentialsAt(), body)
    })

    const by = (userId: string) => ({ orgId: 'acme', userId, credentialId: made?.id })
    expect(records).toEqual([
      { audit: 'credential.created', ...by('ada') },
      { audit: 'credential.updated', ...by('bot') },
      { audit: 'credential.revealed', ...by('bot') },
      { audit: 'credential.removed', ...by('ada') },
      { audit: 'credential.created', ...by('ada'), credentialId: expect.any(String) },
    ])
  })

  test('has nothing of a call that was refused, or that only reads', async () => {
    const records = await during(async () => {
      await (await aCaller(grantkeeper, { user: 'linus' })).post(`${path()}/accessToken/`)
      await admin.post(`${path()}/accessToken/`)
      await grace.post('/providers/', {})
      await grace.get('/authorizedProviders/')
      await grace.get('/providers/')
    })

    expect(records).toEqual([])
  })

  test('says when, and holds ids and outcomes alone: no e-mail, no name, no token', () => {
    const ids = ['orgId', 'userId', 'actorId', 'providerId', 'grantId', 'credentialId', 'jobId']
    const known = ['audit', 'at', ...ids, 'reason', 'method', 'host']

    for (const line of lines()) {
      expect(Date.parse(line.at)).toBeLessThanOrEqual(Date.now())
      expect(known).toEqual(expect.arrayContaining(Object.keys(line)))
      expect(JSON.stringify(line)).not.toMatch(/@|hopper|demo|client/i)
    }
    expect(lines().length).toBeGreaterThan(20)
  })
})

describe('while the audit record cannot be written', () => {
  let grantkeeper: Running
  let admin: Caller
  let grace: Caller
  let provider: Json
  let grant: Json
  let credential: Json
  beforeAll(async () => {
    grantkeeper = await aGrantkeeper({ dataDir, environment: { AUDIT_FILE: '/dev/full' } })
    admin = await anAdmin(grantkeeper)
    grace = await aCaller(grantkeeper)
    ;[provider] = (await admin.get('/providers/')).body.data
    ;[grant] = (await grace.get('/authorizedProviders/?statuses=active')).body.data
    ;[credential] = (await admin.get(credentialsAt())).body.data
  })
  afterAll(() => grantkeeper.close())

  const everything = async (): Promise<Json[]> => rowsOf(grantkeeper.stack).of('')
  const refusal = { message: 'The audit record could not be written, so nothing was done.', errorFields: [] }

  test.each<[string, string, () => string, Json]>([
    ['no token is disclosed', 'POST', () => `/authorizedProviders/${grant.id}/accessToken/`, undefined],
    ['no profile is disclosed', 'GET', () => `/authorizedProviders/${grant.id}/userinfo/`, undefined],
    ['no request is relayed', 'POST', () => `//api/integrations/${provider.id}/request`, 'relayed'],
    ['no connection is removed', 'DELETE', () => `//api/integrations/${provider.id}/connection`, undefined],
    ['no grant is removed', 'DELETE', () => `/authorizedProviders/${grant.id}/`, undefined],
    ['no flow is begun', 'POST', () => `/providers/${provider.id}/authorize/`, undefined],
    ['no provider is changed', 'PATCH', () => `/providers/${provider.id}/`, { name: 'Changed' }],
    ['no secret is changed', 'PATCH', () => `/providers/${provider.id}/`, { clientSecret: 'changed' }],
    ['no provider is deleted', 'DELETE', () => `/providers/${provider.id}/`, undefined],
    ['no provider is made', 'POST', () => '/providers/', 'good'],
    ['no flow is finished', 'POST', () => '/providers/callback/', 'callback'],
    ['no connection is begun', 'POST', () => '//organisations/acme/connection-init', 'init'],
    ['no connection is removed', 'DELETE', () => credentialsAt(grant.credentialId), undefined],
    ['no credential is made', 'POST', () => credentialsAt(), { name: 'Made', data: {} }],
    ['no credential is changed', 'PATCH', () => credentialsAt(credential.id), { name: 'Changed' }],
    ['no credential is revealed', 'POST', () => credentialsAt(`${credential.id}/reveal`), undefined],
    ['no credential is deleted', 'DELETE', () => credentialsAt(credential.id), undefined],
  ])('%s, and the table stays as it is', async (_, method, path, body) => {
    const { issuer, client } = grantkeeper.upstream
    const bodies: Json = {
      good: { type: 'oidc', name: 'Made', issuer, ...client },
      init: { providerId: provider.id },
      relayed: { url: '/userinfo' },
      callback: { providerId: provider.id, state: 'a-state-of-nobody', code: 'code' },
    }
    const caller = /authorizedProviders|integrations/.test(path()) ? grace : admin
    const before = await everything()

    const answer = await caller.request(method, path(), bodies[body] ?? body)

    expect(answer.status).toBe(503)
    expect(answer.body).toEqual(refusal)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await everything()).toEqual(before)
  })

  test('no token is refreshed: the provider is not even asked', async () => {
    await expire(grantkeeper, grant.id)
    grantkeeper.upstream.control.clearRequests()

    const answer = await grace.post(`/authorizedProviders/${grant.id}/accessToken/`)

    expect(answer.body).toEqual(refusal)
    expect(grantkeeper.upstream.control.requests()).toEqual([])
  })

  test('what only reads is answered', async () => {
    expect((await grace.get('/authorizedProviders/')).status).toBe(200)
    expect((await admin.get(`/providers/${provider.id}/`)).status).toBe(200)
  })
})
