import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { evaluate, parsePolicy } from '../../lib/local/gateway/policy.ts'
import type { AuthorizerDefinition } from '../../lib/local/model.ts'
import { anApi, aRoute, startApi } from './gateway-support.ts'

const HEADER = 'method.request.header.Authorization'
let api: Awaited<ReturnType<typeof startApi>>

beforeAll(async () => {
  const guarded = (path: string, identitySources: string[], ttlSeconds: number) => {
    const authorizer: AuthorizerDefinition = { functionId: 'authorize', isPermitted: true, identitySources, ttlSeconds }
    return { ...aRoute('GET', path), authorizer }
  }
  const open = guarded('/forbidden', [], 0)
  const forbidden = { ...open, authorizer: { ...open.authorizer, isPermitted: false } }
  api = await startApi(
    anApi({
      routes: [
        guarded('/cached/{id}', [HEADER], 60),
        guarded('/brief', [HEADER], 0.001),
        guarded('/fresh', [HEADER], 0),
        guarded('/open', [], 0),
        guarded('/two', [HEADER, 'method.request.querystring.org'], 60),
        forbidden,
      ],
    }),
  )
})
afterAll(() => api.stop())

const get = (path: string, headers: Record<string, string>) => fetch(api.url + path, { headers })
const authorizerOf = async (path: string, headers: Record<string, string>) => {
  const event = await (await get(path, headers)).json()
  return (event as { requestContext: { authorizer: Record<string, string> } }).requestContext.authorizer
}

test('an authorizer that does not let the API invoke it fails, and the gateway prints which', async () => {
  const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)

  const response = await get('/forbidden', {})

  expect([response.status, await response.json()]).toEqual([500, { message: null }])
  expect(print.mock.calls).toEqual([
    ['apigateway.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: authorize'],
  ])
  print.mockRestore()
})

describe('an authorizer', () => {
  test('is asked by a REQUEST event with empty maps', async () => {
    const { event } = await authorizerOf('/fresh/', { authorization: 'event' })

    expect(JSON.parse(event ?? '')).toEqual({
      type: 'REQUEST',
      methodArn: 'arn:aws:execute-api:us-east-1:000000000000:api1/v1/GET/fresh/',
      resource: '/fresh',
      path: '/fresh/',
      httpMethod: 'GET',
      headers: expect.objectContaining({ Authorization: 'event' }),
      multiValueHeaders: expect.objectContaining({ Authorization: ['event'] }),
      queryStringParameters: {},
      multiValueQueryStringParameters: {},
      pathParameters: {},
      stageVariables: {},
      requestContext: expect.objectContaining({ stage: 'v1', apiId: 'api1', path: '/v1/fresh/' }),
    })
  })

  test('hands its context on as text, with the principal', async () => {
    const authorizer = await authorizerOf('/fresh', { authorization: 'flat' })

    expect(authorizer).toEqual({
      asked: expect.stringMatching(/^\d+$/),
      text: 'org',
      number: '7',
      yes: 'true',
      principalId: 'flat',
      integrationLatency: expect.any(Number),
    })
  })

  test.each([
    ['unauthorized', 401, { message: 'Unauthorized' }],
    ['fails', 500, { message: null }],
    ['waits', 500, { message: null }],
    ['deny', 403, { Message: 'User is not authorized to access this resource with an explicit deny' }],
    ['silent', 403, { Message: 'User is not authorized to access this resource' }],
    ['nested', 500, { message: null }],
    ['nobody', 500, { message: null }],
    ['nothing', 500, { message: null }],
  ])('that says %p gives %i', async (token, status, body) => {
    const response = await get('/fresh', { authorization: token })

    expect(response.status).toBe(status)
    expect(await response.json()).toEqual(body)
  })

  test.each([
    ['/cached/1', {}],
    ['/fresh', {}],
    ['/two', { authorization: 'a' }],
    ['/two?org=1', {}],
    ['/two?org=', { authorization: 'a' }],
  ])('is not asked when %s misses an identity source', async (path, headers) => {
    const before = Number((await authorizerOf('/fresh', { authorization: 'count' })).asked)

    const response = await get(path, headers)

    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ message: 'Unauthorized' })
    expect(Number((await authorizerOf('/fresh', { authorization: 'count' })).asked)).toBe(before + 1)
  })

  test('without identity sources is asked about every request', async () => {
    const first = await authorizerOf('/open', {})
    const second = await authorizerOf('/open', {})

    expect(Number(second.asked)).toBe(Number(first.asked) + 1)
  })
})

