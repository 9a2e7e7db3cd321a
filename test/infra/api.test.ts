import { beforeAll, describe, expect, test } from 'vitest'
import { fileName, operations, pathsOf } from '../../lib/contract/index.ts'
import { builtStack, type SynthesizedStack } from './support.ts'

let stack: SynthesizedStack
beforeAll(() => {
  stack = builtStack()
})

describe('the API', () => {
  test('has one function for every operation, with a method on each of its paths and aliases', () => {
    const { api, functions } = stack.read()

    const handlerOf = new Map(functions.map(({ logicalId, handler }) => [logicalId, handler]))
    const served = api.routes.map(({ method, path, functionId }) => `${method} ${path} ${handlerOf.get(functionId)}`)
    const declared = operations.flatMap((operation) =>
      pathsOf(operation).map(
        (path) =>
          `${operation.method} ${path.replace(/\/$/, '')} ${operation.surface}/${fileName(operation.id)}.handler`,
      ),
    )
    // And one for whatever path there is not.
    const unknown = ['/', '/{path+}'].map((path) => `GET ${path} gateway/unknown-path.handler`)
    expect(served.sort()).toEqual([...declared, ...unknown].sort())
    expect(new Set(handlerOf.values()).size).toBe(functions.length)
  })

  test('asks the authorizer on every path but those that are public', () => {
    const { api, functions } = stack.read()

    const functionId = functions.find(({ handler }) => handler === 'authorizer/authorize.handler')?.logicalId
    const byAuthorization = {
      functionId,
      identitySources: ['method.request.header.Authorization'],
      ttlSeconds: 60,
      isPermitted: true,
    }
    // Whichever header has the token: what cannot be told apart beforehand is not kept.
    const byEitherHeader = { functionId, identitySources: [], ttlSeconds: 0, isPermitted: true }
    const operationOf = new Map(
      operations.flatMap((operation) =>
        pathsOf(operation).map((path) => [`${operation.method} ${path.replace(/\/$/, '')}`, operation]),
      ),
    )
    for (const route of api.routes) {
      const { access, surface } = operationOf.get(`${route.method} ${route.path}`) ?? {}
      const authorizer = surface === 'externalAuth' ? byEitherHeader : byAuthorization
      const isOpen = access === 'public' || access === undefined
      expect(route.authorizer).toEqual(isOpen ? undefined : authorizer)
    }
  })

  test('has no empty path part', () => {
    for (const [, { Properties }] of stack.ofType('AWS::ApiGateway::Resource')) {
      expect(Properties.PathPart).toMatch(/^(\{\w+\+?\}|[\w.-]+)$/)
    }
  })

  test('is a regional REST API that takes bodies of every type', () => {
    const apis = stack.ofType('AWS::ApiGateway::RestApi').map(([, { Properties }]) => Properties)

    expect(apis).toEqual([
      {
        Name: expect.stringMatching(/^Grantkeeper-Api-\w+$/),
        BinaryMediaTypes: ['*/*'],
        EndpointConfiguration: { Types: ['REGIONAL'] },
      },
    ])
    expect(stack.text).not.toContain('AWS::ApiGatewayV2::')
  })

  test('leaves the logging role of the account alone', () => {
    expect(stack.ofType('AWS::ApiGateway::Account')).toEqual([])
  })

  test('has a stage that logs no request, throttled below what an account has in any region (2500, and 1250 at once)', () => {
    const [, stage] = stack.ofType('AWS::ApiGateway::Stage')[0] ?? []

    expect(stage?.Properties).toMatchObject({
      StageName: 'v1',
      MethodSettings: [
        {
          HttpMethod: '*',
          ResourcePath: '/*',
          DataTraceEnabled: false,
          ThrottlingRateLimit: 1000,
          ThrottlingBurstLimit: 1000,
        },
      ],
    })
    expect(JSON.stringify(stage)).not.toContain('LoggingLevel')
  })

  test('names the identity source of the authorizer that has one, and none for the other: not an empty one', () => {
    const sources = stack.ofType('AWS::ApiGateway::Authorizer').map(([, { Properties }]) => Properties)

    expect(sources.map((properties) => 'IdentitySource' in properties && properties.IdentitySource)).toEqual([
      'method.request.header.Authorization',
      false,
    ])
  })

  test('is the only one that may call the functions of its operations', () => {
    const { ref } = stack.resolve().physical(stack.ofType('AWS::ApiGateway::RestApi')[0]?.[0] ?? '')

    const permissions = stack.resolve().resources('AWS::Lambda::Permission') as [string, Record<string, string>][]
    const ofGateway = permissions.filter(([, { Principal }]) => Principal === 'apigateway.amazonaws.com')
    // One for each operation, one for each of the two authorizers, and that of unknown paths.
    expect(ofGateway).toHaveLength(operations.length + 3)
    for (const [, { SourceArn }] of ofGateway) {
      expect(SourceArn).toContain(`:execute-api:us-east-1:000000000000:${ref}/`)
    }
  })
})

describe('what API Gateway answers by itself', () => {
  const texts = { message: expect.stringMatching(/^\S.+/), errorFields: [], detail: expect.stringMatching(/^\S.+/) }

  test.each([
    ['ACCESS_DENIED', 403],
    ['API_CONFIGURATION_ERROR', 502],
    ['AUTHORIZER_CONFIGURATION_ERROR', 500],
    ['AUTHORIZER_FAILURE', 503],
    ['BAD_REQUEST_BODY', 422],
    ['BAD_REQUEST_PARAMETERS', 422],
    ['DEFAULT_4XX', undefined],
    ['DEFAULT_5XX', undefined],
    ['EXPIRED_TOKEN', 401],
    ['INTEGRATION_FAILURE', 502],
    ['INTEGRATION_TIMEOUT', 504],
    ['INVALID_API_KEY', 403],
    ['INVALID_SIGNATURE', 401],
    ['MISSING_AUTHENTICATION_TOKEN', 404],
    ['QUOTA_EXCEEDED', 429],
    ['REQUEST_TOO_LARGE', 413],
    ['RESOURCE_NOT_FOUND', 404],
    ['THROTTLED', 429],
    ['UNAUTHORIZED', 401],
    ['UNSUPPORTED_MEDIA_TYPE', 415],
    ['WAF_FILTERED', 403],
  ])('%s: status %s, a JSON body of every surface, not to be cached', (type, status) => {
    const response = stack.read().api.responses[type]

    expect(response?.statusCode).toBe(status)
    expect(Object.keys(response?.templates ?? {})).toEqual(['application/json'])
    expect(JSON.parse(response?.templates['application/json'] ?? '')).toEqual(texts)
    expect(response?.headers['Cache-Control']).toBe('no-store')
  })

  test('is complete', () => {
    expect(Object.keys(stack.read().api.responses)).toHaveLength(21)
  })

  test.each(['UNAUTHORIZED', 'EXPIRED_TOKEN', 'INVALID_SIGNATURE'])('%s carries the challenge', (type) => {
    expect(stack.read().api.responses[type]?.headers['WWW-Authenticate']).toBe('Bearer')
  })

  test.each(['THROTTLED', 'AUTHORIZER_FAILURE'])('%s says when to try again', (type) => {
    expect(stack.read().api.responses[type]?.headers['Retry-After']).toMatch(/^\d+$/)
  })
})
