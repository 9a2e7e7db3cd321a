import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../lib/domain/ids.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { eventually } from '../support/eventually.ts'
import { aCaller, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let member: Caller
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  member = await aCaller(grantkeeper)
})
afterAll(() => grantkeeper.close())

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const explicit = () => ({
  type: 'oauth2',
  clientId: 'client-1',
  clientSecret: 'a secret of a provider',
  authorizationUrl: `${grantkeeper.upstream.issuer}/authorize`,
  tokenUrl: `${grantkeeper.upstream.issuer}/token`,
})
const made = async (body: object = {}): Promise<Json> => {
  const answer = await admin.post('/providers/', { ...explicit(), name: 'Made', ...body })
  expect(answer.status).toBe(201)
  return answer.body
}

describe('a provider whose id is chosen', () => {
  test('has it, so that the callback URL could be registered before', async () => {
    const id = newId()

    const provider = await made({ id })

    expect(provider).toMatchObject({ id, callbackUrl: `${grantkeeper.url}/oauth2/callback/${id}` })
    expect((await member.get(`/providers/${id}/`)).body).toEqual(provider)
  })

  test('is refused where a provider has the id, and that one stays as it is', async () => {
    const first = await made({ name: 'First' })

    const answer = await admin.post('/providers/', { ...explicit(), name: 'Second', id: first.id })

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields).toEqual([{ name: 'id', message: expect.stringContaining('take a new UUIDv7') }])
    expect((await member.get(`/providers/${first.id}/`)).body).toEqual(first)
  })

  test.each([
    ['of another version', '0190f5a0-0000-4000-8000-000000000000'],
    ['in upper case', '0190F5A0-0000-7000-8000-000000000000'],
    ['of another variant', '0190f5a0-0000-7000-c000-000000000000'],
    ['that is none', 'my-provider'],
    ['that is no text', 7],
  ])('is refused with one %s', async (_, id) => {
    const answer = await admin.post('/providers/', { ...explicit(), name: 'Made', id })

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields).toMatchObject([{ name: 'id' }])
  })

  test('keeps it: an id cannot be changed', async () => {
    const { id } = await made()

    const answer = await admin.patch(`/providers/${id}/`, { id: newId() })

    expect(answer.body.errorFields).toMatchObject([
      { name: 'id', message: expect.stringMatching(/^cannot be changed/) },
    ])
  })
})

describe('a provider beyond this machine', () => {
  test('is registered, and flows to it begin, without a network', async () => {
    const answer = await admin.post('/providers/', { type: 'github', name: 'Real', clientId: 'c', clientSecret: 's' })
    const begun = await member.post(`/providers/${answer.body.id}/authorize/`)

    expect(answer.status).toBe(201)
    expect(begun.status).toBe(200)
    expect(new URL(begun.body.redirectUrl).origin).toBe('https://github.com')
  })

  test('is not called: what would leave is refused, and says which flag lets it', async () => {
    const provider = await made({ tokenUrl: 'https://provider.example/token' })
    const { body: begun } = await member.post(`/providers/${provider.id}/authorize/`)

    const finished = await member.post('/providers/callback/', {
      providerId: provider.id,
      state: begun.state,
      code: 'a-code',
    })
    const verified = await admin.post(`/providers/${provider.id}/verify/`)

    expect(finished.status).toBe(502)
    expect(finished.body.message).toContain('npm start -- --internet')
    expect(verified.status).toBe(502)
    expect(verified.body.message).toContain('npm start -- --internet')
  })
})

describe('a provider that is made', () => {
  test('of type oidc, needs an issuer alone: the rest is discovered', async () => {
    const { issuer, client } = grantkeeper.upstream

    const answer = await admin.post('/providers/', { type: 'oidc', name: '  Tidy me ', issuer, ...client })

    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      id: expect.stringMatching(uuid),
      orgId: 'acme',
      type: 'oidc',
      name: 'Tidy me',
      slug: 'tidy-me',
      clientId: client.clientId,
      secureConfigId: expect.stringMatching(uuid),
      status: 'active',
      statusReason: 'ok',
      skipConsent: false,
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      redirectUris: [],
      callbackUrl: `${grantkeeper.url}/oauth2/callback/${answer.body.id}`,
      shared: false,
      programmaticConnect: false,
      metadata: { host: new URL(issuer).host },
      issuer,
      revocationUri: `${issuer}/revoke`,
      createdAt: expect.stringMatching(time),
      updatedAt: expect.stringMatching(time),
    })
  })

  test('of type oauth2, has what was said of it', async () => {
    const said = {
      name: 'Everything',
      slug: 'every_thing-1',
      scopes: ['read', 'write'],
      redirectUris: ['https://app.example/callback?tenant=1', 'http://localhost:3000/cb'],
      skipConsent: true,
      shared: true,
      programmaticConnect: true,
      apiBaseUri: `${grantkeeper.upstream.issuer}/api/`,
      appInstallUrl: 'https://provider.example/install',
      revocationUri: `${grantkeeper.upstream.issuer}/revoke`,
    }

    const provider = await made({ ...said, settingsUrl: 'https://provider.example/settings' })

    expect(provider).toMatchObject({ ...said, type: 'oauth2', clientId: 'client-1', status: 'active' })
    expect(provider.metadata).toEqual({
      host: new URL(grantkeeper.upstream.issuer).host,
      settingsUrl: 'https://provider.example/settings',
    })
  })

  test('is the same to everyone in the organization, alone and in the list', async () => {
    const provider = await made()

    const alone = await member.get(`/providers/${provider.id}/`)
    const list = await member.get(`/providers/?ids=${provider.id}`)

    expect(alone.body).toEqual(provider)
    expect(list.body).toEqual({ data: [provider] })
  })

  test('never shows its secret again', async () => {
    const provider = await made({ clientSecret: 'never-to-be-seen-again' })
    await admin.patch(`/providers/${provider.id}/`, { clientSecret: 'nor-is-this-one' })
    const answers = [
      await admin.get(`/providers/${provider.id}/`),
      await admin.get('/providers/'),
      await admin.patch(`/providers/${provider.id}/`, { name: 'Renamed' }),
      await admin.delete(`/providers/${provider.id}/?dryRun=true`),
    ]

    for (const { status, text } of answers) {
      expect(status).toBe(200)
      expect(text).not.toMatch(/never-to-be|nor-is-this|clientSecret/)
    }
  })
})

