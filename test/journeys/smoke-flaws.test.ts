import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFront, type Flaw, type Front, headerOf, itself, type Passing, type Returning } from '../support/front.ts'
import { aGrantkeeper, anAdmin, type Caller } from '../support/grantkeeper.ts'
import { smokeRun } from '../support/smoke-run.ts'

const api = '/api/v2/externalOAuth'
let grantkeeper: Awaited<ReturnType<typeof aGrantkeeper>>
let admin: Caller
let front: Front

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  front = await aFront(grantkeeper.url)
})
afterAll(async () => {
  await front?.close()
  await grantkeeper?.close()
})

const withToken = (request: Passing): boolean => headerOf(request, 'authorization')?.includes(admin.token) === true
const partsOf = (path: string): [string, string | undefined] => {
  const [bare = '', query] = path.split('?')
  return [bare, query]
}

const moved = ({ path }: Passing): Returning => {
  const [bare, query] = partsOf(path)
  return itself(301, {}, ['Location', query === undefined ? `${bare}/` : `${bare}/?${query}`])
}

/** Of each key one value is left. */
const folded = ({ path }: Passing, which: 'first' | 'last'): Partial<Passing> => {
  const [bare, query] = partsOf(path)
  if (query === undefined) return {}
  const pairs = query.split('&').map((pair) => pair.split('=') as [string, string])
  const kept = new Map(which === 'last' ? pairs : pairs.toReversed())
  return { path: `${bare}?${[...kept].map((pair) => pair.join('=')).join('&')}` }
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const without = (answer: Returning, name: string): Returning['headers'] =>
  answer.headers.filter(([each]) => each.toLowerCase() !== name)

const missingToken = itself(403, { message: 'Missing Authentication Token' })
const otherSpelling = (surface: string): string =>
  `${surface}: every operation is there in the other spelling of its last slash, never by a redirect`
const isThere = (surface: string): string => `${surface}: every operation is there, and closed without a token`
const isRead = (surface: string): string => `${surface}: what is read with the token has its status and its body`
const variable = 'a path that ends in a variable answers alike with its last slash and without: 404 with a body'

/** What stands before the stack does one thing wrong; exactly these checks fail. */
const flaws: Readonly<Record<string, [flaw: Flaw, failed: readonly string[], ...args: string[]]>> = {
  'a path without its last slash is redirected': [
    {
      before: (request) => {
        const [bare] = partsOf(request.path)
        return bare.startsWith(`${api}/`) && !/\/$|\.json$/.test(bare) ? moved(request) : undefined
      },
    },
    [otherSpelling('externalOAuth'), 'a path of fixed words answers alike with its last slash and without', variable],
  ],
  'a path that ends in a variable has one spelling alone': [
    {
      before: (request) =>
        /\/providers\/[^/?]+$/.test(request.path) && withToken(request) ? itself(404, {}) : undefined,
    },
    [variable],
  ],
  'a page is redirected to its other spelling': [
    {
      before: ({ path }) =>
        path === '/oauth2/callback/' ? itself(302, {}, ['Location', `${front.url}/oauth2/callback`]) : undefined,
    },
    [otherSpelling('pages')],
  ],
  'a route is not deployed': [
    { before: ({ path }) => (/\/connection-init\/?$/.test(path) ? missingToken : undefined) },
    [isThere('connections'), otherSpelling('connections')],
  ],
  'a method is not deployed': [
    { before: ({ method, path }) => (method === 'PATCH' && path.includes('/credentials/') ? missingToken : undefined) },
    [isThere('connections'), otherSpelling('connections')],
  ],
  'a page is not deployed': [
    { before: ({ path }) => (path === '/oauth2/connect/decision' ? itself(404, { message: 'Not found' }) : undefined) },
    [`pages: every operation is there`],
  ],
  'a route lets anybody in': [
    {
      before: (request) =>
        request.path === `${api}/audit/` && !withToken(request) ? itself(200, { data: [] }) : undefined,
    },
    [isThere('externalOAuth')],
  ],
  'of a repeated query key the last value wins': [
    { before: (request) => folded(request, 'last') },
    ['a repeated query key counts each time'],
  ],
  'of a repeated query key the first value wins': [
    { before: (request) => folded(request, 'first') },
    ['a repeated query key counts each time'],
  ],
  'headers are known in lower case alone': [
    {
      before: ({ headers }) => ({
        headers: headers.filter(([name]) => !/^authorization$/i.test(name) || name === 'authorization'),
      }),
    },
    ['Authorization may be written in any case'],
  ],
  'the second header is known in one case alone': [
    {
      before: ({ headers }) => ({
        headers: headers.filter(([name]) => !/^coder-/i.test(name) || name === 'Coder-Session-Token'),
      }),
    },
    ['Coder-Session-Token may be written in any case'],
  ],
  'paths are decoded': [{ before: ({ path }) => ({ path: decoded(path) }) }, ['an id in a path is decoded once']],
  'a function breaks on what cannot be decoded': [
    { before: ({ path }) => (path.includes('%E0%A4') ? itself(500, { message: 'Internal server error' }) : undefined) },
    ['an id that cannot be decoded is refused: 422'],
  ],
  'an answer may be kept': [
    { after: (answer) => (answer.status === 404 ? { headers: without(answer, 'cache-control') } : {}) },
    ['every answer so far said cache-control: no-store'],
  ],
  'pages of any origin may read': [
    {
      after: (answer, request) =>
        headerOf(request, 'origin') === undefined
          ? {}
          : { headers: [...answer.headers, ['Access-Control-Allow-Origin', '*']] },
    },
    ['no page of another origin may call: no CORS at all'],
  ],
  'a preflight is answered': [
    {
      before: ({ method }) =>
        method === 'OPTIONS' ? { status: 204, headers: itself(204, {}).headers, body: '' } : undefined,
    },
    ['no page of another origin may call: no CORS at all'],
  ],
  'an unknown route has the body of AWS': [
    { before: (request) => (request.path.includes('no-such-thing') && !withToken(request) ? missingToken : undefined) },
    ['an unknown route: 404, in the same body'],
  ],
  'an unknown method has another body': [
    { after: (_, { method }) => (method === 'PUT' ? { body: '{"Message":"Not found"}' } : {}) },
    ['an unknown method: 404, in the same body'],
  ],
  'a 401 lacks its challenge': [
    {
      after: (answer, request) =>
        headerOf(request, 'authorization') === undefined ? { headers: without(answer, 'www-authenticate') } : {},
    },
    ['no token: 401, in the body of all errors'],
  ],
  'a token that is none gives a 500': [
    { before: (request) => (headerOf(request, 'authorization') === 'Bearer nonsense' ? itself(500, {}) : undefined) },
    ['a token that is none: 401, in the same body'],
  ],
  'a function fails': [
    {
      before: (request) =>
        request.path.startsWith('/organisations') && withToken(request) ? itself(502, {}) : undefined,
    },
    [isRead('connections')],
  ],
  'an answer is not that of the contract': [
    { after: (_, { path }) => (path.startsWith('/api/integration-connections') ? { body: '{"_embedded":[]}' } : {}) },
    [isRead('integrations')],
  ],
  'a function hangs': [
    {
      before: (request) =>
        request.path.startsWith('/api/integration-connections') && withToken(request) ? 'hang' : undefined,
    },
    [isRead('integrations')],
    '--timeout',
    '3',
  ],
  'another version is deployed': [
    {
      after: ({ body }, { path }) =>
        path.endsWith('openapi.json')
          ? { body: body.replace('"operationId":"listJobs"', '"operationId":"allJobs"') }
          : {},
    },
    ['openapi.json has the operations of this version'],
  ],
}

describe('exactly the checks that it concerns fail where', () => {
  test.each(Object.entries(flaws))('%s', async (_, [flaw, expected, ...args]) => {
    front.flaw = flaw

    const { status, failed, notTried, stdout } = await smokeRun(front.url, admin.token, ...args)

    expect(failed).toEqual(expected)
    expect(notTried).toEqual([])
    expect(status).toBe(1)
    expect(stdout.match(/ On AWS: \S/g)).toHaveLength(expected.length)
    expect(stdout).toMatch(new RegExp(`\n\\d+ passed, ${expected.length} failed\n$`))
  })

  test('a gateway takes the token for a signature and puts it into its answer: it is not printed', async () => {
    const message = `'${admin.token}' not a valid key=value pair (missing equal-sign) in Authorization header`
    front.flaw = {
      before: (request) =>
        request.path.includes('no-such-thing') && withToken(request) ? itself(403, { message }) : undefined,
    }

    const { failed, stdout } = await smokeRun(front.url, admin.token)

    expect(failed).toEqual(['an unknown route with the token: 404, in the same body'])
    expect(stdout).toContain("'<secret>' not a valid")
    for (const part of admin.token.split('.')) expect(stdout).not.toContain(part)
  })
})

describe('a deployment that answers nothing', () => {
  test('is given up after the first request', async () => {
    front.flaw = { before: () => 'hang' }
    front.seen.length = 0

    const { status, failed, stdout } = await smokeRun(front.url, admin.token, '--timeout', '1')

    expect([status, failed]).toEqual([1, ['openapi.json is served']])
    expect(stdout).toContain('was not answered in 1 s')
    expect(front.seen).toHaveLength(1)
  })
})
