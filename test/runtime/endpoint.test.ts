import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { type Access, defineOperation, type Surface } from '../../lib/contract/operation.ts'
import { idParam } from '../../lib/contract/schemas/fields.ts'
import { list, single, wholeNumber } from '../../lib/contract/schemas/query.ts'
import { remainingMs } from '../../lib/domain/deadline.ts'
import { invalid, Problem } from '../../lib/domain/problem.ts'
import { UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { logger } from '../../lib/runtime/logger.ts'
import { aContext, aRequest, member, type Sent } from './events.ts'

const info = vi.spyOn(logger, 'info').mockReturnValue(undefined)
const error = vi.spyOn(logger, 'error').mockReturnValue(undefined)
beforeEach(() => {
  info.mockClear()
  error.mockClear()
})

const row = <const A extends Access>(access: A, surface: Surface = 'externalOAuth') =>
  defineOperation({
    id: 'tryThings',
    surface,
    method: 'POST',
    path: '/things/{thingId}',
    access,
    summary: 'Tries things',
    params: z.object({ thingId: idParam }),
    query: z.object({ limit: single(wholeNumber(1, 10)), ids: list(z.string()) }),
    body: z.object({ name: z.string().min(1), size: z.int().optional() }),
    replies: { 200: z.unknown() },
    errors: [],
    grants: [],
  })

const good = { params: { thingId: 'one' }, body: { name: 'x' } }

/** Sends a request to an operation of this access, which answers what it was given. */
const send = async (sent: Sent = {}, access: Access = 'member', handle?: () => Promise<never>) => {
  const handler = endpoint(row(access))(handle ?? (async (given: unknown) => ({ status: 200 as const, body: given })))
  const { statusCode, body, headers } = await handler(aRequest({ ...good, ...sent }), aContext())
  return { status: statusCode, body: JSON.parse(body), headers: headers ?? {} }
}

describe('a handler gets', () => {
  test('what the request holds, checked and converted, and who calls', async () => {
    const { status, body } = await send({
      params: { thingId: 'a%7Eb' },
      query: { limit: ['5'], ids: ['a,b', 'c'] },
      body: { name: 'x', size: 3, unknown: true, orgId: 'globex' },
    })

    expect([status, body]).toEqual([
      200,
      {
        params: { thingId: 'a~b' },
        query: { limit: 5, ids: ['a', 'b', 'c'] },
        body: { name: 'x', size: 3 },
        caller: { orgId: 'acme', userId: 'grace', admin: false },
      },
    ])
  })

  test('nobody who calls, where anybody may', async () => {
    const { status, body } = await send({ authorizer: null }, 'public')

    expect([status, body.caller]).toEqual([200, undefined])
  })
})

describe('who calls is what the authorizer says, and nothing else', () => {
  const soon = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds)

  test.each<[string, Record<string, unknown>, Record<string, string[]>, object]>([
    ['a member', {}, {}, { userId: 'grace', orgId: 'acme', admin: false }],
    ['an admin', { roles: 'admin' }, {}, { userId: 'grace', orgId: 'acme', admin: true }],
    [
      'an admin who is a service',
      { roles: 'admin,service' },
      {},
      { userId: 'grace', orgId: 'acme', admin: true, service: true },
    ],
    ['no admin by half a word', { roles: 'administrator' }, {}, { userId: 'grace', orgId: 'acme', admin: false }],
    ['a token within its leeway', { exp: soon(-20) }, {}, { userId: 'grace', orgId: 'acme', admin: false }],
    [
      'a service for a user',
      { roles: 'service', userId: 'bot' },
      { 'X-On-Behalf-Of': ['auth0|x#y'] },
      { userId: 'auth0|x#y', orgId: 'acme', admin: false, actorId: 'bot' },
    ],
    [
      'a service that is an admin, for a user: without the rights of an admin',
      { roles: 'admin,service', userId: 'bot' },
      { 'x-on-behalf-of': ['heidi'] },
      { userId: 'heidi', orgId: 'acme', admin: false, actorId: 'bot' },
    ],
    [
      'no other header',
      {},
      { 'X-User-Id': ['evil'], 'X-Org-Id': ['globex'], 'X-Roles': ['admin'] },
      { userId: 'grace', orgId: 'acme', admin: false },
    ],
  ])('%s', async (_, changes, headers, caller) => {
    const { body } = await send({ authorizer: member(changes), headers })

    expect(body.caller).toEqual(caller)
  })

  test.each<[string, Record<string, unknown> | null]>([
    ['no authorizer', null],
    ['an authorizer that says nothing', {}],
    ['no user', member({ userId: '' })],
    ['no organization', member({ orgId: undefined })],
    ['no end', member({ exp: undefined })],
    ['an end that is no number', member({ exp: 'never' })],
    ['an end that is past', member({ exp: soon(-31) })],
  ])('with %s nobody is let in', async (_, authorizer) => {
    expect(await send({ authorizer })).toMatchObject({
      status: 401,
      body: { message: 'Unauthorized', errorFields: [] },
    })
  })

  test.each<[string, number, string, string[]]>([
    ['without the role', 403, '', ['heidi']],
    ['without the role, for itself', 403, '', ['grace']],
    ['for nobody', 422, 'service', ['']],
    ['for two', 422, 'service', ['heidi', 'grace']],
    ['for more than an id', 422, 'service', ['x'.repeat(256)]],
  ])('nobody acts for another %s: %i', async (_, status, roles, values) => {
    const sent = { authorizer: member({ roles }), headers: { 'X-On-Behalf-Of': values } }

    expect((await send(sent)).status).toBe(status)
  })
})

