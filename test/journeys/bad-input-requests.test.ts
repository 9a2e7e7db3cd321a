import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { rawRequest } from '../support/raw-request.ts'

let grantkeeper: LocalGrantkeeper
let admin: Caller
let user: Caller
let provider: Json
let grant: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  user = await aCaller(grantkeeper)
  provider = await aProvider(grantkeeper)
  grant = await aGrant(user, provider.id)
})
afterAll(() => grantkeeper.close())

const api = '/api/v2/externalOAuth'
const send = (method: string, path: string, headers: string[], body?: string | Buffer) =>
  rawRequest(grantkeeper.url, method, api + path, ['Authorization', `Bearer ${admin.token}`, ...headers], body)
const patch = (body: string | Buffer, contentType = 'application/json') =>
  send('PATCH', `/providers/${provider.id}/`, contentType === '' ? [] : ['Content-Type', contentType], body)
const asBody = 'must be an object'
const invalidJson = 'must be valid JSON in UTF-8'

describe('a body', () => {
  test.each([
    ['nothing', '', 'is required: a JSON object'],
    ['JSON that ends early', '{"name":', invalidJson],
    ['JSON with a comma too many', '{"name":"x",}', invalidJson],
    ['JSON in single quotes', "{'name':'x'}", invalidJson],
    ['JSON and something after it', '{"name":"x"} {}', invalidJson],
    ['a form', 'name=x', invalidJson],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), invalidJson],
    ['JSON in UTF-16', Buffer.from('{"name":"x"}', 'utf16le'), invalidJson],
    ['null', 'null', asBody],
    ['a number', '7', asBody],
    ['a text', '"name"', asBody],
    ['a list', '[{"name":"x"}]', asBody],
    ['lists three thousand deep', '['.repeat(3000) + ']'.repeat(3000), asBody],
  ])('of %s is refused as the body', async (_, body, message) => {
    const answer = await patch(body)

    expect(answer.status).toBe(422)
    expect(JSON.parse(answer.text).errorFields).toEqual([{ name: 'body', message }])
  })

  test.each([
    '',
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])('of JSON is read as such under the content type "%s"', async (contentType) => {
    const answer = await patch('{"skipConsent":false}', contentType)

    expect(answer.status).toBe(200)
  })

  test('that begins with a byte order mark is JSON all the same', async () => {
    expect((await patch('\ufeff{"skipConsent":false}')).status).toBe(200)
  })

  test.each([
    [1024 * 1024, 422],
    [1024 * 1024 + 1, 413],
  ])('of %i bytes is answered %i', async (bytes, status) => {
    const frame = '{"name":""}'.length

    const answer = await patch(`{"name":"${'x'.repeat(bytes - frame)}"}`)

    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text).errorFields).toHaveLength(status === 422 ? 1 : 0)
  })

  test('with members twice means the last ones, and __proto__ means nothing', async () => {
    const answer = await patch('{"name":"First","__proto__":{"shared":true},"name":"Last"}')

    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ name: 'Last', shared: false })
  })

  test('of a provider may hold no members that nobody knows: each is named, and nothing is kept', async () => {
    const before = await admin.get(`/providers/${provider.id}/`)
    const theirs = { id: 'mine', orgId: 'globex', state: 'deleting', pk: 'x', roles: ['admin'], constructor: {} }

    const answer = await admin.patch(`/providers/${provider.id}/`, { name: 'Known', ...theirs })
    const read = await admin.get(`/providers/${provider.id}/`)

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields.map(({ name }: Json) => name)).toEqual(Object.keys(theirs))
    expect(read.body).toEqual(before.body)
  })

  test('of anything else may: they are ignored', async () => {
    expect((await admin.post('/jobs/', { type: 'STATS', pk: 'x', roles: ['admin'] })).status).toBe(202)
  })

  test.each([
    ['none, and no content type', []],
    ['none, under application/json', ['Content-Type', 'application/json']],
  ])('may be %s, where none is needed', async (_, headers) => {
    expect((await send('POST', `/providers/${provider.id}/authorize/`, headers)).status).toBe(200)
    expect((await send('GET', '/providers/', headers)).status).toBe(200)
  })

  test('where none is needed is not looked at', async () => {
    expect((await send('POST', `/providers/${provider.id}/authorize/`, [], '{"state":')).status).toBe(200)
  })
})

