import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { readRaw } from '../../lib/runtime/middleware/read-raw.ts'

/** A request as API Gateway hands it on: what the last parameter took, and the path with stage or base path in front. */
const sent = (path: string, whole: string, more: object = {}): APIGatewayProxyEvent =>
  ({
    httpMethod: 'GET',
    pathParameters: { id: 'demo', path },
    requestContext: { path: whole },
    multiValueHeaders: null,
    multiValueQueryStringParameters: null,
    body: null,
    isBase64Encoded: false,
    ...more,
  }) as unknown as APIGatewayProxyEvent

describe('the path of a request that is handed on', () => {
  test.each([
    ['files', '/v1/api/integrations/demo/request/files', 'files'],
    ['files', '/v1/api/integrations/demo/request/files/', 'files/'],
    ['a/b', '/v1/api/integrations/demo/request/a//b///', 'a//b///'],
    ['a/b', '/v1/api/integrations/demo/request//a/b', 'a/b'],
    ['request/x', '/base/path/api/integrations/demo/request/request/x', 'request/x'],
    ['a%2Fb/c%20d', '/v1/api/integrations/demo/request/a%2Fb/c%20d', 'a%2Fb/c%20d'],
    ['a.b/(c)*$', '/v1/api/integrations/demo/request/a.b/(c)*$/', 'a.b/(c)*$/'],
    // Should the gateway write the two in different ways, the parameter is what counts.
    ['a%2Bb', '/v1/api/integrations/demo/request/a+b/', 'a%2Bb'],
    ['..', '/v1/api/integrations/demo/request/..', '..'],
  ])('%s of %s is %s', (parameter, whole, path) => {
    expect(readRaw(sent(parameter, whole)).path).toBe(path)
  })
})

describe('the query of a request that is handed on', () => {
  test.each<[Record<string, string[]> | null, string]>([
    [null, ''],
    [{}, ''],
    [{ a: ['1', '2'], b: [''] }, '?a=1&a=2&b='],
    [{ 'a b': ['&=+#/?ü%'] }, '?a%20b=%26%3D%2B%23%2F%3F%C3%BC%25'],
    [{ a: ['\ud800'] }, '?a=%EF%BF%BD'],
  ])('of %j is %s', (parameters, query) => {
    expect(readRaw(sent('x', '/x', { multiValueQueryStringParameters: parameters })).query).toBe(query)
  })
})

test.each<[string | null, boolean, string | undefined]>([
  [null, false, undefined],
  ['', false, undefined],
  ['AP8=', true, '\0\xff'],
  ['AP8=', false, 'AP8='],
])('the body %j, in base64: %s, is its bytes', (body, isBase64Encoded, bytes) => {
  const raw = readRaw(sent('x', '/x', { body, isBase64Encoded }))

  expect(raw.body && Buffer.from(raw.body).toString('latin1')).toBe(bytes)
})

test('the headers are every line as it came', () => {
  const raw = readRaw(sent('x', '/x', { multiValueHeaders: { Accept: ['a', 'b'], 'X-One': ['1'] } }))

  expect(raw.headers).toEqual([
    ['Accept', 'a'],
    ['Accept', 'b'],
    ['X-One', '1'],
  ])
})
