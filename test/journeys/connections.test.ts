import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { checked } from '../support/conforms.ts'
import { credentialsAt as at, base64, connectionOf, initConnection } from '../support/credentials.ts'
import {
  type Answer,
  aCaller,
  aGrant,
  aGrantkeeper,
  anAdmin,
  aProvider,
  aRedirect,
  type Caller,
  type Json,
} from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let grace: Caller
let linus: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = checked(await anAdmin(grantkeeper))
  grace = checked(await aCaller(grantkeeper))
  linus = checked(await aCaller(grantkeeper, { user: 'linus' }))
  provider = await aProvider(grantkeeper, { redirectUris: ['http://127.0.0.1:4999/back?x=1'] })
})
afterAll(() => grantkeeper.close())

const finish = (caller: Caller, query: Record<string, string>): Promise<Answer> =>
  caller.get(`//connections/oauth2/callback?${new URLSearchParams(query)}`)
const grantOf = async (caller: Caller, { id }: Json): Promise<Json> =>
  (await caller.get('/authorizedProviders/')).body.data.find(({ credentialId }: Json) => credentialId === id)
const refused = {
  message: 'The state is unknown, used, too old, or belongs to another user or provider. Start again.',
  errorFields: [],
}

describe('connecting an account', () => {
  test('by the state alone answers a credential without any secret, which stands for the grant', async () => {
    const credential = await connectionOf(grace, { providerId: provider.id }, 'grace.first')
    const grant = await grantOf(grace, credential)
    const token = await grace.post(`/authorizedProviders/${grant.id}/accessToken/`)

    const encoded = base64({
      authorizedProviderId: grant.id,
      providerId: provider.id,
      clientId: provider.clientId,
      accountId: grant.accountId,
      scopes: grant.scopes.join(' '),
    })
    expect(credential).toEqual({
      id: grant.credentialId,
      name: 'Demo',
      organisationId: 'acme',
      type: 'OAuth2Refresh',
      data: encoded,
      redactFields: ['accessToken', 'refreshToken'],
    })
    expect(token.status).toBe(201)
    expect((await grace.get(at(credential.id))).body).toEqual(credential)
  })

  test('takes a redirect URI of the allow-list, scopes, a name and an end', async () => {
    const expiresAt = '2999-01-01T00:00:00.000Z'
    const body = { redirectUri: 'http://127.0.0.1:4999/back?x=1', scopes: ['openid'], name: 'My drive', expiresAt }
    const { url } = (await initConnection(grace, { providerId: provider.id, ...body })).body

    const credential = await connectionOf(grace, { providerId: provider.id, ...body }, 'grace.named')

    expect(new URL(url).searchParams.get('redirect_uri')).toBe(body.redirectUri)
    expect(new URL(url).searchParams.get('scope')).toBe('openid')
    expect(credential).toMatchObject({ name: 'My drive', expiresAt })
  })

  test('again renews the grant under the same id, and keeps the name and the end that it had', async () => {
    const said = { name: 'Kept', expiresAt: '2999-01-01T00:00:00.000Z' }
    const first = await connectionOf(grace, { providerId: provider.id, ...said }, 'grace.again')

    await aGrant(grace, provider.id, 'grace.again')
    const second = (await grace.get(at(first.id))).body
    const third = await connectionOf(grace, { providerId: provider.id, name: 'Renamed' }, 'grace.again')

    expect(second).toEqual(first)
    expect(third).toEqual({ ...first, name: 'Renamed' })
  })

  test('works for a flow that another API of the same product began, and the other way round', async () => {
    const { state, code } = await aRedirect(grace, provider.id, 'grace.crossed')
    const credential = await finish(grace, { state, code })
    const { url } = (await initConnection(grace, { providerId: provider.id })).body
    const back = (await consent(url, { account: 'grace.crossed' })).searchParams

    const grant = await grace.post('/providers/callback/', { providerId: provider.id, ...Object.fromEntries(back) })

    expect(credential.status).toBe(200)
    expect(grant.body.authorizedProvider.credentialId).toBe(credential.body.id)
  })
})