describe('a request is refused, and the field named:', () => {
  const one = (count: number): string => 'x'.repeat(count)
  const wholeNumber = (min: number, max: number): string => `must be a whole number from ${min} to ${max}`
  const once = 'must be given only once'
  const types = expect.stringMatching(
    /^must be one of github, gitlab, .*, discord, oidc, oauth2, test$/,
  ) as unknown as string
  const statuses = 'must be one of active, expired, invalidOAuthClient, invalidProviderState'
  const cursor = 'must be `next` of the page before, with the same filters'
  const withProvider = (query: string) => () => `/providers/${provider.id}/authorize/?${query}`
  const withGrant = (query: string) => () => `/authorizedProviders/${grant.id}/accessToken/?${query}`

  test.each<[string, string | (() => string), string, string]>([
    ['GET', '/providers/?types=saml', 'types', types],
    ['GET', '/providers/?types=oidc,saml', 'types', types],
    ['GET', '/providers/?types=oidc&types=saml', 'types', types],
    ['GET', '/providers/?orderBy=name', 'orderBy', 'must be one of createdAt, -createdAt'],
    ['GET', '/providers/?orderBy=createdAt&orderBy=-createdAt', 'orderBy', once],
    ['GET', '/providers/?limit=0', 'limit', wholeNumber(1, 1000)],
    ['GET', '/providers/?limit=1001', 'limit', wholeNumber(1, 1000)],
    ['GET', '/providers/?limit=1.5', 'limit', wholeNumber(1, 1000)],
    ['GET', '/providers/?limit=1e2', 'limit', wholeNumber(1, 1000)],
    ['GET', '/providers/?limit=-1', 'limit', wholeNumber(1, 1000)],
    ['GET', '/providers/?limit=%D9%A1', 'limit', wholeNumber(1, 1000)],
    ['GET', '/providers/?limit=1&limit=1', 'limit', once],
    ['GET', '/providers/?cursor=nonsense', 'cursor', cursor],
    ['GET', `/providers/?ids=${one(129)}`, 'ids', 'must be at most 128 characters'],
    ['GET', `/providers/?ids=${'a,'.repeat(1001)}`, 'ids', 'must have at most 1000 entries'],
    ['GET', '/authorizedProviders/?statuses=dead', 'statuses', statuses],
    ['GET', `/authorizedProviders/?userId=${one(256)}`, 'userId', 'must be at most 255 characters'],
    ['GET', '/authorizedProviders/?userId=a&userId=b', 'userId', once],
    ['GET', '/authorizedProviders/?cursor=nonsense', 'cursor', cursor],
    ['GET', '/jobs/?type=OTHER', 'type', 'must be one of DELETE_PROVIDER, STATS, RESEAL'],
    ['GET', '/jobs/?status=DONE', 'status', 'must be one of PENDING, RUNNING, COMPLETED, ERROR'],
    ['GET', '/jobs/?cursor=nonsense', 'cursor', cursor],
    ['POST', withProvider('state=short'), 'state', 'must be at least 8 characters'],
    ['POST', withProvider(`state=${one(513)}`), 'state', 'must be at most 512 characters'],
    ['POST', withProvider('state=12345678%0A'), 'state', expect.any(String) as unknown as string],
    ['POST', withProvider('state=12345678&state=12345678'), 'state', once],
    ['POST', withProvider('skip_consent=maybe'), 'skip_consent', aFlag()],
    ['POST', withProvider('skip_consent=true'), 'skip_consent', 'needs a provider with skipConsent: true'],
    ['POST', withProvider('scopes=%C3%A4'), 'scopes', 'must be printable ASCII without spaces'],
    ['POST', withGrant('minimumSeconds=-1'), 'minimumSeconds', wholeNumber(0, 86_400)],
    ['POST', withGrant('minimumSeconds=86401'), 'minimumSeconds', wholeNumber(0, 86_400)],
    ['DELETE', () => `/providers/${provider.id}/?dryRun=perhaps`, 'dryRun', aFlag()],
  ])('%s %s', async (method, path, name, message) => {
    const target = typeof path === 'string' ? path : path()

    const answer = await admin.request(method, target)

    expect(answer.status).toBe(422)
    expect(answer.body).toEqual({ message: 'The request is not valid.', errorFields: [{ name, message }] })
  })

  test.each([
    [{}, ['providerId', 'state', 'code']],
    [{ providerId: 'x' }, ['state', 'code']],
    [{ providerId: 'x', state: 's' }, ['code']],
    [{ providerId: 'x', state: '', code: 'c' }, ['state']],
    [{ providerId: 'a b', state: 's', code: '' }, ['providerId', 'code']],
    [{ providerId: 7, state: [], code: {} }, ['providerId', 'state', 'code']],
    [{ providerId: 'x', state: 's', code: 'c', iss: 'i'.repeat(2049), error: 7 }, ['iss', 'error']],
  ])('the callback %j', async (body, names) => {
    const answer = await admin.post('/providers/callback/', body)

    expect(answer.status).toBe(422)
    expect(answer.body.errorFields.map(({ name }: Json) => name)).toEqual(names)
  })

  test.each([{}, { type: 'DELETE_PROVIDER' }, { type: 'stats' }, { type: ['STATS'] }])('the job %j', async (body) => {
    const answer = await admin.post('/jobs/', body)

    const message = 'must be STATS or RESEAL; providers are deleted by DELETE on the provider'
    expect(answer.body.errorFields).toEqual([{ name: 'type', message }])
  })
})

/** Both are flags of a query. */
function aFlag(): string {
  return 'must be true or false'
}

describe('parameters that are', () => {
  test.each([
    ['empty', '/providers/?ids=&types=&host=&orderBy=&limit=&cursor='],
    ['unknown', '/providers/?nothing=1&nothing=2&__proto__=x&constructor=y'],
    ['lists with empty places', '/providers/?types=,oidc,,'],
  ])('%s change nothing', async (_, path) => {
    const answer = await admin.get(path)

    expect(answer.status).toBe(200)
    expect(answer.body.data).toHaveLength(1)
  })
})