describe('the token is sent once, or twice the same', () => {
  const headers = (authorization: string[], session: string[]) => ({
    ...(authorization.length > 0 && { Authorization: authorization }),
    ...(session.length > 0 && { 'Coder-Session-Token': session }),
  })

  test.each<[Surface, string[], string[], number]>([
    ['externalOAuth', ['Bearer a.b.c'], [], 200],
    ['externalOAuth', ['Bearer a.b.c', 'Bearer a.b.c'], [], 401],
    // A header of another surface says nothing here.
    ['externalOAuth', ['Bearer a.b.c'], ['x.y.z'], 200],
    ['externalAuth', ['Bearer a.b.c'], [], 200],
    ['externalAuth', [], ['a.b.c'], 200],
    ['externalAuth', ['bearer  a.b.c'], ['a.b.c'], 200],
    ['externalAuth', ['Bearer a.b.c'], ['x.y.z'], 401],
    ['externalAuth', ['Bearer a.b.c'], [''], 401],
    ['externalAuth', ['Bearer a.b.c'], ['a.b.c', 'a.b.c'], 401],
    ['externalAuth', [], ['a.b.c', 'x.y.z'], 401],
  ])('on %s: Authorization %j, Coder-Session-Token %j: %i', async (surface, authorization, session, status) => {
    const handler = endpoint(row('member', surface))(async () => ({ status: 200 as const, body: {} }))

    const answer = await handler(aRequest({ ...good, headers: headers(authorization, session) }), aContext())

    expect(answer.statusCode).toBe(status)
  })
})

describe('an error has the body of its surface', () => {
  const answerOf = async (surface: Surface, problem: Problem) => {
    const handler = endpoint(row('member', surface))(() => Promise.reject(problem))
    return JSON.parse((await handler(aRequest(good), aContext())).body)
  }
  const message = 'The request is not valid.'

  test('surface 1: a message and the fields that are wrong', async () => {
    expect(await answerOf('externalOAuth', invalid('slug', 'is wrong'))).toEqual({
      message,
      errorFields: [{ name: 'slug', message: 'is wrong' }],
    })
  })

  test('surface 2: a message, its detail and the validations that failed', async () => {
    expect(await answerOf('externalAuth', invalid('slug', 'is wrong'))).toEqual({
      message,
      detail: message,
      validations: [{ field: 'slug', detail: 'is wrong' }],
    })
  })
})

