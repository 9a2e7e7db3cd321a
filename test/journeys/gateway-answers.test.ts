import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileName, methodsOf, operations, pathsOf } from '../../lib/contract/index.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aGrantkeeper, anAdmin, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
import { rawRequest } from '../support/raw-request.ts'

const api = '/api/v2/externalOAuth'
let grantkeeper: LocalGrantkeeper
let admin: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  provider = await aProvider(grantkeeper)
})
afterAll(() => grantkeeper.close())

const send = (method: string, path: string, headers: string[] = [], body?: string | Buffer) =>
  rawRequest(grantkeeper.url, method, path, headers, body)
const asAdmin = () => ['Authorization', `Bearer ${admin.token}`]

/** The body of every answer that the gateway makes by itself: some clients read only `detail`. */
const own = (message: string) => ({ message, errorFields: [], detail: message })

describe('without a good token the gateway answers 401', () => {
  const cases: Readonly<Record<string, () => string[]>> = {
    'no header': () => [],
    'an empty header': () => ['Authorization', ''],
    'a token that is none': () => ['Authorization', 'Bearer nonsense'],
    'the scheme Basic': () => ['Authorization', `Basic ${Buffer.from('ada:secret').toString('base64')}`],
    'two headers': () => ['Authorization', `Bearer ${admin.token}`, 'Authorization', 'Bearer nonsense'],
    'a token of nine kilobytes': () => ['Authorization', `Bearer ${'x'.repeat(9 * 1024)}`],
    'a good token in another header': () => ['X-Authorization', `Bearer ${admin.token}`],
    'a good token in a cookie': () => ['Cookie', `token=${admin.token}; Authorization=${admin.token}`],
  }

  test.each(Object.entries(cases))('to %s', async (_, headers) => {
    const answer = await send('GET', `${api}/providers/`, headers())

    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.text)).toEqual(own('Unauthorized'))
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'www-authenticate': 'Bearer',
    })
  })

  test('to two good headers, also while the decision on their token is cached', async () => {
    const once = await send('GET', `${api}/providers/`, asAdmin())
    const twice = await send('GET', `${api}/providers/`, [...asAdmin(), ...asAdmin()])

    expect([once.status, twice.status]).toEqual([200, 401])
  })

  test('to a token in the query', async () => {
    const answer = await send('GET', `${api}/providers/?access_token=${admin.token}&token=${admin.token}`)

    expect(answer.status).toBe(401)
  })

  test.each(['Authorization', 'authorization', 'AUTHORIZATION', 'aUTHORIZATION'])(
    'but not for the case of %s',
    async (name) => {
      const answer = await send('GET', `${api}/providers/`, [name, `Bearer ${admin.token}`])

      expect(answer.status).toBe(200)
    },
  )
})

describe('the gateway answers by itself', () => {
  const mebibyte = 1024 * 1024

  test.each([
    ['GET', '/'],
    ['GET', `${api}`],
    ['GET', `${api}/`],
    ['GET', `${api}/nothing/`],
    ['GET', `${api}/providers/x/authorize/more/`],
    ['PUT', `${api}/providers/`],
    ['DELETE', `${api}/providers/`],
    ['GET', `${api}/providers/x/authorize/`],
    ['OPTIONS', `${api}/providers/`],
    ['GET', `/v1${api}/providers/`],
  ])('404 to %s %s, with a token and without', async (method, path) => {
    for (const headers of [[], asAdmin()]) {
      const answer = await send(method, path, headers)

      expect(answer.status).toBe(404)
      expect(JSON.parse(answer.text)).toEqual(own('Not found'))
      expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' })
    }
  })

  test.each([
    ['/', 'text/html,application/xhtml+xml,*/*;q=0.8', true],
    [`${api}/nothing/`, 'text/html', true],
    ['/oauth2/elsewhere', 'text/html', true],
    ['/favicon.ico', 'image/avif,image/webp,*/*', false],
    ['/', '*/*', false],
    [`${api}/nothing/`, 'application/json', false],
  ])('404 to GET %s, which is a page for a browser alone (%s)', async (path, accept, isPage) => {
    const answer = await send('GET', path, ['Accept', accept])

    expect([answer.status, answer.headers['x-grantkeeper-error']]).toEqual([404, 'notFound'])
    expect(answer.headers['content-type']).toBe(isPage ? 'text/html; charset=utf-8' : 'application/json')
    expect(answer.headers['cache-control']).toBe('no-store')
    if (isPage) expect(answer.text).toContain('<h1>There is no page here</h1>')
    else expect(JSON.parse(answer.text)).toEqual(own('Not found'))
  })

  test.each([
    ['more than the gateway takes', 10.5],
    ['more than Lambda takes', 6.5],
  ])('413 to a body of %s', async (_, mebibytes) => {
    const headers = [...asAdmin(), 'Content-Type', 'application/json']

    const answer = await send('POST', `${api}/providers/`, headers, 'x'.repeat(mebibytes * mebibyte))

    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.text)).toEqual(own('The body is larger than this operation takes.'))
    expect(answer.headers['cache-control']).toBe('no-store')
  })
})

