import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  provider = await aProvider(grantkeeper)
})
afterAll(() => grantkeeper.close())

const good = () => ({
  type: 'oauth2',
  name: 'Bad input',
  clientId: 'client',
  clientSecret: 'secret',
  authorizationUrl: `${grantkeeper.upstream.issuer}/authorize`,
  tokenUrl: `${grantkeeper.upstream.issuer}/token`,
})

const aString = 'must be a string'
const aList = 'must be a list'
const anObject = 'must be an object'
const aType =
  'must be one of github, gitlab, bitbucket, google, box, microsoft, slack, atlassian, notion, salesforce, hubspot, dropbox, linear, zoom, asana, discord, oidc, oauth2'
const aFlag = 'must be true or false'
const required = 'is required'
const empty = 'must not be empty'
const aUrl = 'must be an absolute https URL'
const secure = 'must begin with https://'
const offline = /^has no usable discovery document: .* npm start -- --internet$/
const aScope = 'must be printable ASCII without spaces'
const aSlug = 'must be 1 to 50 characters of a-z 0-9 _ -, beginning with a letter or digit'
const cleanText = 'must be valid text without control characters'
const ofTheFlow = /^must not set a parameter of the flow itself: response_type, client_id, client_secret, /
const elsewhere = 'https://provider.example/path'
const many = (count: number, value: string): string[] => Array.from({ length: count }, () => value)

type Row = readonly [field: string, value: unknown, message: string | RegExp, name?: string]