describe('the answer of an authorizer', () => {
  test.each([
    ['is kept for the same identity', '/cached/1', 'k1', '/cached/2', 'k1', true],
    ['is kept in spite of another spelling of the path', '/cached/1', 'k2', '//cached/1/', 'k2', true],
    ['is not kept for another identity', '/cached/1', 'k3', '/cached/1', 'k4', false],
    ['is not kept without a time to live', '/fresh', 'k5', '/fresh', 'k5', false],
    ['is kept for each authorizer apart', '/cached/1', 'k6', '/two?org=1', 'k6', false],
    ['is kept for all identity sources together', '/two?org=1', 'k7', '/two?org=2', 'k7', false],
  ])('%s', async (_, path, token, otherPath, otherToken, same) => {
    const first = await authorizerOf(path, { authorization: token })

    const second = await authorizerOf(otherPath, { authorization: otherToken })

    expect(second.asked === first.asked).toBe(same)
  })

  test('is asked again when its time is over', async () => {
    const first = await authorizerOf('/brief', { authorization: 'brief' })
    await new Promise((resolve) => setTimeout(resolve, 20))

    const second = await authorizerOf('/brief', { authorization: 'brief' })

    expect(second.asked).not.toBe(first.asked)
  })

  test('kept, refuses the next route when it names only one', async () => {
    const first = await get('/cached/1', { authorization: 'exact' })
    const other = await get('/cached/2', { authorization: 'exact' })
    const whole = [
      await get('/cached/1', { authorization: 'stage' }),
      await get('/cached/2', { authorization: 'stage' }),
    ]

    expect([first.status, other.status]).toEqual([200, 403])
    expect(whole.map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('a policy', () => {
  const arn = 'arn:aws:execute-api:us-east-1:000000000000:api1/v1/GET/things/7'
  const allow = (Resource: unknown, Action: unknown = 'execute-api:Invoke') => ({ Effect: 'Allow', Action, Resource })

  test.each([
    ['allows its ARN', [allow(arn)], 'allow'],
    ['allows by *', allow('*'), 'allow'],
    ['allows across slashes', [allow('arn:aws:execute-api:*:*:api1/v1/*')], 'allow'],
    ['allows by ?', [allow(arn.replace('7', '?'))], 'allow'],
    ['allows one of several', [allow(['arn:other', arn])], 'allow'],
    ['allows by any action', [allow('*', '*')], 'allow'],
    ['allows by the action in other letters', [allow('*', ['Execute-API:invoke'])], 'allow'],
    ['says nothing to another method', [allow(arn.replace('GET', 'POST'))], 'none'],
    ['says nothing to a longer path', [allow(arn.slice(0, -2))], 'none'],
    ['says nothing by another action', [allow('*', 'lambda:InvokeFunction')], 'none'],
    ['takes a dot for a dot', [allow(arn.replace('things', 't.ings'))], 'none'],
    ['denies whatever allows', [allow('*'), { ...allow(arn), Effect: 'Deny' }], 'deny'],
  ])('%s', (_, Statement, effect) => {
    expect(evaluate(parsePolicy({ Version: '2012-10-17', Statement }), arn)).toBe(effect)
  })

  test.each([
    ['no statements', {}],
    ['no object', 'Allow'],
    ['another effect', { Statement: [{ ...allow('*'), Effect: 'allow' }] }],
    ['no resource', { Statement: [allow([])] }],
    ['a condition', { Statement: [{ ...allow('*'), Condition: {} }] }],
    ['NotResource', { Statement: [{ Effect: 'Allow', Action: '*', NotResource: 'x' }] }],
  ])('is refused with %s', (_, document) => {
    expect(() => parsePolicy(document)).toThrow()
  })
})