describe('an operation', () => {
  test.each<[Access, string, number]>([
    ['member', '', 200],
    ['member', 'admin', 200],
    ['admin', '', 403],
    ['admin', 'service', 403],
    ['admin', 'admin', 200],
    ['adminOfKnown', '', 200],
    ['public', '', 200],
  ])('for %s answers the roles %j with %i', async (access, roles, status) => {
    expect((await send({ authorizer: member({ roles }) }, access)).status).toBe(status)
  })

  test('tells what is wrong with a request before what its caller lacks', async () => {
    expect((await send({ body: {} }, 'admin')).status).toBe(422)
  })

  test('tells who is unknown before what is wrong', async () => {
    expect((await send({ body: {}, authorizer: null }, 'admin')).status).toBe(401)
  })

  test('names everything that is wrong at once, each thing once', async () => {
    const sent = { params: { thingId: 'a b' }, query: { limit: ['x'], ids: ['a'] }, body: { name: '', size: 'big' } }

    const { status, body } = await send(sent)

    expect([status, body]).toEqual([
      422,
      {
        message: 'The request is not valid.',
        errorFields: [
          { name: 'thingId', message: 'must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -' },
          { name: 'limit', message: 'must be a whole number from 1 to 10' },
          { name: 'name', message: 'must not be empty' },
          { name: 'size', message: 'must be a number' },
        ],
      },
    ])
  })

  test.each<[string, Sent, string]>([
    ['a path that is not encoded right', { params: { thingId: '%E0%A4%A' } }, 'thingId'],
    ['a path that is encoded twice', { params: { thingId: 'a%252Fb' } }, 'thingId'],
    ['a path that hides a slash', { params: { thingId: 'a%2Fb' } }, 'thingId'],
    ['a parameter given twice', { query: { limit: ['1', '2'] } }, 'limit'],
    ['no body', { body: undefined }, 'body'],
    ['a body that is a list', { body: [] }, 'body'],
    ['a body that is null', { body: null }, 'body'],
  ])('refuses %s', async (_, sent, name) => {
    const { status, body } = await send(sent)

    expect([status, body.errorFields[0]?.name]).toEqual([422, name])
  })
})

describe('whatever a handler throws becomes an answer', () => {
  test.each<[string, unknown, number]>([
    ['a problem', new Problem('slugTaken'), 409],
    ['an error that passes', Object.assign(new Error('canary'), { name: 'ThrottlingException' }), 503],
    ['an error of ours', new TypeError('canary'), 500],
    ['a text', 'canary', 500],
    ['nothing', undefined, 500],
  ])('%s', async (_, thrown, status) => {
    const answer = await send({}, 'member', () => Promise.reject(thrown))

    expect(answer).toMatchObject({ status, body: { message: expect.any(String), errorFields: [] } })
    expect(JSON.stringify(answer)).not.toContain('canary')
    expect(JSON.stringify([info.mock.calls, error.mock.calls])).not.toContain('canary')
  })

  test('and a line of the log, which says who and what and no more', async () => {
    await send({ body: { name: 'canary' }, query: { ids: ['canary'] }, headers: { Authorization: ['Bearer canary'] } })
    await send({}, 'member', () => Promise.reject(new TypeError('x')))

    const line = { operation: 'tryThings', requestId: 'request-1', orgId: 'acme', userId: 'grace' }
    expect(info.mock.calls).toEqual([['request answered', { ...line, status: 200 }]])
    expect(error.mock.calls).toEqual([
      ['request failed', expect.objectContaining({ ...line, status: 500, error: 'TypeError' })],
    ])
  })
})