/** Refused alike where a provider is made and where it is changed. */
const both: readonly Row[] = [
  ['name', null, aString],
  ['name', 7, aString],
  ['name', [], aString],
  ['name', '', empty],
  ['name', ' \t ', empty],
  ['name', 'x'.repeat(201), 'must be at most 200 characters'],
  ['name', 'a\nb', cleanText],
  ['name', 'a\0', cleanText],
  ['name', '\ud800', cleanText],
  ['clientSecret', null, aString],
  ['clientSecret', '', empty],
  ['clientSecret', 'x'.repeat(4097), 'must be at most 4096 characters'],
  ['clientSecret', '\ud800', 'must be valid text'],
  ['skipConsent', null, aFlag],
  ['skipConsent', 'true', aFlag],
  ['slug', 7, aString],
  ['slug', '', aSlug],
  ['slug', 'Upper', aSlug],
  ['slug', '-a', aSlug],
  ['slug', 'a b', aSlug],
  ['slug', 'x'.repeat(51), aSlug],
  ['slug', '0190f5a0-0000-7000-8000-000000000000', 'must not look like an id (a UUID)'],
  ['scopes', 'openid', aList],
  ['scopes', null, aList],
  ['scopes', ['ok', 7], aString, 'scopes.1'],
  ['scopes', [''], empty, 'scopes.0'],
  ['scopes', ['a b'], aScope, 'scopes.0'],
  ['scopes', ['x'.repeat(257)], 'must be at most 256 characters', 'scopes.0'],
  ['scopes', many(101, 'a'), 'must have at most 100 entries'],
  ['redirectUris', elsewhere, aList],
  ['redirectUris', [7], aString, 'redirectUris.0'],
  ['redirectUris', [elsewhere, 'nope'], aUrl, 'redirectUris.1'],
  ['redirectUris', ['javascript:alert(1)'], aUrl, 'redirectUris.0'],
  ['redirectUris', ['/relative'], aUrl, 'redirectUris.0'],
  ['redirectUris', ['https://a.test/#x'], 'must have no fragment', 'redirectUris.0'],
  ['redirectUris', ['https://u:p@a.test/'], 'must hold no user name or password', 'redirectUris.0'],
  ['redirectUris', ['x'.repeat(2049)], 'must be at most 2048 characters', 'redirectUris.0'],
  ['redirectUris', many(101, elsewhere), 'must have at most 100 entries'],
  ['programmaticConnect', 1, aFlag],
  ['apiBaseUri', null, aString],
  ['apiBaseUri', 'ftp://127.0.0.1', aUrl],
  ['apiBaseUri', 'http://provider.example/', secure],
  ['apiBaseUri', 'https://169.254.169.254/', 'is at an address that is not public'],
  ['apiBaseUri', 'https://10.0.0.1/', 'is at a private address'],
  ['appInstallUrl', 'javascript:alert(1)', aUrl],
  ['authMethod', 'none', 'must be one of client_secret_basic, client_secret_post'],
  ['authParams', 'a=b', anObject],
  ['authParams', [], anObject],
  ['authParams', { state: 'x' }, ofTheFlow],
  ['authParams', { 'a b': 'x' }, 'has a name that is not allowed', 'authParams.a b'],
  ['authParams', { a: 7 }, aString, 'authParams.a'],
  ['authParams', { prompt: 'none' }, 'must not be none: a first consent needs its page', 'authParams.prompt'],
  ['authParams', { a: 'x'.repeat(1025) }, 'must be at most 1024 characters', 'authParams.a'],
  ['authParams', Object.fromEntries(many(21, 'x').map((x, at) => [x + at, x])), 'must have at most 20 entries'],
  ['tokenParams', { code: 'x' }, ofTheFlow],
  ['refreshParams', { grant_type: 'x' }, ofTheFlow],
  ['scopeSeparator', ';', 'must be a space, a comma or a plus'],
  ['pkce', 'no', aFlag],
  ['rotation', 'x', 'must be one of replace, keep'],
  ['defaultTtl', 0, 'must be at least 1'],
  ['defaultTtl', 1.5, 'must be a whole number'],
  ['defaultTtl', '3600', 'must be a number'],
  ['defaultTtl', 1e12, 'must be at most 315360000'],
  ['authParams', { request_uri: 'x' }, ofTheFlow],
  ['tokenParams', { client_assertion: 'x' }, ofTheFlow],
  ['refreshParams', { response_mode: 'x' }, ofTheFlow],
  ['expiresIn', 'minutes', 'must be one of seconds, milliseconds, epochSeconds, epochMilliseconds, rfc3339'],
  ['errorIn', 'a b', 'must be the name of a member, or a JSON pointer'],
  ['errors', { 'a b': 'grantDead' }, 'has a name that is not allowed', 'errors.a b'],
  ['errors', { x: 'dead' }, 'must be one of grantDead, needsUser, codeBad, clientRejected, transient', 'errors.x'],
  ['client_secret', 'x', 'is not known: did you mean clientSecret?'],
  ['skipconsent', true, 'is not known: did you mean skipConsent?'],
  ['Name', 'x', 'is not known: did you mean name?'],
  ['scope', 'x', 'is not known: did you mean scopes?'],
  ['redirect_uris', [], 'is not known: did you mean redirectUris?'],
  ['zzzzzzzz', 'x', 'is not known'],
  ['toString', 'x', /^is not known/],
]

