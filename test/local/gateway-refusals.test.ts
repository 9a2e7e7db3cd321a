import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { GatewayError } from '../../lib/local/gateway/gateway-error.ts'
import { gatewayResponse } from '../../lib/local/gateway/gateway-response.ts'
import type { GatewayResponseDefinition } from '../../lib/local/model.ts'
import { anApi, aRoute, sendRaw, startApi } from './gateway-support.ts'

const MIB = 1024 * 1024
let api: Awaited<ReturnType<typeof startApi>>

beforeAll(async () => {
  const slow = { ...aRoute('GET', '/slow', 'slow'), timeoutMs: 300 }
  const forbidden = { ...aRoute('GET', '/forbidden', 'echo'), isPermitted: false }
  const routes = [
    aRoute('POST', '/echo'),
    aRoute('GET', '/fail', 'fail'),
    slow,
    aRoute('GET', '/patient', 'slow'),
    forbidden,
  ]
  api = await startApi(anApi({ routes }))
})
afterAll(() => api.stop())

/** How many invocations the slow function had finished, with this one. */
async function finishedAt(path: string): Promise<number> {
  const response = await fetch(api.url + path)
  return ((await response.json()) as { finished: number }).finished
}

describe('the gateway answers by itself', () => {
  test.each([
    ['an unknown route', 'GET', '/none', 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    ['another method', 'PUT', '/echo', 403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    ['a function that fails', 'GET', '/fail', 502, 'InternalServerErrorException', 'Internal server error'],
    ['a pipe in the query', 'GET', '/fail?a=b|c', 400, 'BadRequestException', 'Bad Request'],
  ])('%s', async (_, method, path, status, errorType, message) => {
    const response = await fetch(api.url + path, { method })

    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-amzn-errortype': errorType,
      'x-amzn-requestid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(await response.json()).toEqual({ message })
  })

  test('a function that does not let the API invoke it, and prints which', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)

    const response = await fetch(`${api.url}/forbidden`)

    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal server error' }])
    expect(print.mock.calls).toEqual([
      ['apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: echo'],
    ])
    print.mockRestore()
  })

  test.each([
    ['the gateway', () => 'x'.repeat(11 * MIB)],
    ['the gateway, without a length', () => new Blob(['x'.repeat(11 * MIB)]).stream()],
    ['Lambda', () => 'x'.repeat(6.1 * MIB)],
  ])('a body too large for %s', async (_, body) => {
    const response = await fetch(`${api.url}/echo`, { method: 'POST', body: body(), duplex: 'half' } as RequestInit)

    expect(response.status).toBe(413)
    expect(await response.json()).toEqual({ message: 'Request Too Long' })
  })

  test.each([
    [9_000, 200],
    [10_241, 431],
    [20_000, 431],
  ])('headers of %i bytes with %i', async (bytes, status) => {
    const response = await fetch(`${api.url}/patient`, { headers: { 'X-Long': 'x'.repeat(bytes) } })

    expect(response.status).toBe(status)
  })

  test('after the time of the integration, which goes on in its environment', async () => {
    const before = await finishedAt('/patient')

    const response = await fetch(`${api.url}/slow?ms=500`)

    expect(response.status).toBe(504)
    expect(await response.json()).toEqual({ message: 'Endpoint request timed out' })
    expect(await finishedAt('/patient')).toBe(before + 2)
  })

  test('waiting for a free environment counts, and what gave up while it waited is never begun', async () => {
    const before = await finishedAt('/patient')
    const long = finishedAt('/patient?ms=800')
    await new Promise((resolve) => setTimeout(resolve, 50))

    const waited = await fetch(`${api.url}/slow`)

    expect(waited.status).toBe(504)
    expect(await long).toBe(before + 1)
    expect(await finishedAt('/patient')).toBe(before + 2)
  })
})

describe('a client cannot hurt the gateway', () => {
  test.each([
    ['that speaks no HTTP', 'HELLO\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['without a Host', 'GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'with two lengths',
      'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'with a length and chunks',
      'POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['asking for *', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 403 /],
    [
      'with a path that cannot be decoded',
      'GET /%zz%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 403 /,
    ],
  ])('%s', async (_, request, answer) => {
    expect(await sendRaw(api.url, request)).toMatch(answer)
  })

  test('that leaves amid its body, or before the answer: the invocation runs on', async () => {
    const before = await finishedAt('/patient')
    await leaveAfter('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
    await leaveAfter('GET /patient?ms=100 HTTP/1.1\r\nHost: localhost\r\n\r\n')

    const after = await finishedAt('/patient')

    expect(after).toBe(before + 2)
  })
})

/** Sends, gives the server a moment to take it, and resets the connection. */
function leaveAfter(text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () => {
      socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 50))
    })
    socket.on('close', () => resolve())
  })
}

describe('gateway responses', () => {
  const request = { id: 'req-1', extendedId: 'ext=', method: 'GET', path: '/x/' }
  const json = (template: string, rest: Partial<GatewayResponseDefinition> = {}): GatewayResponseDefinition => ({
    templates: { 'application/json': template },
    headers: {},
    ...rest,
  })

  test.each([
    ['UNAUTHORIZED', 401, '{"message":"Unauthorized"}'],
    ['ACCESS_DENIED', 403, '{"Message":"User is not authorized to access this resource"}'],
    ['AUTHORIZER_FAILURE', 500, '{"message":null}'],
    ['THROTTLED', 429, '{"message":"Too Many Requests"}'],
  ] as const)('%s as on AWS when the API has none', (name, status, body) => {
    const reply = gatewayResponse(anApi(), request, new GatewayError(name))

    expect(reply.status).toBe(status)
    expect(reply.body.toString()).toBe(body)
  })

  test.each([
    ['its own', { UNAUTHORIZED: json('own', { statusCode: 418 }), DEFAULT_4XX: json('default') }, 418, 'own'],
    ['DEFAULT_4XX with the status of AWS', { DEFAULT_4XX: json('default') }, 401, 'default'],
    ['DEFAULT_4XX with its status', { DEFAULT_4XX: json('default', { statusCode: 400 }) }, 400, 'default'],
    ['not DEFAULT_5XX', { DEFAULT_5XX: json('default') }, 401, '{"message":"Unauthorized"}'],
  ])('by type: %s', (_, responses, status, body) => {
    const reply = gatewayResponse(anApi({ responses }), request, new GatewayError('UNAUTHORIZED'))

    expect(reply.status).toBe(status)
    expect(reply.body.toString()).toBe(body)
  })

  test('fill their template from the context and bring their headers', () => {
    const template =
      '{"m":$context.error.messageString,"p":"$context.error.message","t":"$context.error.responseType","r":"$context.requestId","x":"$context.none"}'
    const responses = { ACCESS_DENIED: json(template, { headers: { 'WWW-Authenticate': 'Bearer' } }) }

    const reply = gatewayResponse(anApi({ responses }), request, new GatewayError('ACCESS_DENIED', 'not "you"'))

    expect(reply.body.toString()).toBe('{"m":"not \\"you\\"","p":"not "you"","t":"ACCESS_DENIED","r":"req-1","x":""}')
    expect(reply.headers).toContainEqual(['WWW-Authenticate', 'Bearer'])
  })
})