describe('why it was refused', () => {
  const lines: string[] = []
  beforeEach(() => {
    lines.length = 0
    vi.stubEnv('DEPLOYMENT', 'Connections-Grantkeeper')
    vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0)
  })
  afterEach(() => {
    vi.mocked(process.stdout.write).mockRestore()
    vi.unstubAllEnvs()
  })
  const counted = () => lines.map((line) => JSON.parse(line)).flatMap(({ Reason }) => Reason ?? [])

  const failure = new UpstreamFailure('badAnswer', {
    codes: { error: 'invalid_scope', subErrors: ['AADSTS1'] },
    status: 400,
    message: 'canary',
  })
  test.each<[string, Problem, object, string[]]>([
    ['is the code of the problem', new Problem('issuerRefused'), { reason: 'issuerRefused' }, ['issuerRefused']],
    [
      'is more than that where more is known, also what the caller is not told',
      new Problem('stateRefused', { reason: 'stateOfAnotherUser' }),
      { reason: 'stateOfAnotherUser' },
      ['stateOfAnotherUser'],
    ],
    [
      'has the codes of the provider beside it, and no sentence of its',
      new Problem('codeRefused', { cause: failure }),
      { reason: 'codeRefused', upstream: { status: 400, error: 'invalid_scope', subErrors: ['AADSTS1'] } },
      ['codeRefused'],
    ],
    ['is not counted for what is only wrong in a request', new Problem('slugTaken'), { reason: 'slugTaken' }, []],
  ])('%s', async (_, problem, line, metrics) => {
    await send({}, 'member', () => Promise.reject(problem))

    expect(info.mock.calls).toEqual([['request answered', expect.objectContaining(line)]])
    expect(counted()).toEqual(metrics)
    expect(JSON.stringify(info.mock.calls)).not.toContain('canary')
  })

  test('is known of a flow that ends at a page of the application, too', async () => {
    const reply = { status: 200, body: {}, reason: 'stateExpired' } as never

    const answer = await send({}, 'member', () => Promise.resolve(reply))

    expect(JSON.stringify(answer)).not.toContain('stateExpired')
    expect(info.mock.calls).toEqual([['request answered', expect.objectContaining({ reason: 'stateExpired' })]])
    expect(counted()).toEqual(['stateExpired'])
  })

  test.each<[string, Sent]>([
    ['jwtExpired', { authorizer: member({ exp: '1' }) }],
    ['jwtMissing', { authorizer: null }],
    ['jwtAmbiguous', { headers: { Authorization: ['Bearer a', 'Bearer b'] } }],
  ])('is %s where the decision about a token does not hold for the request', async (reason, sent) => {
    await send(sent)

    expect(info.mock.calls).toEqual([['request answered', expect.objectContaining({ status: 401, reason })]])
  })
})

describe('a request has', () => {
  const remaining = async (elapsedMs: number, ofFunction: number): Promise<number> => {
    let left = Number.NaN
    const handler = endpoint(row('member'))(async () => {
      left = remainingMs()
      return { status: 200, body: {} }
    })
    await handler(aRequest({ ...good, elapsedMs }), aContext(ofFunction))
    return left
  }

  test.each([
    ['27 seconds', 0, 60_000, 27_000],
    ['what is left of them since the gateway received it', 5_000, 60_000, 22_000],
    ['no more than its function has, less a moment to answer in', 0, 10_000, 9_500],
    ['nothing when it waited too long', 40_000, 60_000, 0],
    ['no more by a clock that is behind', -60_000, 60_000, 27_000],
  ])('%s: after %i ms of a function with %i ms', async (_, elapsedMs, ofFunction, expected) => {
    const left = await remaining(elapsedMs, ofFunction)

    expect(left).toBeLessThanOrEqual(expected)
    expect(left).toBeGreaterThanOrEqual(Math.max(0, expected - 1_000))
  })
})
