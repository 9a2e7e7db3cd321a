import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { operations } from '../../../lib/contract/index.ts'
import type { Surface } from '../../../lib/contract/operation.ts'
import { Problem } from '../../../lib/domain/problem.ts'
import { authorizer } from '../../../lib/runtime/authorizer.ts'
import { logger } from '../../../lib/runtime/logger.ts'
import { render, renderProblem } from '../../../lib/runtime/render.ts'
import { type Issuer, startIssuer } from '../../runtime/issuer.ts'
import { builtStack } from '../support.ts'

vi.spyOn(logger, 'warn').mockReturnValue(undefined)
vi.spyOn(logger, 'error').mockReturnValue(undefined)

// What works on one machine and breaks on AWS, and how it would show here: what API Gateway does by itself.

const { api } = builtStack().read()

describe('trap 8: the bodies that API Gateway makes up fit no client', () => {
  test.each([
    ['UNAUTHORIZED', 401],
    ['ACCESS_DENIED', 403],
    ['MISSING_AUTHENTICATION_TOKEN', 404],
    ['REQUEST_TOO_LARGE', 413],
    ['BAD_REQUEST_BODY', 422],
    ['THROTTLED', 429],
    ['WAF_FILTERED', 403],
    ['INTEGRATION_TIMEOUT', 504],
    ['DEFAULT_4XX', undefined],
    ['DEFAULT_5XX', undefined],
  ])('%s is %s with a message and errorFields', (type, status) => {
    const { statusCode, templates } = api.responses[type] ?? {}

    expect(statusCode).toBe(status)
    expect(JSON.parse(templates?.['application/json'] ?? '')).toMatchObject({
      message: expect.stringMatching(/\w/),
      errorFields: [],
    })
  })
})

describe('the authorizer', () => {
  let issuer: Issuer
  beforeAll(async () => {
    issuer = await startIssuer()
  })
  afterAll(() => issuer.close())
  const anAuthorizer = () =>
    authorizer({ issuer: issuer.url, audience: 'grantkeeper', orgClaim: 'org_id', rolesClaim: 'roles' })
  const request = (token: string, route = 'GET/api/v2/externalOAuth/providers') =>
    ({
      type: 'REQUEST',
      methodArn: `arn:aws:execute-api:eu-central-1:111122223333:abc/v1/${route}`,
      headers: { Authorization: `Bearer ${token}` },
      multiValueHeaders: { Authorization: [`Bearer ${token}`] },
    }) as unknown as APIGatewayRequestAuthorizerEvent

  test('trap 9: a cached decision answers for every route, so that it must allow them all', async () => {
    const { policyDocument } = await anAuthorizer()(request(await issuer.token()))

    const [statement] = policyDocument.Statement as { Effect: string; Resource: string }[]
    const [prefix = ''] = statement?.Resource.split('*') ?? []
    expect(statement).toMatchObject({ Effect: 'Allow', Resource: expect.stringMatching(/\/v1\/\*$/) })
    for (const route of ['GET/api/v2/externalOAuth/jobs', 'DELETE/api/v2/externalOAuth/providers/x']) {
      expect(request('x', route).methodArn.startsWith(prefix)).toBe(true)
    }
  })

  test.each([
    ['no token at all', async () => 'x'],
    ['an expired token', () => issuer.token({ exp: 1 })],
    ['an unknown key', () => issuer.token({}, { kid: 'unknown' })],
    ['another audience', () => issuer.token({ aud: 'other' })],
  ])('trap 10: any word but Unauthorized is a 500: %s says just that', async (_, token) => {
    await expect(anAuthorizer()(request(await token()))).rejects.toThrow(/^Unauthorized$/)
  })

  test('trap 10: and an issuer that gives no keys is not the token’s fault: 503, with Retry-After', async () => {
    issuer.fail(503)

    await expect(anAuthorizer()(request(await issuer.token()))).rejects.not.toThrow(/^Unauthorized$/)

    issuer.fail()
    const { statusCode, headers } = api.responses.AUTHORIZER_FAILURE ?? {}
    expect([statusCode, headers?.['Retry-After']]).toEqual([503, '5'])
  })
})

/** What REST APIs rename to `x-amzn-Remapped-*` in a function's answer, or set themselves. */
const remapped =
  /^(authorization|connection|content-length|date|host|server|transfer-encoding|www-authenticate|content-md5|trailer|te|upgrade|user-agent|via|warning|max-forwards|expect|proxy-authenticate)$/i

const surfaces = [...new Set<Surface>(operations.map(({ surface }) => surface))]
const rendered = surfaces.flatMap((surface) => [
  render(surface, { status: 200, body: surface === 'pages' ? '<h1>Done</h1>' : { some: ['thing'] } }),
  render(surface, { status: 204 }),
  render(surface, { status: 202, body: {}, headers: { Location: 'https://api.example/jobs/1' } }),
  render(surface, { status: 200, body: new Uint8Array([0, 255]), headers: { 'content-type': 'image/png' } }),
  renderProblem(surface, new Problem('unauthorized')),
  renderProblem(surface, new Problem('invalidRequest')),
  renderProblem(surface, new Problem('backingOff', { retryAfterSeconds: 7 })),
])

test('trap 11: WWW-Authenticate of a function arrives under another name, so the gateway sets it', () => {
  for (const { headers } of rendered) {
    expect(Object.keys(headers ?? {}).filter((name) => remapped.test(name))).toEqual([])
  }
  expect(api.responses.UNAUTHORIZED?.headers).toMatchObject({ 'WWW-Authenticate': 'Bearer' })
})

test('trap 12: an answer of another shape is a 502: a whole status, a text, headers with one value each', () => {
  for (const { statusCode, body, headers = {}, isBase64Encoded, ...others } of rendered) {
    expect(Number.isInteger(statusCode)).toBe(true)
    expect(typeof body).toBe('string')
    expect(Object.values(headers).filter((value) => typeof value !== 'string')).toEqual([])
    // Bytes travel as text, and say so: the stage takes every type as bytes.
    expect(isBase64Encoded).toBe(headers['content-type'] === 'image/png' ? true : undefined)
    expect(others).toEqual({})
  }
  expect(rendered.filter(({ isBase64Encoded }) => isBase64Encoded).map(({ body }) => body)).toEqual(
    surfaces.map(() => 'AP8='),
  )
})