describe('a connection is not begun', () => {
  test.each<[string, Json, number, string]>([
    ['without a provider', {}, 422, 'providerId'],
    ['for a provider that nobody has', { providerId: 'unknown' }, 404, 'OAuth provider not found.'],
    ['with a redirect URI that is not allowed', { redirectUri: 'https://evil.example/' }, 422, 'redirectUri'],
    ['with scopes that are none', { scopes: ['a b'] }, 422, 'scopes.0'],
    ['with an end that is past', { expiresAt: '2020-01-01T00:00:00Z' }, 422, 'expiresAt'],
    ['with a name of nothing', { name: ' ' }, 422, 'name'],
  ])('%s', async (title, body, status, said) => {
    const providerId = title === 'without a provider' ? undefined : provider.id

    const answer = await initConnection(grace, { providerId, ...body })

    expect(answer.status).toBe(status)
    expect([answer.body.message, ...answer.body.errorFields.map(({ name }: Json) => name)]).toContain(said)
  })

  test('for another organization', async () => {
    const answer = await grace.post('//organisations/globex/connection-init', { providerId: provider.id })

    expect([answer.status, answer.body.message]).toEqual([404, 'Organization not found.'])
  })
})

describe('a callback is refused', () => {
  const started = async (): Promise<URLSearchParams> => {
    const { url } = (await initConnection(grace, { providerId: provider.id })).body
    return (await consent(url, { account: 'grace.refused' })).searchParams
  }
  const tokenRequests = () => grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'token')

  test.each<[string, Record<string, string>, string[]]>([
    ['without a state', { code: 'x' }, ['state']],
    ['without a code or an error', { state: 'x' }, ['code']],
    ['without anything', {}, ['state', 'code']],
    ['with an empty state', { state: '', code: 'x' }, ['state']],
  ])('%s', async (_, query, fields) => {
    const { status, body } = await finish(grace, query)

    expect(status).toBe(422)
    expect(body.errorFields.map(({ name }: Json) => name).sort()).toEqual(fields.sort())
  })

  test('when nobody began it, or somebody else did, with the same answer, and nothing is asked of the provider', async () => {
    const { state, code } = Object.fromEntries(await started()) as { state: string; code: string }
    grantkeeper.upstream.control.clearRequests()

    const byNobody = await finish(grace, { state: 'a-state-of-nobody', code })
    const byOther = await finish(linus, { state, code })
    const asked = tokenRequests()
    const byOwner = await finish(grace, { state, code })

    expect([byNobody.status, byNobody.body]).toEqual([400, refused])
    expect([byOther.status, byOther.text]).toEqual([400, byNobody.text])
    expect(asked).toEqual([])
    expect(byOwner.status).toBe(200)
  })

  test('when it was finished already', async () => {
    const { state, code } = Object.fromEntries(await started()) as { state: string; code: string }

    await finish(grace, { state, code })

    expect((await finish(grace, { state, code })).body).toEqual(refused)
  })

  test.each([
    ['access_denied', 'access_denied'],
    ['vendor_specific_4711', 'vendor_specific_4711'],
    ['<script>alert(1)</script>', undefined],
  ])("with the provider's code for what went wrong: %s", async (error, code) => {
    const { state } = (await initConnection(grace, { providerId: provider.id })).body

    const { status, body } = await finish(grace, { state, error, error_description: 'The user said no' })

    expect(status).toBe(400)
    expect(body).toEqual({
      message: 'The provider did not grant access.',
      errorFields: [],
      ...(code !== undefined && { error: code }),
    })
    expect((await finish(grace, { state, code: 'x' })).body).toEqual(refused)
  })

  test("with the token endpoint's code when the authorization code is no good", async () => {
    const state = (await started()).get('state') ?? ''

    const { status, body } = await finish(grace, { state, code: 'a-code-of-nobody' })

    expect(status).toBe(400)
    expect(body.error).toBe('invalid_grant')
  })
})

