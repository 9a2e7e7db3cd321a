import { createServer as createTcpServer } from 'node:net'
import { allowInsecureRequests, ClientSecretBasic, Configuration, customFetch, refreshTokenGrant } from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createOutbound, type OutboundRequest } from '../../lib/oauth/outbound/outbound.ts'
import { failureOf, listen, type Provider, resolving, startProvider } from './outbound-provider.ts'

const local = { loopback: true, internet: false, privateHosts: [] }

let provider: Provider

beforeAll(async () => {
  provider = await startProvider()
})

beforeEach(() => provider.reset())

afterAll(() => provider.close())

describe('a request', () => {
  test.each<{ what: string; body: OutboundRequest['body']; type?: string; arrives: string }>([
    { what: 'a string', body: 'a=1', type: 'text/plain;charset=UTF-8', arrives: 'a=1' },
    {
      what: 'a form',
      body: new URLSearchParams({ code: 'a b&c' }),
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      arrives: 'code=a+b%26c',
    },
    { what: 'bytes', body: Buffer.from('abc'), arrives: 'abc' },
    { what: 'nothing', body: undefined, arrives: '' },
  ])('carries $what', async ({ body, type, arrives }) => {
    await createOutbound(local)(provider.origin, { method: 'POST', body })

    expect(provider.seen[0]).toMatchObject({ method: 'POST', body: arrives })
    expect(provider.seen[0]?.headers['content-length']).toBe(String(arrives.length))
    expect(provider.seen[0]?.headers['content-type']).toBe(type)
  })

  test('keeps the headers given, but those of the connection are its own', async () => {
    const headers = {
      Authorization: 'Bearer abc',
      'Content-Type': 'application/json',
      Host: 'elsewhere.example.com',
      Connection: 'close',
      'Content-Length': '999',
      'Transfer-Encoding': 'chunked',
      'Accept-Encoding': 'gzip',
      Expect: '100-continue',
    }

    await createOutbound(local)(`${provider.origin}/a?b=c#d`, { method: 'PUT', headers, body: '{}' })

    expect(provider.seen[0]).toMatchObject({ method: 'PUT', body: '{}' })
    expect(provider.seen[0]?.headers).toEqual({
      authorization: 'Bearer abc',
      'content-type': 'application/json',
      'content-length': '2',
      'accept-encoding': 'identity',
      'user-agent': 'grantkeeper',
      host: new URL(provider.origin).host,
      connection: 'keep-alive',
    })
  })

  test.each<{ what: string; request: OutboundRequest }>([
    { what: 'a header with a line break', request: { headers: { authorization: 'Bearer canary\r\nx: y' } } },
    { what: 'a header beyond Latin-1', request: { headers: { authorization: 'Bearer canary\u2713' } } },
    { what: 'a method with a space', request: { method: 'G ET' } },
    { what: 'CONNECT', request: { method: 'connect' } },
    { what: 'TRACE', request: { method: 'TRACE' } },
  ])('with $what is refused', async ({ request }) => {
    const error = await failureOf(createOutbound(local)(provider.origin, request))

    expect(error).toMatchObject({ code: 'refused', sent: false })
    expect(error.message).not.toContain('canary')
    expect(provider.connections).toBe(0)
  })

  test('goes over the connection of the one before', async () => {
    const outbound = createOutbound(local)

    for (let i = 0; i < 3; i++) await outbound(provider.origin, { method: 'POST', body: 'a' })

    expect(provider.seen).toHaveLength(3)
    expect(provider.connections).toBe(1)
  })

  test('takes a new connection when the clock has jumped, as after a freeze', async () => {
    const outbound = createOutbound(local)
    await outbound(provider.origin)
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)

    await outbound(provider.origin)

    clock.mockRestore()
    expect(provider.connections).toBe(2)
  })

  test('answered before it was read is broken off', async () => {
    let bytes = 0
    const closed = Promise.withResolvers<void>()
    let readOn = () => {}
    const early = createTcpServer((socket) => {
      socket.once('data', () => socket.pause().write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'))
      socket.on('error', () => {}).on('close', () => closed.resolve())
      readOn = () => socket.on('data', (chunk) => (bytes += chunk.length)).resume()
    })
    const port = await listen(early)
    const body = Buffer.alloc(32e6)

    const response = await createOutbound(local)(`http://127.0.0.1:${port}`, { method: 'POST', body })
    readOn()
    await closed.promise
    early.close()

    expect(response.status).toBe(413)
    expect(bytes).toBeLessThan(body.length / 2)
  })

  test('asks for a name once and connects to what was checked', async () => {
    const answers = [[{ address: '127.0.0.1', family: 4 }], [{ address: '8.8.8.8', family: 4 }]]
    const lookup = resolving(() => answers.shift() ?? [])

    const response = await createOutbound({ ...local, lookup })(provider.origin.replace('127.0.0.1', 'localhost'))

    expect(response.status).toBe(200)
    expect(answers).toHaveLength(1)
  })
})

describe("as openid-client's customFetch", () => {
  const configuration = () => {
    const metadata = { issuer: provider.origin, token_endpoint: `${provider.origin}/token` }
    const config = new Configuration(metadata, 'client', 'secret', ClientSecretBasic('secret'))
    allowInsecureRequests(config)
    config[customFetch] = createOutbound(local)
    return config
  }

  test('it refreshes a token', async () => {
    provider.answer = (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ access_token: 'fresh', token_type: 'bearer' }))

    const tokens = await refreshTokenGrant(configuration(), 'old')

    expect(tokens.access_token).toBe('fresh')
    expect(provider.seen[0]).toMatchObject({ method: 'POST', body: 'refresh_token=old&grant_type=refresh_token' })
  })

  test('a redirect is an error of the library', async () => {
    provider.answer = (response) => response.writeHead(307, { location: '/token' }).end()

    await expect(refreshTokenGrant(configuration(), 'old')).rejects.toMatchObject({
      code: 'OAUTH_RESPONSE_IS_NOT_CONFORM',
    })
    expect(provider.seen).toHaveLength(1)
  })

  test('its error is the cause of that of the library', async () => {
    provider.answer = (response) => response.socket?.destroy()

    await expect(refreshTokenGrant(configuration(), 'old')).rejects.toMatchObject({
      cause: { name: 'OutboundError', code: 'interrupted', sent: true },
    })
  })
})
