import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

/** The paths that the server behind the proxy has served, oldest first. */
const done: string[] = []

const server = createServer((request, response) => {
  done.push(request.url ?? '')
  if (request.url === '/redirect')
    response.writeHead(302, { location: '/elsewhere', 'set-cookie': ['a=1', 'b=2'] }).end()
  else response.end(JSON.stringify({ host: request.headers.host }))
})

let proxy: FaultProxy

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
})

beforeEach(() => {
  proxy.reset()
  done.length = 0
})

afterAll(async () => {
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
})

describe('a client of an upstream sees', () => {
  test('its answers, under the host name it called, forms recorded and redirects left alone', async () => {
    const answer = await fetch(`${proxy.url}/token?a=b`, { method: 'POST', body: new URLSearchParams({ code: 'x' }) })
    const redirect = await fetch(`${proxy.url}/redirect`, { redirect: 'manual' })

    expect(await answer.json()).toEqual({ host: new URL(proxy.url).host })
    expect(redirect.status).toBe(302)
    expect(redirect.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(proxy.calls()).toMatchObject([
      { service: 'upstream', operation: 'POST /token', status: 200, body: { code: 'x' } },
      { service: 'upstream', operation: 'GET /redirect', status: 302 },
    ])
    expect(proxy.calls()[0]).not.toHaveProperty('caller')
  })

  test.each([
    { fault: { kind: 'error' }, status: 500, retryAfter: null },
    { fault: { kind: 'throttle' }, status: 429, retryAfter: null },
    { fault: { kind: 'throttle', retryAfterSeconds: 30 }, status: 429, retryAfter: '30' },
  ] as const)('$fault as $status', async ({ fault, status, retryAfter }) => {
    proxy.plan({ at: 1, ...fault })

    const answer = await fetch(`${proxy.url}/token`, { method: 'POST' })

    expect(answer.status).toBe(status)
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
    expect(done).toEqual([])
  })

  test('a hang as nothing, until the time is over, and then a cut', async () => {
    proxy.plan({ at: 1, times: 2, kind: 'hang', ms: 100 })

    const early = fetch(proxy.url, { signal: AbortSignal.timeout(20) })
    const late = fetch(proxy.url)

    await expect(early).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(late).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
    expect(done).toEqual([])
  })

  test('a hang until the proxy closes', async () => {
    const other = await startFaultProxy({ target: 'http://127.0.0.1:9' })
    other.plan({ at: 1, kind: 'hang' })
    other.onCall(() => setImmediate(() => other.close()))

    await expect(fetch(other.url)).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
  })

  test('a delay, in which others overtake it, and then its answer', async () => {
    proxy.plan({ at: 1, kind: 'delay', ms: 100 })
    const arrived = new Promise((resolve) => proxy.onCall(resolve))

    const late = fetch(`${proxy.url}/late`)
    await arrived
    await fetch(`${proxy.url}/early`)

    expect((await late).status).toBe(200)
    expect(done).toEqual(['/early', '/late'])
  })

  test.each([
    { when: 'before', doneAtKill: 0 },
    { when: 'after', doneAtKill: 1 },
  ] as const)('a cut, once the caller was killed $when the work', async ({ when, doneAtKill }) => {
    const killed: unknown[] = []
    proxy.plan({ at: 1, kind: 'kill', when, kill: ({ operation }) => void killed.push([operation, done.length]) })

    await expect(fetch(`${proxy.url}/token`)).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })

    expect(killed).toEqual([['GET /token', doneAtKill]])
    expect(done).toHaveLength(doneAtKill)
  })

  test('a cut when nobody listens behind the proxy', async () => {
    const other = await startFaultProxy({ target: 'http://127.0.0.1:9' })

    await expect(fetch(other.url)).rejects.toMatchObject({ cause: { code: 'UND_ERR_SOCKET' } })
    await other.close()
  })
})
