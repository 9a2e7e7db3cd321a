import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { NamedType, ProviderSettings } from '../../lib/domain/providers/provider.ts'
import { catalogue } from '../../lib/oauth/catalogue/catalogue.ts'
import { failureOf as classify, retryAfterSeconds } from '../../lib/oauth/failure.ts'
import { failureCodes } from '../../lib/oauth/failure-codes.ts'
import { closedPort } from './outbound-provider.ts'
import { aClientAt, answer, asked, failureOf, lastRequest, startProvider, type Upstream } from './upstream.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startProvider()
})
afterAll(() => upstream?.close())
beforeEach(() => upstream.reset())

const refresh = (origin = upstream.origin, settings: Partial<ProviderSettings> = {}) =>
  failureOf(asked.refresh(aClientAt(origin, settings), 'the_refresh_token', []))

type Row = [string, ...Parameters<typeof answer>]

describe('a refused token request means that', () => {
  test.each<Row>([
    ['the standard says so', 400, { error: 'invalid_grant' }],
    ['Atlassian says so with 403', 403, { error: 'invalid_grant', error_description: 'refresh_token is invalid' }],
    ['the standard says so with 401', 401, { error: 'invalid_grant' }],
    [
      'GitHub says so with 200',
      200,
      { error: 'bad_refresh_token', error_description: 'The refresh token passed is incorrect' },
    ],
    [
      'GitHub says so in a form',
      200,
      'error=bad_refresh_token',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['Slack says so', 200, { ok: false, error: 'invalid_refresh_token' }],
    ['Slack says so of an expired token', 200, { ok: false, error: 'token_expired' }],
    ['Slack says so of a revoked token', 200, { ok: false, error: 'token_revoked' }],
    [
      'GitLab says so in its challenge as well',
      400,
      { error: 'invalid_grant' },
      { 'www-authenticate': 'Bearer realm="Doorkeeper", error="invalid_grant", error_description="x"' },
    ],
    [
      'a server says so in its challenge only',
      400,
      '',
      { 'www-authenticate': 'Bearer realm="x", error="invalid_grant"' },
    ],
    ['Microsoft says so', 400, { error: 'invalid_grant', suberror: 'bad_token', error_codes: [700082] }],
    ['a server says so in an object', 400, { error: { code: 'invalid_grant', message: 'Refresh token expired' } }],
    ['Fitbit says so in a list', 400, { errors: [{ errorType: 'invalid_grant', message: 'Refresh token invalid' }] }],
    ['a server says so in a form without a type', 400, 'error=invalid_grant&error_description=expired'],
  ])('the grant is dead: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh()).toMatchObject({ failure: 'grantDead', outcomeUnknown: false })
  })

  test.each<Row>([
    ['Google wants a new login', 400, { error: 'invalid_grant', error_subtype: 'invalid_rapt' }],
    ['Google says so at once', 400, { error: 'invalid_rapt' }],
    ["Google's admin forbids it", 400, { error: 'admin_policy_enforced' }],
    ['Microsoft wants an interaction', 400, { error: 'interaction_required', suberror: 'basic_action' }],
    ['Microsoft wants a second factor', 400, { error: 'invalid_grant', suberror: 'additional_action' }],
    ['Microsoft has something to tell', 400, { error: 'invalid_grant', suberror: 'message_only' }],
    ['Microsoft wants a new password', 400, { error: 'invalid_grant', suberror: 'user_password_expired' }],
    ['Microsoft wants consent', 400, { error: 'invalid_grant', suberror: 'consent_required' }],
    ['Microsoft has claims to ask for', 400, { error: 'invalid_grant', claims: '{"access_token":{}}' }],
    ['a server asks for consent', 400, { error: 'consent_required' }],
    ['a server asks for a login', 400, { error: 'login_required' }],
  ])('the user is needed: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh()).toMatchObject({ failure: 'needsUser', outcomeUnknown: false })
  })

  test.each<Row>([
    ['GitHub says so', 200, { error: 'bad_verification_code' }],
    ['GitHub does not know the redirect URI', 200, { error: 'redirect_uri_mismatch' }],
    ['Google does not know the redirect URI', 400, { error: 'redirect_uri_mismatch' }],
  ])('the code is bad, and nothing else: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh()).toMatchObject({ failure: 'codeBad', outcomeUnknown: false })
  })

  test.each<[string, NamedType, string, string]>([
    ['clientRejected', 'bitbucket', 'error', 'unauthorized_client'],
    ['clientRejected', 'box', 'error', 'unauthorized_client'],
    ['clientRejected', 'slack', 'error', 'bad_client_secret'],
    ['clientRejected', 'slack', 'error', 'invalid_client_id'],
    ['codeBad', 'slack', 'error', 'invalid_code'],
    ['codeBad', 'slack', 'error', 'code_already_used'],
    ['codeBad', 'slack', 'error', 'bad_redirect_uri'],
    ['grantDead', 'hubspot', 'status', 'BAD_REFRESH_TOKEN'],
    ['codeBad', 'hubspot', 'status', 'BAD_AUTH_CODE'],
    ['codeBad', 'hubspot', 'status', 'BAD_REDIRECT_URI'],
    ['clientRejected', 'hubspot', 'status', 'BAD_CLIENT_ID'],
    ['clientRejected', 'hubspot', 'status', 'BAD_CLIENT_SECRET'],
    // The user must confirm an address there first.
    ['needsUser', 'github', 'error', 'unverified_user_email'],
    // Of a tenant that has blocked the application, for others it may go on.
    ['badAnswer', 'microsoft', 'error', 'unauthorized_client'],
  ])('%s, when %s says by its %s %s', async (failure, type, member, code) => {
    const { errors, errorIn } = catalogue().describe({ type, clientId: 'c' }).settings
    upstream.answer = answer(400, { [member]: code })

    const refused = await refresh(upstream.origin, { ...(errors && { errors }), ...(errorIn && { errorIn }) })

    expect(refused).toMatchObject({ failure, error: code })
  })

  /** What a server says of a refresh token that is over, and the declaration by which it is believed. */
  test.each<[string, Pick<ProviderSettings, 'errors' | 'errorIn'>, ...Parameters<typeof answer>]>([
    ['invalid_token', { errors: { invalid_token: 'grantDead' } }, 400, { error: 'invalid_token' }],
    // thephpleague/oauth2-server#993, ory/fosite#645, better-auth#8099
    ['invalid_request', { errors: { invalid_request: 'grantDead' } }, 400, { error: 'invalid_request' }],
    ['nothing but 401', { errors: { '401': 'grantDead' } }, 401, ''],
    [
      'a code in the challenge alone',
      { errors: { invalid_token: 'grantDead' } },
      401,
      '',
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    ],
    // WeChat, DingTalk, Lark
    [
      'a number with 200',
      { errorIn: 'errcode', errors: { '40030': 'grantDead' } },
      200,
      { errcode: 40030, errmsg: 'x' },
    ],
    [
      'a number in an object',
      { errors: { '190': 'grantDead' } },
      400,
      { error: { code: 190, type: 'OAuthException' } },
    ],
    [
      'a word at a pointer',
      { errorIn: '/fault/detail/errorcode', errors: { oauth_v2_InvalidRefreshToken: 'grantDead' } },
      401,
      { fault: { faultstring: 'Invalid Refresh Token', detail: { errorcode: 'oauth_v2_InvalidRefreshToken' } } },
    ],
    [
      'its own code beside one of the standard',
      { errorIn: 'code', errors: { TOKEN_GONE: 'grantDead' } },
      400,
      { error: 'invalid_request', code: 'TOKEN_GONE' },
    ],
    [
      'the code of the standard where its own says nothing',
      { errorIn: 'status', errors: { BAD: 'codeBad' } },
      400,
      { error: 'invalid_grant', status: 'error' },
    ],
  ])('the grant is dead, where the provider is known to say so by %s', async (_, declared, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh(upstream.origin, declared)).toMatchObject({ failure: 'grantDead', outcomeUnknown: false })
  })

  test.each<[string, Pick<ProviderSettings, 'errors' | 'errorIn'>, ...Parameters<typeof answer>]>([
    [
      'by a server that fails',
      { errors: { '500': 'grantDead', invalid_token: 'grantDead' } },
      500,
      { error: 'invalid_token' },
    ],
    ['beside too many requests', { errors: { '429': 'grantDead' } }, 429, ''],
  ])('but not %s', async (_, declared, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh(upstream.origin, declared)).toMatchObject({ failure: 'transient' })
  })

  test.each<Row>([
    ['the standard says so', 401, { error: 'invalid_client' }],
    ['the standard says so with 400', 400, { error: 'invalid_client' }],
    [
      'a server says so beside a Basic challenge',
      401,
      { error: 'invalid_client' },
      { 'www-authenticate': 'Basic realm="x"' },
    ],
    ['GitHub says so with 200', 200, { error: 'incorrect_client_credentials' }],
    ['Google says so', 401, { error: 'deleted_client' }],
  ])('the client is rejected: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh()).toMatchObject({ failure: 'clientRejected', outcomeUnknown: false })
  })

  test.each<Row>([
    ['a failure', 500, 'Internal Server Error'],
    ['a failure in between', 502, '<html>Bad Gateway</html>', { 'content-type': 'text/html' }],
    ['a pause', 503, ''],
    ['a timeout in between', 504, ''],
    ['too many requests', 429, { error: 'rate_limited' }],
    [
      'too many requests by 403, as GitHub has it',
      403,
      { message: 'API rate limit exceeded' },
      { 'x-ratelimit-remaining': '0' },
    ],
    ['too many requests by 403 with a time', 403, '', { 'retry-after': '5' }],
    ['a timeout of the request', 408, ''],
    ['an error that passes', 400, { error: 'temporarily_unavailable' }],
    ['an error of the server', 400, { error: 'server_error' }],
    ['too fast', 400, { error: 'slow_down' }],
    ['a page in between', 403, '<html>Attention</html>', { 'content-type': 'text/html; charset=utf-8' }],
    ['a need for the user by a server that fails', 502, { error: 'interaction_required' }],
    // A failing server's word about the grant is not to be trusted: a grant once dead does not come back.
    ['a dead grant by a server that fails', 500, { error: 'invalid_grant' }],
    ['a rejected client by a server that fails', 503, { error: 'invalid_client' }],
    ['a dead grant beside too many requests', 429, { error: 'invalid_grant' }],
  ])('it passes: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh()).toMatchObject({ failure: 'transient' })
  })

  test.each<Row>([
    ['a request that is wrong', 400, { error: 'invalid_request' }],
    ['a scope that is wrong', 400, { error: 'invalid_scope' }],
    ['a client that may not do this', 400, { error: 'unauthorized_client' }],
    ["a code of nobody's", 400, { error: 'weird' }],
    ["a code of nobody's in an object", 400, { error: { code: 'xyz', message: 'invalid_grant' } }],
    ['a code that is a name of JavaScript', 400, { error: 'constructor' }],
    ['an error without a code', 200, { ok: false }],
    ['forbidden, and no word why', 403, ''],
    ['unauthorized, and no word why', 401, ''],
    ['an endpoint that is gone', 404, '<html></html>', { 'content-type': 'text/html' }],
  ])('nothing is known: %s', async (_, ...reply) => {
    upstream.answer = answer(...reply)

    expect(await refresh()).toMatchObject({ failure: 'badAnswer' })
  })
})