const atCreation: readonly Row[] = [
  ['type', undefined, aType],
  ['type', null, aType],
  ['type', ['oidc'], aType],
  ['type', 'saml', aType],
  ...[
    ['authorization_endpoint', elsewhere, 'is not known: did you mean authorizationUrl?'] as const,
    ['jwksUrl', elsewhere, 'is required with jwksUrl: it is compared with that of ID tokens', 'issuer'] as const,
    ['idTokenAlgorithms', ['ES256'], 'needs jwksUrl: without keys ID tokens are not looked at'] as const,
    ['idTokenAlgorithms', ['HS256'], /^must be one of RS256, /, 'idTokenAlgorithms.0'] as const,
    ['idTokenAlgorithms', ['none'], /^must be one of RS256, /, 'idTokenAlgorithms.0'] as const,
    ['nonce', 'no', aFlag] as const,
  ],
  ['name', undefined, required],
  ['clientId', undefined, required],
  ['clientId', 7, aString],
  ['clientId', '', empty],
  ['clientId', 'x'.repeat(513), 'must be at most 512 characters'],
  ['clientId', 'a\0b', 'must be valid text'],
  ['clientSecret', undefined, required],
  ['shared', 'yes', aFlag],
  ['settingsUrl', 'nope', aUrl],
  ['revocationStyle', 'x', 'must be one of rfc7009, bearer, none'],
  ['revocationScope', 'x', 'must be one of token, userAndApp'],
  ['authorizationUrl', undefined, required],
  ['authorizationUrl', '', aUrl],
  ['tokenUrl', undefined, required],
  ...[
    'authorizationUrl',
    'tokenUrl',
    'userInfoUrl',
    'revocationUri',
    'introspectionUrl',
    'deviceUrl',
    'issuer',
  ].flatMap((field): Row[] => [
    [field, 7, aString],
    [field, 'nope', aUrl],
    [field, 'javascript:alert(1)', aUrl],
    [field, 'http://provider.example/path', secure],
    [field, 'https://169.254.169.254/latest', 'is at an address that is not public'],
    [field, 'https://10.0.0.1/', 'is at a private address'],
    [field, 'http://localhost.evil.test/', secure],
  ]),
  ['userInfoMethod', 'PUT', 'must be one of GET, POST'],
  ['userInfoHeaders', 'x', anObject],
  ['userInfoHeaders', { 'a b': 'x' }, 'has a name that is not allowed', 'userInfoHeaders.a b'],
  ['userInfoHeaders', { A: 'a\r\nb' }, 'must be printable ASCII', 'userInfoHeaders.A'],
  ['userInfoHeaders', { authorization: 'x' }, 'must not set Authorization, Cookie, Host or a connection header'],
  ['fieldMap', { sub: 'data.id' }, 'must be a JSON pointer (RFC 6901), such as /data/id', 'fieldMap.sub'],
  ['fieldMap', { sub: 7 }, aString, 'fieldMap.sub'],
  ['fieldMap', { subject: '/id' }, 'must not have subject'],
  ['bodyFormat', 'xml', 'must be one of form, json'],
]

const fixed = 'cannot be changed: delete the provider and create a new one'
const fixedFields =
  'type clientId issuer metadata shared settingsUrl revocationUri revocationStyle revocationScope authorizationUrl tokenUrl introspectionUrl deviceUrl userInfoUrl userInfoMethod userInfoHeaders fieldMap bodyFormat jwksUrl nonce idTokenAlgorithms'.split(
    ' ',
  )
const nothingToChange =
  'must hold at least one of name, slug, clientSecret, skipConsent, status, scopes, redirectUris, apiBaseUri, appInstallUrl, programmaticConnect, authMethod, authParams, scopeSeparator, pkce, tokenParams, refreshParams, rotation, defaultTtl, expiresIn, errorIn, errors'

const atChange: readonly Row[] = [
  ['status', 'deleted', 'cannot be set to deleted: use DELETE, which answers with a job'],
  ['status', 'ok', 'must be one of active, inactive, disabled, deleted'],
  ['status', null, 'must be one of active, inactive, disabled, deleted'],
  ...fixedFields.flatMap((field): Row[] => [
    [field, 'x', fixed],
    [field, null, fixed],
  ]),
  ['none of the above', 'x', 'is not known'],
  ['clientid', 'x', 'is not known: did you mean clientId?'],
]

const title = ([field, value]: Row): string => `${field}: ${(JSON.stringify(value) ?? 'absent').slice(0, 60)}`
const refused = ([field, , message, name = field]: Row) => ({
  message: 'The request is not valid.',
  errorFields: [{ name, message: typeof message === 'string' ? message : expect.stringMatching(message) }],
})

