import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openGateway } from '../../lib/local/gateway/gateway.ts'
import { anApi, aRoute, bodyOf, sendRaw, startApi } from './gateway-support.ts'

const routes = [
  aRoute('GET', '/echo'),
  aRoute('POST', '/echo'),
  aRoute('GET', '/echo/{id}'),
  aRoute('POST', '/say', 'say'),
  aRoute('HEAD', '/head'),
]
let text: Awaited<ReturnType<typeof startApi>>
let binary: Awaited<ReturnType<typeof startApi>>

beforeAll(async () => {
  text = await startApi(anApi({ routes, binaryMediaTypes: ['image/png'] }))
  binary = await startApi(anApi({ routes, binaryMediaTypes: ['*/*'] }))
})
afterAll(async () => {
  await text.stop()
  await binary.stop()
})

const echoed = async (path: string, init?: RequestInit) => {
  const response = await fetch(text.url + path, init)
  return (await response.json()) as Record<string, unknown>
}

describe('the proxy event', () => {
  test('has every field of format 1.0', async () => {
    const event = await echoed('/echo/a%2Bb/?x=1', { headers: { 'User-Agent': 'test-agent' } })

    expect(event).toEqual({
      resource: '/echo/{id}',
      path: '/echo/a%2Bb/',
      httpMethod: 'GET',
      headers: expect.objectContaining({ 'User-Agent': 'test-agent', 'X-Forwarded-For': '127.0.0.1' }),
      multiValueHeaders: expect.objectContaining({ 'User-Agent': ['test-agent'] }),
      queryStringParameters: { x: '1' },
      multiValueQueryStringParameters: { x: ['1'] },
      pathParameters: { id: 'a%2Bb' },
      stageVariables: null,
      requestContext: {
        accountId: '000000000000',
        apiId: 'api1',
        deploymentId: 'local',
        domainName: new URL(text.url).host,
        domainPrefix: '127',
        extendedRequestId: expect.stringMatching(/=$/),
        httpMethod: 'GET',
        identity: {
          accessKey: null,
          accountId: null,
          caller: null,
          cognitoAuthenticationProvider: null,
          cognitoAuthenticationType: null,
          cognitoIdentityId: null,
          cognitoIdentityPoolId: null,
          principalOrgId: null,
          sourceIp: '127.0.0.1',
          user: null,
          userAgent: 'test-agent',
          userArn: null,
        },
        path: '/v1/echo/a%2Bb/',
        protocol: 'HTTP/1.1',
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        requestTimeEpoch: expect.any(Number),
        resourceId: expect.any(String),
        resourcePath: '/echo/{id}',
        stage: 'v1',
      },
      body: null,
      isBase64Encoded: false,
    })
  })

  test.each([
    ['', null, null],
    ['?', null, null],
    ['?ids=a&ids=b', { ids: 'b' }, { ids: ['a', 'b'] }],
    ['?q=a+b%20c%2Bd&empty=&none', { q: 'a b c+d', empty: '', none: '' }, { q: ['a b c+d'], empty: [''], none: [''] }],
    ['?bad=%zz&half=%E4', { bad: '%zz', half: '\ufffd' }, { bad: ['%zz'], half: ['\ufffd'] }],
    ['?a=1;b=2', { a: '1', b: '2' }, { a: ['1'], b: ['2'] }],
    ['?a=b=c&u=%C3%BC', { a: 'b=c', u: 'ü' }, { a: ['b=c'], u: ['ü'] }],
    ['?__proto__=1', JSON.parse('{"__proto__":"1"}'), JSON.parse('{"__proto__":["1"]}')],
  ])('decodes the query %p', async (query, single, multi) => {
    const event = await echoed(`/echo${query}`)

    expect(event.queryStringParameters).toEqual(single)
    expect(event.multiValueQueryStringParameters).toEqual(multi)
    expect(event.pathParameters).toBeNull()
  })

  test('keeps the case of headers, but for Authorization and User-Agent, and drops what ends at the gateway', async () => {
    const lines = [
      'tEsT-HEADeR: 1',
      'tEsT-HEADeR: 2',
      'authorization: Bearer x',
      'user-agent: raw',
      'Connection: close',
    ]

    const answer = await sendRaw(text.url, `GET /echo HTTP/1.1\r\nhOSt: localhost\r\n${lines.join('\r\n')}\r\n\r\n`)

    const { headers, multiValueHeaders } = bodyOf(answer)
    expect(headers).toEqual({
      hOSt: 'localhost',
      'tEsT-HEADeR': '2',
      Authorization: 'Bearer x',
      'User-Agent': 'raw',
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Port': new URL(text.url).port,
      'X-Forwarded-Proto': 'http',
    })
    expect(multiValueHeaders['tEsT-HEADeR']).toEqual(['1', '2'])
  })

  test.each([
    ['//echo//', '/echo//', '/v1//echo//'],
    ['/echo/', '/echo/', '/v1/echo/'],
    ['http://elsewhere/echo?x=1', '/echo', '/v1/echo'],
  ])('has the path %s as sent', async (target, path, contextPath) => {
    const answer = await sendRaw(text.url, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)

    expect(bodyOf(answer)).toMatchObject({ resource: '/echo', path, requestContext: { path: contextPath } })
  })

  test.each([
    ['text', 'text/plain', 'grüße', false],
    ['text', 'image/png; a=b', Buffer.from('grüße').toString('base64'), true],
    ['binary', 'application/json', Buffer.from('grüße').toString('base64'), true],
  ])('has a body, for the %s API as %s', async (api, contentType, body, isBase64Encoded) => {
    const { url } = api === 'text' ? text : binary

    const response = await fetch(`${url}/echo`, {
      method: 'POST',
      headers: { 'Content-Type': contentType },
      body: 'grüße',
    })

    expect(await response.json()).toMatchObject({ body, isBase64Encoded })
  })
})

