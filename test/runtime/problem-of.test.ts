import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { SealBroken } from '../../lib/crypto/envelope.ts'
import { Problem, type ProblemCode, problems } from '../../lib/domain/problem.ts'
import { type Reason, reasons } from '../../lib/domain/reasons.ts'
import { UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { problemOf } from '../../lib/runtime/problem-of.ts'
import { render, renderProblem } from '../../lib/runtime/render.ts'

const named = (name: string, members: object = {}): Error =>
  Object.assign(new Error('canary-of-a-secret'), { name, ...members })

describe('an error that passes is 503, with a time to come back', () => {
  test.each([
    // DynamoDB
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
    'TransactionConflictException',
    'TransactionCanceledException',
    'TransactionInProgressException',
    'InternalServerError',
    // KMS
    'KMSInternalException',
    'DependencyTimeoutException',
    'KeyUnavailableException',
    'LimitExceededException',
    // SQS
    'RequestThrottled',
    'ThrottledException',
    'ServiceUnavailable',
    'InternalFailure',
    // the SDK itself
    'TimeoutError',
    'AbortError',
    'RequestTimeout',
  ])('%s', (name) => {
    expect(problemOf(named(name))).toMatchObject({ code: 'tryAgain', status: 503, retryAfterSeconds: 1 })
  })

  test.each<[string, Error]>([
    ['any answer of AWS that is its own failure', named('UnheardOf', { $metadata: { httpStatusCode: 500 } })],
    ['any that the SDK calls worth another try', named('UnheardOf', { $retryable: {} })],
    ['a connection that is refused', named('Error', { code: 'ECONNREFUSED' })],
    ['a connection that is cut', named('Error', { code: 'ECONNRESET' })],
    ['a name that cannot be resolved', named('Error', { code: 'ENOTFOUND' })],
    ['a pipe that is closed', named('Error', { code: 'EPIPE' })],
  ])('%s', (_, error) => {
    expect(problemOf(error).status).toBe(503)
  })

  test('also when the SDK itself has made it', () => {
    const error = new DynamoDBServiceException({
      name: 'ThrottlingException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    })

    expect(problemOf(error).status).toBe(503)
  })
})

describe('an error that should not be is 500', () => {
  test.each<[string, unknown, ProblemCode]>([
    ['a right that is missing', named('AccessDeniedException', { $metadata: { httpStatusCode: 400 } }), 'internal'],
    ['a request that is wrong', named('ValidationException', { $metadata: { httpStatusCode: 400 } }), 'internal'],
    ['a table that is missing', named('ResourceNotFoundException'), 'internal'],
    ['a key that is disabled', named('DisabledException'), 'internal'],
    ['a condition that nobody expected', named('ConditionalCheckFailedException'), 'internal'],
    ['a fault of ours', new TypeError('x is not a function'), 'internal'],
    ['an error of the file system', named('Error', { code: 'ENOENT' }), 'internal'],
    ['a failure of a provider that nobody has looked at', new UpstreamFailure('transient'), 'internal'],
    ['a name that only begins like one that passes', named('ThrottlingExceptionOfMine'), 'internal'],
    ['a broken seal', new SealBroken(), 'sealBroken'],
    ['a text', 'canary', 'internal'],
    ['nothing', undefined, 'internal'],
    ['null', null, 'internal'],
  ])('%s', (_, error, code) => {
    expect(problemOf(error)).toMatchObject({ code, status: 500 })
    expect(problemOf(error).retryAfterSeconds).toBeUndefined()
  })
})

describe('an answer that is an error', () => {
  test('is the problem itself where there is one', () => {
    const problem = new Problem('slugTaken')

    expect(problemOf(problem)).toBe(problem)
  })

  test.each(Object.keys(problems) as ProblemCode[])('%s has its status and its sentence, and nothing else', (code) => {
    const problem = new Problem(code, { cause: named('Canary', { stack: 'canary' }) })

    const { statusCode, headers, body } = renderProblem('externalOAuth', problem)

    const [status, message, error]: readonly [number, string, string?] = problems[code]
    expect([statusCode, JSON.parse(body)]).toEqual([status, { message, errorFields: [], ...(error && { error }) }])
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    expect('Retry-After' in (headers ?? {})).toBe(problems[code][0] === 503)
  })

  test.each<[string, unknown]>([
    ['an error of AWS', named('ThrottlingException')],
    ['an error of ours', named('TypeError')],
    ['an error with a cause', new Error('canary', { cause: new Error('canary') })],
    ['a text', 'canary'],
    ['a broken seal', new SealBroken()],
  ])('says nothing of what caused it: %s', (_, error) => {
    for (const surface of ['externalOAuth', 'pages'] as const) {
      const answer = JSON.stringify(renderProblem(surface, problemOf(error)))

      expect(answer).not.toMatch(/canary|\.ts|\bat /)
    }
  })

  test.each(Object.entries(reasons))('says why, where the caller may know: %s', (reason, [sentence, who]) => {
    const problem = new Problem('upstreamAnswer', { reason: reason as Reason })

    for (const surface of ['externalOAuth', 'integrations', 'connections'] as const) {
      const message = problems.upstreamAnswer[1]
      expect(JSON.parse(renderProblem(surface, problem).body)).toEqual(
        who === 'told' ? { message: `${message} ${sentence}`, errorFields: [], reason } : { message, errorFields: [] },
      )
    }
  })

  test.each(['externalOAuth', 'integrations', 'connections'] as const)(
    'has the provider’s own code on the surface %s, and none of its sentences',
    (surface) => {
      const codes = { error: 'redirect_uri_mismatch' }
      const cause = new UpstreamFailure('codeBad', { codes, message: 'canary' })
      const { body } = renderProblem(surface, new Problem('codeRefused', { cause, error: cause.error }))

      expect(JSON.parse(body)).toEqual({ message: problems.codeRefused[1], errorFields: [], ...codes })
    },
  )

  test('names every field that is wrong', () => {
    const fields = [{ name: 'slug', message: 'must not be empty' }]

    expect(JSON.parse(renderProblem('externalOAuth', new Problem('invalidRequest', { fields })).body)).toEqual({
      message: 'The request is not valid.',
      errorFields: fields,
    })
  })

  test('tells the time to come back in whole seconds', () => {
    const { headers } = renderProblem('externalOAuth', new Problem('backingOff', { retryAfterSeconds: 17 }))

    expect(headers?.['Retry-After']).toBe('17')
  })

  test('on a page is a page, without anything that could run', () => {
    const { headers, body } = renderProblem('pages', new Problem('internal'))

    expect(headers).toMatchObject({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
    expect(headers?.['Content-Security-Policy']).toContain("default-src 'none'")
    expect(body).not.toMatch(/<script|<img|javascript:|https?:/)
  })
})

describe('an answer that is a success', () => {
  test.each<[string, Parameters<typeof render>[1], string]>([
    ['a body', { status: 200, body: { a: 1 } }, '{"a":1}'],
    ['no body', { status: 204 }, ''],
    ['an empty list', { status: 200, body: [] }, '[]'],
  ])('has %s, and is kept by nobody', (_, reply, body) => {
    const answer = render('externalOAuth', reply)

    expect(answer).toMatchObject({ statusCode: reply.status, body })
    expect(answer.headers).toMatchObject({
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    })
  })
})
