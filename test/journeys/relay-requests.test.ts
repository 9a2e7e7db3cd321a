import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Json } from '../support/grantkeeper.ts'
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
