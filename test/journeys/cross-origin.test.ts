import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '../../lib/contract/index.ts'
import { aCaller, aGrantkeeper, type Caller } from '../support/grantkeeper.ts'
import { synthesizedWith } from '../support/synthesized.ts'

const APP = 'https://app.example.com'
const ADMIN = 'https://admin.example.com'

let synthesized: Awaited<ReturnType<typeof synthesizedWith>>
let grantkeeper: Awaited<ReturnType<typeof aGrantkeeper>>
let caller: Caller
beforeAll(async () => {
  synthesized = await synthesizedWith({ 'grantkeeper:allowedOrigins': `${APP},${ADMIN}` })
  grantkeeper = await aGrantkeeper({ assembly: synthesized.assembly })
  caller = await aCaller(grantkeeper)
}, 120_000)
afterAll(async () => {
  await grantkeeper?.close()
  synthesized?.remove()
})

/** The headers of an answer that speak of origins. */
const ofOrigins = ({ headers }: { readonly headers: Headers }): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')))

const readable = (origin: string) => ({
  vary: 'Origin',
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'Location, Retry-After, X-Grantkeeper-Error',
})

describe('a page of an allowed origin', () => {
  test.each([APP, ADMIN])('%s may read an answer, and an error', async (origin) => {
    const answer = await caller.request('GET', '/providers/', undefined, { origin })
    const problem = await caller.request('GET', '/providers/unknown/', undefined, { origin })

    expect([answer.status, problem.status]).toEqual([200, 404])
    expect([ofOrigins(answer), ofOrigins(problem)]).toEqual([readable(origin), readable(origin)])
  })

  test('may ask beforehand on every path, without a token', async () => {
    const paths = new Set(operations.map(({ path }) => path.replace(/\{\w+\}/g, 'x')))

    const answers = await Promise.all(
      [...paths].map((path) =>
        fetch(grantkeeper.url + path, {
          method: 'OPTIONS',
          headers: { origin: APP, 'access-control-request-method': 'POST' },
        }),
      ),
    )

    for (const answer of answers) {
      expect(answer.status).toBe(204)
      expect(ofOrigins(answer)).toEqual({
        ...readable(APP),
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
        'access-control-allow-headers': 'Authorization, Content-Type, X-On-Behalf-Of, Coder-Session-Token',
        'access-control-max-age': '7200',
      })
    }
  })

  test('may read what the gateway says by itself', async () => {
    const answer = await fetch(`${grantkeeper.url}/api/v2/externalOAuth/providers/`, { headers: { origin: APP } })

    expect(answer.status).toBe(401)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('a page of another origin may read nothing', () => {
  test.each(['https://evil.example', `${APP}.evil.example`, `${APP}:444`, 'http://app.example.com', 'null', '*'])(
    '%s',
    async (origin) => {
      const answer = await caller.request('GET', '/providers/', undefined, { origin })
      const preflight = await fetch(`${grantkeeper.url}/api/v2/externalOAuth/providers/`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET' },
      })

      expect([ofOrigins(answer), ofOrigins(preflight)]).toEqual([{ vary: 'Origin' }, { vary: 'Origin' }])
    },
  )
})

test('a page for people is for the scripts of no origin', async () => {
  const answer = await fetch(`${grantkeeper.url}/oauth2/callback/x`, { headers: { origin: APP } })

  expect(ofOrigins(answer)).toEqual({})
})