describe('a connection among the credentials', () => {
  test('is seen by its owner and by admins; to anybody else it is as unknown', async () => {
    const { id } = await connectionOf(grace, { providerId: provider.id }, 'grace.seen')
    const inList = async (caller: Caller): Promise<boolean> =>
      (await caller.get(at())).body.data.some((each: Json) => each.id === id)
    const service = checked(await aCaller(grantkeeper, { user: 'bot', roles: ['service'] }))

    expect([await inList(grace), await inList(admin)]).toEqual([true, true])
    expect([await inList(linus), await inList(service)]).toEqual([false, false])
    expect((await admin.get(at(id))).status).toBe(200)
    const unknown = await linus.get(at('0190f5a0-0000-7000-8000-000000000000'))
    expect((await linus.get(at(id))).text).toBe(unknown.text)
    expect((await linus.delete(at(id))).text).toBe(unknown.text)
    expect((await service.patch(at(id), { name: 'x' })).text).toBe(unknown.text)
  })

  test('is not changed and not revealed', async () => {
    const { id } = await connectionOf(grace, { providerId: provider.id }, 'grace.fixed')

    const answers = [
      await grace.patch(at(id), { name: 'x' }),
      await admin.patch(at(id), { name: 'x' }),
      await admin.post(at(`${id}/reveal`)),
    ]

    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422])
    expect(answers[0]?.body.errorFields).toEqual([
      { name: 'type', message: 'is OAuth2Refresh: only connecting the account again changes it' },
    ])
  })

  test.each([
    ['its owner', () => grace],
    ['an admin', () => admin],
  ])('is disconnected by %s: the grant is gone, and revoked', async (_, by) => {
    const credential = await connectionOf(grace, { providerId: provider.id }, 'grace.gone')
    const grant = await grantOf(grace, credential)
    grantkeeper.upstream.control.clearRequests()

    const answer = await by().delete(at(credential.id))

    expect(answer.status).toBe(204)
    expect((await grace.get(at(credential.id))).status).toBe(404)
    expect((await grace.get(`/authorizedProviders/${grant.id}/`)).status).toBe(404)
    expect(grantkeeper.upstream.control.requests().map(({ endpoint }) => endpoint)).toContain('revocation')
  })

  test('comes after the others in the list, under one cursor, of all providers to an admin', async () => {
    const org = 'pages'
    const boss = checked(await anAdmin(grantkeeper, { org }))
    const user = checked(await aCaller(grantkeeper, { org }))
    const providers = [
      await aProvider(grantkeeper, {}, { org }),
      await aProvider(grantkeeper, { name: 'No grants' }, { org }),
      await aProvider(grantkeeper, { name: 'Second' }, { org }),
    ]
    for (const name of ['a', 'b', 'c'])
      await boss.post(at('', org), { name, type: 'Raw', data: base64({ value: 'x' }) })
    const connections: string[] = []
    for (const [place, account] of ['p1', 'p2', 'p3'].entries()) {
      connections.push((await aGrant(user, providers[place === 2 ? 2 : 0].id, account)).credentialId)
    }

    const pagesOf = async (caller: Caller): Promise<Json[][]> => {
      const pages: Json[][] = []
      for (let cursor: string | undefined = ''; cursor !== undefined && pages.length < 9; ) {
        const { body }: Answer = await caller.get(`${at('', org)}?limit=2${cursor && `&cursor=${cursor}`}`)
        pages.push(body.data)
        cursor = body.next
      }
      return pages
    }
    const [mine, all] = [await pagesOf(user), await pagesOf(boss)]

    const shown = (pages: Json[][]) => pages.flat().map(({ type, name, id }) => (type === 'Raw' ? name : id))
    expect([mine.map(({ length }) => length), all.map(({ length }) => length)]).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ])
    expect(shown(mine)).toEqual(['a', 'b', 'c', ...connections])
    expect(shown(all).slice(0, 3)).toEqual(['a', 'b', 'c'])
    expect(shown(all).slice(3).sort()).toEqual([...connections].sort())
    expect((await boss.get(at('', org))).body.data).toEqual(all.flat())
  })
})