describe('the answer of a function', () => {
  const say = (result: unknown, headers: Record<string, string> = {}, url = text.url) =>
    fetch(`${url}/say`, { method: 'POST', body: JSON.stringify(result), headers })

  test('reaches the client with status, headers and body', async () => {
    const response = await say({
      statusCode: 201,
      headers: { 'X-One': 'a', 'x-two': 'solo', 'X-Same': 's', 'Content-Type': 'text/plain', 'X-Bool': true },
      multiValueHeaders: { 'X-Two': ['multi'], 'X-Same': ['s'], 'Set-Cookie': ['a=1', 'b=2'] },
      body: 'hello',
    })

    expect(response.status).toBe(201)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain',
      'x-one': 'a',
      'x-two': 'multi, solo',
      'x-same': 's',
      'x-bool': 'true',
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await response.text()).toBe('hello')
  })

  test('is JSON unless it says otherwise, and needs no body', async () => {
    const response = await say({ statusCode: '204' })

    expect(response.status).toBe(204)
    expect(response.headers.get('content-type')).toBe('application/json')
  })

  test('has the headers the gateway keeps for itself under another name', async () => {
    const headers = { 'WWW-Authenticate': 'Bearer', Date: 'never', 'Content-Length': '1', 'Transfer-Encoding': 'gzip' }

    const response = await say({ statusCode: 401, headers, body: 'whole' })

    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-amzn-remapped-www-authenticate': 'Bearer',
      'x-amzn-remapped-date': 'never',
      'x-amzn-remapped-content-length': '1',
      'content-length': '5',
    })
    expect(await response.text()).toBe('whole')
  })

  test.each([
    ['text', undefined, 'YWJj'],
    ['text', 'image/png', 'abc'],
    ['binary', undefined, 'abc'],
  ])('in base64 is decoded where the %s API takes %s for binary', async (api, accept, body) => {
    const { url } = api === 'text' ? text : binary
    const result = { statusCode: 200, body: 'YWJj', isBase64Encoded: true }

    const response = await say(result, accept ? { accept } : {}, url)

    expect(await response.text()).toBe(body)
  })

  test.each([
    ['no object', 'text'],
    ['null', null],
    ['an array', []],
    ['without a status', { body: 'x' }],
    ['a status in words', { statusCode: 'abc' }],
    ['a status out of range', { statusCode: 600 }],
    ['a status that is not final', { statusCode: 101 }],
    ['a broken status', { statusCode: 200.5 }],
    ['an object as body', { statusCode: 200, body: {} }],
    ['a list as header', { statusCode: 200, headers: { a: ['b'] } }],
    ['a scalar among the lists', { statusCode: 200, multiValueHeaders: { a: 'b' } }],
    ['a header with a line break', { statusCode: 200, headers: { a: 'b\r\nc: d' } }],
    ['an unknown field', { statusCode: 200, cookies: [] }],
    ['isBase64Encoded in words', { statusCode: 200, isBase64Encoded: 'yes' }],
  ])('malformed (%s) is an internal server error', async (_, result) => {
    const response = await say(result)

    expect(response.status).toBe(502)
    expect(response.headers.get('x-amzn-errortype')).toBe('InternalServerErrorException')
    expect(await response.json()).toEqual({ message: 'Internal server error' })
  })

  test('that says base64 and is not is an error of configuration', async () => {
    const response = await say({ statusCode: 200, body: '{"a":1}', isBase64Encoded: true }, {}, binary.url)

    expect(response.status).toBe(500)
  })

  test('to HEAD has the length of its body and not the body', async () => {
    const answer = await sendRaw(text.url, 'HEAD /head HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')

    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer).toMatch(/content-length: [1-9]/i)
    expect(answer).toMatch(/\r\n\r\n$/)
  })
})

describe('the gateway', () => {
  test('answers 503 until it has an API to serve', async () => {
    const gateway = await openGateway({ port: 0 })

    const response = await fetch(`${gateway.url}/echo`, { method: 'POST', body: 'x' })

    expect(response.status).toBe(503)
    await gateway.close()
  })

  test('names the port that is taken', async () => {
    const port = Number(new URL(text.url).port)

    await expect(openGateway({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use by another program`)
  })

  test('closed, it ends idle connections and takes no new ones', async () => {
    const gateway = await openGateway({ port: 0 })
    await (await fetch(gateway.url)).text()

    await gateway.close()

    await expect(fetch(gateway.url)).rejects.toThrow('fetch failed')
  })
})