describe('of an error answer is kept', () => {
  const long = JSON.stringify({ x: 'y'.repeat(5000) })

  test.each<[string, object, object]>([
    ['its code', { error: 'invalid_grant' }, { error: 'invalid_grant' }],
    ['a code that is not known', { error: 'weird_2' }, { error: 'weird_2' }],
    ['no sentence', { error: 'You may not', error_description: 'Sorry' }, {}],
    ['no code that is longer than codes are', { error: 'x'.repeat(65) }, {}],
    [
      'the code in an object',
      { error: { code: 'invalid_grant', message: 'no' }, suberror: [] },
      { error: 'invalid_grant' },
    ],
    ['no object without a code', { error: { message: 'no' } }, {}],
    [
      "Microsoft's numbers and its second code",
      { error: 'invalid_grant', error_codes: [50158, 'x', 1.5, 7], suberror: 'basic_action' },
      { error: 'invalid_grant', subErrors: ['basic_action', 'AADSTS50158', 'AADSTS7'] },
    ],
    [
      'so many second codes, and no more',
      { error: 'a', error_codes: [1, 2, 3, 4, 5] },
      { error: 'a', subErrors: ['AADSTS1', 'AADSTS2', 'AADSTS3', 'AADSTS4'] },
    ],
    [
      "Google's second code",
      { error: 'invalid_grant', error_subtype: 'invalid_rapt' },
      { error: 'invalid_grant', subErrors: ['invalid_rapt'] },
    ],
    ['the claims to ask for', { error: 'a', claims: '{"a":{"b":true}}' }, { error: 'a', claims: '{"a":{"b":true}}' }],
    ['no claims that are no JSON', { error: 'a', claims: '{' }, { error: 'a' }],
    ['no claims that are no object', { error: 'a', claims: '7' }, { error: 'a' }],
    ['no claims that are no text', { error: 'a', claims: { b: 1 } }, { error: 'a' }],
    ['no claims that are too long', { error: 'a', claims: long }, { error: 'a' }],
    [
      'the claims as they are read, and no more of their text',
      { error: 'a', claims: '{ "a": "hidden", "a": { "values": ["p1", "c1", 7, null] } }' },
      { error: 'a', claims: '{"a":{"values":["p1","c1",7,null]}}' },
    ],
    ['no claims with a sentence', { error: 'a', claims: '{"a":{"value":"Call this number"}}' }, { error: 'a' }],
    ['nothing that was sent', { error: 'sent_token', suberror: 'sent_token' }, {}],
    ['no claims that hold what was sent', { error: 'a', claims: '{"b":"sent_token"}' }, { error: 'a' }],
  ])('%s', (_, body, codes) => {
    expect(failureCodes({ ...body }, { sent: ['sent_token'] })).toEqual(codes)
  })

  test('no secret of the request, whatever the server gives back', async () => {
    upstream.answer = (response) => {
      const { refresh_token: token } = lastRequest(upstream).form
      const claims = JSON.stringify({ token })
      answer(400, { error: token, suberror: token, error_subtype: 'the_secret', claims })(response)
    }

    expect(JSON.stringify(await refresh())).not.toMatch(/the_refresh_token/)
  })
})

