import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { aCaller, aGrant, anAdmin, aProvider, type Json } from '../support/grantkeeper.ts'
import { rawRequest } from '../support/raw-request.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'

let scene: RelayScene
beforeAll(async () => {
  scene = await aRelayScene()
})
afterAll(() => scene.close())
beforeEach(() => scene.api.reset())

const tokenOf = async (): Promise<string> =>
  (await scene.caller.post(`/authorizedProviders/${scene.grant.id}/accessToken/`)).body.accessToken

/** Sends bytes by the path form, as they are. */
const byPath = (method: string, rest: string, headers: string[] = [], body?: string | Buffer) =>
  rawRequest(
    scene.grantkeeper.url,
    method,
    `${scene.path.slice(1)}/request/${rest}`,
    ['Authorization', `Bearer ${scene.caller.token}`, ...headers],
    body,
  )

const arrived = (): Json => {
  const [request, ...others] = scene.api.seen
  expect(others).toEqual([])
  return { ...request, body: request?.body.toString() }
}

describe('a request in the body of a POST', () => {
  test('is a GET unless it says otherwise, and carries the token that the caller never sees', async () => {
    const answer = await scene.relay({ url: '/files?pageSize=10' })

    expect([answer.status, answer.body]).toEqual([200, {}])
    expect(arrived()).toMatchObject({ method: 'GET', target: '/v1/files?pageSize=10', body: '' })
    expect(arrived().headers).toEqual({
      host: new URL(scene.api.origin).host,
      authorization: `Bearer ${await tokenOf()}`,
      'accept-encoding': 'identity',
      'user-agent': 'grantkeeper',
      connection: 'keep-alive',
    })
  })

  test.each<[string, Json, Json]>([
    ['an object, as JSON', { data: { a: [1, 'ü'] } }, { body: '{"a":[1,"ü"]}', type: 'application/json' }],
    ['a list, as JSON', { data: [] }, { body: '[]', type: 'application/json' }],
    ['a number, as JSON', { data: 0 }, { body: '0', type: 'application/json' }],
    ['false, as JSON', { data: false }, { body: 'false', type: 'application/json' }],
    ['a text as it is', { data: 'a=b&c' }, { body: 'a=b&c', type: 'text/plain; charset=utf-8' }],
    ['an empty text', { data: '' }, { body: '', type: 'text/plain; charset=utf-8' }],
    ['bytes', { data: 'AP8KIg==', dataEncoding: 'base64' }, { body: '\0\ufffd\n"', type: 'application/octet-stream' }],
    [
      'a text of the type that a header says',
      { data: 'a=b', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      { body: 'a=b', type: 'application/x-www-form-urlencoded' },
    ],
    [
      'an object of the type that a header says',
      { data: {}, headers: { 'content-type': 'application/vnd.api+json' } },
      { body: '{}', type: 'application/vnd.api+json' },
    ],
    ['nothing for null', { data: null }, { body: '', type: undefined }],
    ['nothing', {}, { body: '', type: undefined }],
  ])('sends %s', async (_, request, { body, type }) => {
    const answer = await scene.relay({ method: 'POST', url: 'items', ...request })

    expect(answer.status).toBe(200)
    expect(arrived()).toMatchObject({ method: 'POST', target: '/v1/items', body })
    expect(arrived().headers['content-type']).toBe(type)
    expect(Number(arrived().headers['content-length'])).toBe(
      Buffer.byteLength(Buffer.from(scene.api.seen[0]?.body ?? '')),
    )
  })

  test('keeps numbers that JavaScript would round', async () => {
    const data = '{"id":9007199254740993,"price":0.12345678901234567891,"all":[1e400,-1,1.5]}'

    await scene.relay(`{"method":"PUT","url":"x","data":${data}}`)

    expect(arrived().body).toBe(data)
  })

  test.each(['get', 'GET', 'head', 'Put', 'patch', 'DELETE', 'options'])('may have the method %s', async (method) => {
    const { status } = await scene.relay({ method, url: '/x' })

    expect([status, arrived().method]).toEqual([200, method.toUpperCase()])
  })

  test('takes an absolute URL, and the integration by its slug', async () => {
    const url = `${scene.api.origin}/v1/files/7?x=y`

    const { status } = await scene.caller.request('POST', '//api/integrations/demo/request/', { url })

    expect([status, arrived().target]).toEqual([200, '/v1/files/7?x=y'])
  })

  test('sends those headers that are on the list, in any case, and drops the others', async () => {
    const headers = {
      Accept: 'application/json;q=0.5',
      'If-None-Match': '"a"',
      'X-GitHub-Api-Version': '2022-11-28',
      'Notion-Version': '2022-06-28',
      'User-Agent': 'mine/1.0',
      Authorization: 'Bearer mine',
      Cookie: 'a=b',
      Host: 'evil.test',
      'Content-Length': '3',
      'Transfer-Encoding': 'chunked',
      Connection: 'close, Accept',
      Expect: '100-continue',
      TE: 'trailers',
      Upgrade: 'h2c',
      'Proxy-Authorization': 'Basic x',
      Forwarded: 'for=10.0.0.1',
      'X-Forwarded-For': '10.0.0.1',
      'X-Forwarded-Host': 'evil.test',
      'X-Real-IP': '10.0.0.1',
      'X-Original-URL': '/admin',
      'X-HTTP-Method-Override': 'DELETE',
      'X-On-Behalf-Of': 'heidi',
      Origin: 'https://evil.test',
      Referer: 'https://evil.test/',
      Unknown: 'x',
    }

    const { status } = await scene.relay({ url: '/x', headers })

    expect(status).toBe(200)
    expect(arrived().headers).toEqual({
      host: new URL(scene.api.origin).host,
      authorization: `Bearer ${await tokenOf()}`,
      'accept-encoding': 'identity',
      connection: 'keep-alive',
      accept: 'application/json;q=0.5',
      'if-none-match': '"a"',
      'x-github-api-version': '2022-11-28',
      'notion-version': '2022-06-28',
      'user-agent': 'mine/1.0',
    })
  })
})

describe('a request in the path', () => {
  test.each([
    ['files', '/v1/files'],
    ['files/', '/v1/files/'],
    ['a//b///', '/v1/a//b///'],
    ['a%20b/100%25/%C3%BC/x%2Fy', '/v1/a%20b/100%25/%C3%BC/x%2Fy'],
    ['a;v=1/b:c@d', '/v1/a;v=1/b:c@d'],
    ['x?a=1&b=2&a=3', '/v1/x?a=1&a=3&b=2'],
    ['x?q=a%20b%2Bc%26d&e=%C3%BC', '/v1/x?q=a%20b%2Bc%26d&e=%C3%BC'],
    ['x/?flag&empty=', '/v1/x/?flag=&empty='],
  ])('%s arrives as %s', async (rest, target) => {
    const { status } = await byPath('GET', rest)

    expect([status, arrived().target]).toEqual([200, target])
  })

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('may be a %s with a body', async (method) => {
    const { status } = await byPath(method, 'x', ['Content-Type', 'text/csv'], 'a,b\r\n')

    expect(status).toBe(200)
    expect(arrived()).toMatchObject({ method, body: 'a,b\r\n' })
    expect(arrived().headers['content-type']).toBe('text/csv')
  })

  test('has the headers of the list, and none of those that say who calls, or that a proxy has added', async () => {
    const sent = ['Accept', 'text/csv', 'X-Request-Id', '7', 'X-Forwarded-For', '10.0.0.1', 'Cookie', 'a=b', 'Via', 'x']

    await byPath('GET', 'x', [...sent, 'Accept', 'text/plain', 'x_underscore', '1', 'User-Agent', 'curl/8'])

    expect(arrived().headers).toEqual({
      host: new URL(scene.api.origin).host,
      authorization: `Bearer ${await tokenOf()}`,
      'accept-encoding': 'identity',
      connection: 'keep-alive',
      accept: 'text/csv, text/plain',
      'x-request-id': '7',
      'user-agent': 'curl/8',
    })
  })

  test('is unknown without a path', async () => {
    expect((await byPath('GET', '')).status).toBe(404)
  })
})

describe('the answer', () => {
  test.each([200, 201, 202, 204, 206, 301, 304, 307, 400, 403, 404, 409, 418, 422, 500, 501, 599])(
    'has the status of the API: %d',
    async (status) => {
      scene.api.answer = (response) => response.writeHead(status, { 'content-type': 'text/plain' }).end('text')

      const answer = await scene.relay({ url: '/x', method: 'PATCH' })

      expect(answer.status).toBe(status)
      expect(answer.text).toBe([204, 304].includes(status) ? '' : 'text')
      expect(answer.headers.get('x-grantkeeper-error')).toBeNull()
    },
  )

  test('has its headers, but none that is about the connection, about who may call, or about our own origin', async () => {
    scene.api.answer = (response) =>
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=latin1',
          etag: '"7"',
          link: ['<a>; rel="next"', '<b>; rel="last"'],
          'x-ratelimit-remaining': '41',
          'retry-after': '3',
          'content-disposition': 'attachment; filename="x"',
          'x-request-id': 'upstream',
          'set-cookie': ['session=1', 'b=2'],
          'www-authenticate': 'Bearer realm="x"',
          'proxy-authenticate': 'Basic',
          'authentication-info': 'x',
          'access-control-allow-origin': '*',
          'strict-transport-security': 'max-age=1',
          'content-security-policy': 'default-src *',
          'cache-control': 'public, max-age=600',
          'x-grantkeeper-error': 'grantExpired',
          'clear-site-data': '"*"',
          server: 'upstream',
          upgrade: 'h2c',
          'keep-alive': 'timeout=5',
        })
        .end('<script>')

    const { headers } = await scene.relay({ url: '/x' })

    const ownOfGateway = /^(date|connection|keep-alive|content-length|x-amzn-requestid|x-amz-apigw-id)$/
    expect(Object.fromEntries([...headers].filter(([name]) => !ownOfGateway.test(name)))).toEqual({
      'content-type': 'text/html; charset=latin1',
      etag: '"7"',
      link: '<a>; rel="next", <b>; rel="last"',
      'x-ratelimit-remaining': '41',
      'retry-after': '3',
      'content-disposition': 'attachment; filename="x"',
      'x-request-id': 'upstream',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; sandbox",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })

  test.each<[string, string, string | null]>([
    ['to the same place, relative', 'other?x=y', '/v1/other?x=y'],
    ['to the same place, absolute', 'ORIGIN/v1/other', '/v1/other'],
    ['beside the base', '/admin', null],
    ['to another host', 'ELSEWHERE/v1/x', null],
    ['relative to the scheme', '//evil.test/v1/x', null],
    ['with a user', 'http://user@HOST/v1/x', null],
    ['to nowhere', 'http://', null],
  ])('of a redirect %s is handed on, and followed by nobody', async (_, location, expected) => {
    const { origin } = scene.api
    const header = location
      .replace('ORIGIN', origin)
      .replace('ELSEWHERE', scene.elsewhere.origin)
      .replace('HOST', new URL(origin).host)
    for (const status of [301, 302, 303, 307, 308]) {
      scene.api.answer = (response) => response.writeHead(status, { location: header }).end()

      const answer = await scene.relay({ url: '/x' })

      expect(answer.status).toBe(status)
      expect(answer.headers.get('location')).toBe(expected === null ? null : origin + expected)
    }
    expect([scene.api.seen.length, scene.elsewhere.seen.length]).toEqual([5, 0])
  })

  test('says where something new is, wherever that is', async () => {
    scene.api.answer = (response) => response.writeHead(201, { location: 'https://cdn.test/7' }).end()

    expect((await scene.relay({ method: 'POST', url: '/x' })).headers.get('location')).toBe('https://cdn.test/7')
  })

  test('to HEAD has no body', async () => {
    scene.api.answer = (response) => response.writeHead(200, { 'content-type': 'text/plain', etag: '"7"' }).end('text')

    const { status, text, headers } = await byPath('HEAD', 'x')

    expect([status, text, headers['etag']]).toEqual([200, '', '"7"'])
  })

  test('has not the token, however the API spells it', async () => {
    const token = await tokenOf()
    const spelled = (text: string) => [
      text,
      encodeURIComponent(text),
      JSON.stringify({ authorization: `Bearer ${text}` }),
      Buffer.from(`-${text}-`).toString('base64'),
      Buffer.from(text).toString('hex'),
    ]
    scene.api.answer = (response, { headers }) => {
      const [, sent = ''] = headers.authorization?.split(' ') ?? []
      response
        .writeHead(418, `I have ${sent.length}`, {
          'x-echo': `Bearer ${sent}`,
          'x-encoded': Buffer.from(sent).toString('base64'),
        })
        .end(spelled(sent).join('\n'))
    }

    const { status, text, headers } = await scene.relay({ url: '/x' })

    expect(status).toBe(418)
    expect(text.split('\n').map(({ length }) => length)).toEqual(spelled(token).map(({ length }) => length))
    for (const spelling of spelled(token)) expect(text + JSON.stringify([...headers])).not.toContain(spelling)
    expect(headers.get('x-echo')).toMatch(/^Bearer x+$/)
  })
})

describe('what cannot be sent is refused, and said to be refused here', () => {
  const refused = async (body: Json, by = scene.caller) => {
    const answer = await scene.relay(body, by)
    expect(scene.api.seen).toEqual([])
    const [field] = answer.body.errorFields
    return [answer.status, answer.headers.get('x-grantkeeper-error'), field?.name, field?.message]
  }

  test.each<[Json, string, string]>([
    [{}, 'url', 'is required'],
    [{ url: 7 }, 'url', 'must be a string'],
    [{ url: '/a\nb' }, 'url', 'must hold no white space and no control characters: percent-encode them'],
    [{ url: '/x', method: 'CONNECT' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', method: 'TRACE' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', method: 'G ET' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', method: 'GET\r\nX: y' }, 'method', 'must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    [{ url: '/x', headers: [] }, 'headers', 'must be an object'],
    [{ url: '/x', headers: { Accept: 7 } }, 'headers.Accept', 'must be a string'],
    [
      { url: '/x', headers: { Accept: 'a\r\nX: b' } },
      'headers.Accept',
      'must be Latin-1 text without control characters',
    ],
    [{ url: '/x', headers: { Accept: 'a\0' } }, 'headers.Accept', 'must be Latin-1 text without control characters'],
    [{ url: '/x', headers: { Accept: '漢' } }, 'headers.Accept', 'must be Latin-1 text without control characters'],
    [{ url: '/x', headers: { x_user: 'a' } }, 'headers.x_user', 'has a name that is not allowed'],
    [{ url: '/x', headers: { 'Ac cept': 'a' } }, 'headers.Ac cept', 'has a name that is not allowed'],
    [{ url: '/x', headers: { 'A\r\nB': 'a' } }, 'headers.A\r\nB', 'has a name that is not allowed'],
    [{ url: '/x', headers: { Accept: 'a', accept: 'b' } }, 'headers', 'must name each header once'],
    [{ url: '/x', data: '\ud800' }, 'data', 'must be valid text; send bytes as base64'],
    [{ url: '/x', data: 'a b', dataEncoding: 'base64' }, 'data', 'must be base64'],
    [{ url: '/x', data: 'abcde', dataEncoding: 'base64' }, 'data', 'must be base64'],
    [{ url: '/x', data: {}, dataEncoding: 'base64' }, 'data', 'must be base64'],
    [{ url: '/x', data: 'YQ==', dataEncoding: 'hex' }, 'dataEncoding', 'must be one of base64'],
  ])('%j', async (body, name, message) => {
    expect(await refused(body)).toEqual([422, 'invalidRequest', name, message])
  })

  test('data that is nested deeper than it can be written', async () => {
    const deep = `{"url":"/x","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`

    expect(await refused(deep)).toEqual([422, 'invalidRequest', 'data', 'is nested too deep'])
  })

  test('without a connection', async () => {
    const other = await aCaller(scene.grantkeeper, { user: 'nobody' })

    expect(await refused({ url: '/x' }, other)).toEqual([404, 'grantNotFound', undefined, undefined])
  })

  test('to an integration that there is not', async () => {
    const answer = await scene.caller.request('POST', '//api/integrations/none/request', { url: '/x' })

    expect([answer.status, answer.headers.get('x-grantkeeper-error')]).toEqual([404, 'providerNotFound'])
  })

  test('to a provider without an API', async () => {
    const provider = await aProvider(scene.grantkeeper, { name: 'Bare' })
    await aGrant(scene.caller, provider.id)

    const answer = await scene.caller.request('POST', `//api/integrations/${provider.id}/request`, { url: '/x' })

    expect([answer.status, answer.headers.get('x-grantkeeper-error')]).toEqual([409, 'noApiBaseUri'])
  })

  test('by a provider that is switched off', async () => {
    const admin = await anAdmin(scene.grantkeeper)
    await admin.patch(`/providers/${scene.provider.id}/`, { status: 'disabled' })

    const outcome = await refused({ url: '/x' })
    await admin.patch(`/providers/${scene.provider.id}/`, { status: 'active' })

    expect(outcome).toEqual([403, 'providerUnusable', undefined, undefined])
  })

  test('without a token of the organization', async () => {
    const answer = await rawRequest(scene.grantkeeper.url, 'GET', `${scene.path.slice(1)}/request/x`)

    expect([answer.status, answer.headers['x-grantkeeper-error']]).toEqual([401, 'unauthorized'])
  })
})