describe('a slug', () => {
  test('is derived from the name, with a suffix where it is taken', async () => {
    const [first, second] = [await made({ name: 'Ümläut & Söhne!' }), await made({ name: 'Ümläut & Söhne!' })]

    expect(first.slug).toBe('umlaut-sohne')
    expect(second.slug).toMatch(/^umlaut-sohne-[0-9a-f]{6}$/)
    expect(first.name).toBe(second.name)
  })

  test.each([
    ['日本語', /^provider(-[0-9a-f]{6})?$/],
    ['x'.repeat(200), /^x{40}$/],
    ['0190f5a0-0000-7000-8000-000000000000', /^0190f5a0-0000-7000-8000-000000000000-[0-9a-f]{6}$/],
  ])('of the name %s can be one', async (name, slug) => {
    const provider = await made({ name })

    expect(provider.slug).toMatch(slug)
    expect(provider.slug).toMatch(/^[a-z0-9][a-z0-9_-]{0,49}$/)
  })

  test('that is taken is refused where it is given, and may be had in another organization', async () => {
    await made({ slug: 'taken' })

    const again = await admin.post('/providers/', { ...explicit(), name: 'Again', slug: 'taken' })
    const elsewhere = await aProvider(grantkeeper, { slug: 'taken' }, { org: 'globex' })

    expect(again.status).toBe(409)
    expect(again.body).toEqual({ message: 'Another provider of the organization has this slug.', errorFields: [] })
    expect(elsewhere.slug).toBe('taken')
  })

  test('is given to one of many who ask for it at once', async () => {
    const bodies = Array.from({ length: 6 }, () => ({ ...explicit(), name: 'Race', slug: 'raced' }))

    const answers = await Promise.all(bodies.map((body) => admin.post('/providers/', body)))

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409])
  })

  test('is free for another provider when it is changed, and when the deletion of its provider starts', async () => {
    const [changed, deleted] = [await made({ slug: 'was-changed' }), await made({ slug: 'was-deleted' })]
    await admin.patch(`/providers/${changed.id}/`, { slug: 'is-changed' })
    await admin.delete(`/providers/${deleted.id}/`)

    const successors = [await made({ slug: 'was-changed' }), await made({ slug: 'was-deleted' })]

    expect(successors.map(({ slug }) => slug)).toEqual(['was-changed', 'was-deleted'])
  })
})

describe('the deletion of a provider', () => {
  test('answers 202 with its job, the same one again while it runs, and 404 when it is over', async () => {
    const { id } = await made()
    const first = await admin.delete(`/providers/${id}/`)
    const second = await admin.delete(`/providers/${id}/`)

    expect(first.status).toBe(202)
    expect(first.body).toEqual({ location: first.headers.get('location') })
    expect(first.body.location).toMatch(new RegExp(`^${grantkeeper.url}/api/v2/externalOAuth/jobs/[^/]+/$`))
    // The job may have been quicker.
    if (second.status !== 404) expect(second.body).toEqual(first.body)
    await eventually(
      () => admin.get(`/providers/${id}/`),
      ({ status }) => status === 404,
    )
  })

  test('is only told of with dryRun=true', async () => {
    const { id } = await made({ name: 'Stays' })

    const preview = await admin.delete(`/providers/${id}/?dryRun=true`)
    const after = await admin.get(`/providers/${id}/`)

    expect(preview.status).toBe(200)
    expect(preview.body).toEqual({ providerId: id, name: 'Stays', authorizationCount: 0, userCount: 0 })
    expect(after.body.status).toBe('active')
  })
})