describe('a token request without an answer passes', () => {
  test('and is known not to have arrived when nobody listens', async () => {
    const origin = `http://127.0.0.1:${await closedPort()}`

    expect(await refresh(origin)).toMatchObject({ failure: 'transient', outcomeUnknown: false, timedOut: false })
  })

  test('and its outcome is unknown when the connection is cut', async () => {
    upstream.answer = (response) => response.destroy()

    expect(await refresh()).toMatchObject({ failure: 'transient', outcomeUnknown: true, timedOut: false })
  })

  test('and its outcome is unknown when the answer is cut', async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"access_token":"')
      setTimeout(() => response.destroy(), 20)
    }

    expect(await refresh()).toMatchObject({ failure: 'transient', outcomeUnknown: true })
  })
})

describe('the time to come back', () => {
  const now = Date.parse('2026-11-21T10:00:00Z')

  test.each<[string, number | undefined]>([
    ['0', 0],
    ['30', 30],
    [' 30 ', 30],
    ['3600', 3600],
    ['86400', 3600],
    ['99999999999999999999999999', 3600],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30],
    ['Saturday, 21-Nov-26 10:00:30 GMT', 30],
    ['Sat, 21 Nov 2026 09:59:00 GMT', 0],
    ['Sun, 22 Nov 2026 10:00:00 GMT', 3600],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['in 30 seconds', undefined],
    ['wait until 2030', undefined],
    ['Sat, 99 Nov 2026 10:00:00 GMT', undefined],
    ['NaN', undefined],
  ])('%j is %s', (value, seconds) => {
    expect(retryAfterSeconds(new Headers({ 'retry-after': value }), now)).toBe(seconds)
  })

  const until = (seconds: number): string => String(now / 1000 + seconds)

  test.each<[string, Record<string, string>, number | undefined]>([
    ['GitHub names the end of its limit', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': until(90) }, 90],
    ['GitLab does', { 'ratelimit-remaining': '0', 'ratelimit-reset': until(60) }, 60],
    ['others say how long it lasts', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '12.5' }, 13],
    ['it has ended by now', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': until(-5) }, 0],
    ['it ends in a day', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': until(86_400) }, 3600],
    ['there is Retry-After besides', { 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' }, 7],
    ['something is left', { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': until(90) }, undefined],
    ['it is no time', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
    ['it has no end', { 'x-ratelimit-remaining': '0' }, undefined],
  ])('is read where %s', (_, headers, seconds) => {
    expect(retryAfterSeconds(new Headers(headers), now)).toBe(seconds)
  })

  test('is told with the failure, and absent where there is none', () => {
    expect(classify({ status: 429, headers: new Headers({ 'retry-after': '7' }) }).retryAfterSeconds).toBe(7)
    expect(classify({ status: 503, headers: new Headers() }).retryAfterSeconds).toBeUndefined()
  })
})