describe('both spellings of a path', () => {
  const cases = operations.flatMap((row) =>
    pathsOf(row).map((path) => [methodsOf(row)[0] ?? '', path.replace(/\/$/, '').replace('+}', '}')] as const),
  )

  test.each(cases)('%s %s answer alike, and never by a redirect', async (method, path) => {
    const concrete = path
      .replace('{providerId}', provider.id)
      .replace(/\{\w+\}/, '0190f5a0-0000-7000-8000-000000000000')
    // Without a body that it would need, or an id that exists, nothing is done; what deletes is asked for a preview.
    const query = method === 'DELETE' ? '?dryRun=true' : ''
    const answers = [
      await send(method, concrete + query, asAdmin()),
      await send(method, `${concrete}/${query}`, asAdmin()),
    ]

    const [without, withSlash] = answers
    expect(withSlash?.status).toBe(without?.status)
    for (const { status, headers } of answers) {
      expect([200, 400, 404, 409, 422]).toContain(status)
      expect(headers).not.toHaveProperty('location')
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  })
})

describe('an id in a path', () => {
  const encodeAll = (text: string): string => text.replace(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`)

  test('may be percent-encoded, and is decoded once', async () => {
    const once = await send('GET', `${api}/providers/${encodeAll(provider.id)}/`, asAdmin())
    const twice = await send('GET', `${api}/providers/${encodeAll(encodeAll(provider.id))}/`, asAdmin())

    expect(once.status).toBe(200)
    expect(JSON.parse(once.text).id).toBe(provider.id)
    expect(twice.status).toBe(422)
  })

  test.each([
    '%',
    '%zz',
    '%E0%A4%A',
    '%c0%ae',
    '%ff',
    '%00',
    '%2e%2e%2fjobs',
    'a%2Fb',
    'a%20b',
    'x'.repeat(129),
    '%C3%A4',
    "'--",
  ])('that is %s is refused by its name', async (id) => {
    const answer = await send('GET', `${api}/providers/${id}/`, asAdmin())

    expect(answer.status).toBe(422)
    expect(JSON.parse(answer.text).errorFields).toEqual([{ name: 'providerId', message: expect.any(String) }])
  })
})

describe('an authorizer’s decision', () => {
  const guarded = operations.filter(({ access }) => access !== 'public')
  const invoke = async (surface: string, id: string, authorizer?: object): Promise<Json> => {
    const event = {
      headers: {},
      multiValueHeaders: { 'X-User-Id': ['ada'], 'X-Org-Id': ['acme'] },
      pathParameters: {
        providerId: provider.id,
        authorizedProviderId: provider.id,
        jobId: provider.id,
        externalauth: provider.id,
        id: provider.id,
        path: 'x',
      },
      multiValueQueryStringParameters: { dryRun: ['true'] },
      body: '{"orgId":"acme","userId":"ada","roles":"admin"}',
      requestContext: { requestId: 'r', requestTimeEpoch: Date.now(), ...(authorizer && { authorizer }) },
    }
    const { functions, functionId } = grantkeeper.stack
    return functions.invoke(functionId(`${surface}/${fileName(id)}`), event)
  }
  const context = (exp: number) => ({ userId: 'ada', orgId: 'acme', roles: 'admin', exp: String(exp) })
  const now = (): number => Math.floor(Date.now() / 1000)
  /** The surfaces whose errors are not those of the first. */
  const bodies: Readonly<Record<string, object>> = {
    externalAuth: { message: 'Unauthorized', detail: 'Unauthorized', validations: [] },
    userConnections: { detail: 'Unauthorized' },
  }
  const refusedBy = (surface: string) => ({
    statusCode: 401,
    body: JSON.stringify(bodies[surface] ?? { message: 'Unauthorized', errorFields: [] }),
  })

  test.each(guarded.map(({ surface, id }) => [surface, id]))(
    'that is missing is refused by %s/%s',
    async (surface, id) => {
      const { payload } = await invoke(surface, id)

      expect(payload).toMatchObject(refusedBy(surface))
    },
  )

  test.each([
    ['is past its token by more than the leeway', () => context(now() - 61)],
    ['has no end', () => ({ ...context(0), exp: undefined })],
    ['has an end that is no number', () => ({ ...context(0), exp: 'soon' })],
    ['names no organization', () => ({ ...context(now() + 60), orgId: '' })],
    ['names no user', () => ({ ...context(now() + 60), userId: undefined })],
  ])('that %s is refused', async (_, authorizer) => {
    const { payload } = await invoke('externalOAuth', 'getProvider', authorizer())

    expect(payload).toMatchObject(refusedBy('externalOAuth'))
  })

  test('whose token has just ended is good within the leeway', async () => {
    const { payload } = await invoke('externalOAuth', 'getProvider', context(now() - 1))

    expect(payload.statusCode).toBe(200)
  })
})

describe('while the issuer is down', () => {
  test('the gateway answers 503 and when to come back, not 401', async () => {
    const other = await aGrantkeeper()
    const token = await other.identity.token({ user: 'ada', org: 'acme' })
    await other.identity.close()

    const answer = await rawRequest(other.url, 'GET', `${api}/providers/`, ['Authorization', `Bearer ${token}`])
    await other.close()

    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.text)).toEqual(
      own('The token could not be checked. Try again after the time in Retry-After.'),
    )
    expect(answer.headers).toMatchObject({ 'retry-after': '5', 'cache-control': 'no-store' })
  })
})