describe('a new provider is refused, and the field named, with', () => {
  test.each([...both, ...atCreation].map((row) => [title(row), row] as const))('%s', async (_, row) => {
    const answer = await admin.post('/providers/', { ...good(), [row[0]]: row[1] })

    expect(answer.status).toBe(422)
    expect(answer.body).toEqual(refused(row))
  })

  test.each<[string, Record<string, unknown>, string, string]>([
    ['oidc', { issuer: 'https://a.test', userInfoUrl: 'x' }, 'userInfoUrl', 'is taken by oauth2 alone'],
    ['github', { nonce: false }, 'nonce', 'is taken by oidc and oauth2 alone'],
    ['github', { issuer: 'x' }, 'issuer', 'is taken by oidc and oauth2 alone'],
    ['github', { metadata: { Host: 'x' } }, 'metadata.Host', 'is not known: did you mean host?'],
    [
      'oauth2',
      { metadata: {}, authorizationUrl: 'https://a.test', tokenUrl: 'https://a.test' },
      'metadata',
      'is taken by named types alone',
    ],
  ])('a name that the type %s does not take: %j', async (type, fields, name, message) => {
    const answer = await admin.post('/providers/', { type, name: 'x', clientId: 'c', clientSecret: 's', ...fields })

    expect(answer.body.errorFields).toEqual([{ name, message }])
  })

  /** What the public Terraform provider (datarobot-community/terraform-provider-datarobot) sends. */
  test('nothing, of what today’s clients send', async () => {
    const made = await admin.post('/providers/', { name: 'x', type: 'google', clientId: 'c', clientSecret: 's' })
    const changed = await admin.patch(`/providers/${provider.id}/`, { name: provider.name, clientSecret: 'other' })

    expect(made.status).toBe(201)
    expect(changed.status).toBe(200)
    provider = changed.body
  })

  test('several things wrong: all are named at once, each once', async () => {
    const answer = await admin.post('/providers/', { type: 'oauth2', name: [], scopes: ['', 7], slug: 'A B' })

    const names = answer.body.errorFields.map(({ name }: Json) => name)
    expect(names).toEqual([
      'name',
      'clientId',
      'clientSecret',
      'slug',
      'scopes.0',
      'scopes.1',
      'authorizationUrl',
      'tokenUrl',
    ])
  })

  test.each([
    ['that is not there', 'http://127.0.0.1:9', /^has no usable discovery document: .*ECONNREFUSED/],
    ['that has no discovery document', () => `${grantkeeper.upstream.issuer}/elsewhere`, /^has no usable discovery/],
    ['on another machine', 'https://issuer.example', offline],
    ['in the network of a cloud', 'https://169.254.169.254', 'is at an address that is not public'],
  ])('an issuer %s', async (_, issuer, message) => {
    const { authorizationUrl: __, tokenUrl: ___, ...rest } = good()
    const url = typeof issuer === 'string' ? issuer : issuer()

    const answer = await admin.post('/providers/', { ...rest, type: 'oidc', issuer: url })

    expect(answer.status).toBe(422)
    expect(answer.body).toEqual(refused(['issuer', url, message]))
  })
})

describe('a change is refused, and the field named, with', () => {
  test('nothing to change', async () => {
    const answer = await admin.patch(`/providers/${provider.id}/`, {})

    expect(answer.body).toEqual(refused(['body', {}, nothingToChange]))
  })

  test.each([...both, ...atChange].map((row) => [title(row), row] as const))('%s', async (_, row) => {
    const answer = await admin.patch(`/providers/${provider.id}/`, { [row[0]]: row[1] })

    expect(answer.status).toBe(422)
    expect(answer.body).toEqual(refused(row))
  })

  test('a fixed field beside one that may change: nothing is changed', async () => {
    const answer = await admin.patch(`/providers/${provider.id}/`, { name: 'Changed', tokenUrl: elsewhere })

    expect(answer.body).toEqual(refused(['tokenUrl', elsewhere, fixed]))
  })

  test('and after all of them the provider is as it was', async () => {
    const { body } = await admin.get(`/providers/${provider.id}/`)

    expect(body).toEqual(provider)
  })
})
