import { generateKeyPairSync, sign } from 'node:crypto'
import type { lookup as systemLookup } from 'node:dns'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { allowInsecureRequests, ClientSecretBasic, Configuration, customFetch, refreshTokenGrant } from 'openid-client'
import { createOutbound, OutboundError, type OutboundRequest } from '../../lib/oauth/outbound/outbound.ts'

const local = { loopbackOnly: true, privateHosts: [] }
const limits = { firstByteMs: 2_000, bodyMs: 2_000, maxBytes: 100_000 }

interface Seen {
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let answer: (response: ServerResponse, request: IncomingMessage) => void
let connections = 0
const seen: Seen[] = []
const servers: Server[] = []

const listen = async (server: Server, host = '127.0.0.1'): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return (server.address() as AddressInfo).port
}

const record = async (request: IncomingMessage, response: ServerResponse) => {
  let body = ''
  for await (const chunk of request) body += chunk
  seen.push({ method: request.method ?? '', headers: request.headers, body })
  answer(response, request)
}

const server = createServer(record).on('connection', () => connections++)
let origin: string

beforeAll(async () => {
  origin = `http://127.0.0.1:${await listen(server)}`
})

beforeEach(() => {
  seen.length = 0
  connections = 0
  answer = (response) => response.end('{}')
})

afterAll(() => {
  server.closeAllConnections()
  for (const each of servers) each.close()
})

const failureOf = async (call: Promise<unknown>): Promise<OutboundError> => {
  const outcome = await call.then(
    () => 'an answer',
    (error) => error,
  )
  expect(outcome).toBeInstanceOf(OutboundError)
  return outcome as OutboundError
}

/** Resolves every name by `resolve`. */
const resolving = (resolve: () => { address: string; family: number }[] | Error) =>
  ((_name: string, _options: object, callback: (error: Error | null, found?: object[]) => void) => {
    const found = resolve()
    if (found instanceof Error) callback(found)
    else callback(null, found)
  }) as unknown as typeof systemLookup

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
    await createOutbound(local)(origin, { method: 'POST', body })

    expect(seen[0]).toMatchObject({ method: 'POST', body: arrives })
    expect(seen[0]?.headers['content-length']).toBe(String(arrives.length))
    expect(seen[0]?.headers['content-type']).toBe(type)
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

    await createOutbound(local)(`${origin}/a?b=c#d`, { method: 'PUT', headers, body: '{}' })

    expect(seen[0]).toMatchObject({ method: 'PUT', body: '{}' })
    expect(seen[0]?.headers).toEqual({
      authorization: 'Bearer abc',
      'content-type': 'application/json',
      'content-length': '2',
      'accept-encoding': 'identity',
      'user-agent': 'grantkeeper',
      host: new URL(origin).host,
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
    const error = await failureOf(createOutbound(local)(origin, request))

    expect(error).toMatchObject({ code: 'refused', sent: false })
    expect(error.message).not.toContain('canary')
    expect(connections).toBe(0)
  })

  test('goes over the connection of the one before', async () => {
    const outbound = createOutbound(local)

    for (let i = 0; i < 3; i++) await outbound(origin, { method: 'POST', body: 'a' })

    expect(seen).toHaveLength(3)
    expect(connections).toBe(1)
  })

  test('takes a new connection when the clock has jumped, as after a freeze', async () => {
    const outbound = createOutbound(local)
    await outbound(origin)
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)

    await outbound(origin)

    clock.mockRestore()
    expect(connections).toBe(2)
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

    expect(response.status).toBe(413)
    expect(bytes).toBeLessThan(body.length / 2)
  })

  test('asks for a name once and connects to what was checked', async () => {
    const answers = [[{ address: '127.0.0.1', family: 4 }], [{ address: '8.8.8.8', family: 4 }]]
    const lookup = resolving(() => answers.shift() ?? [])

    const response = await createOutbound({ ...local, lookup })(origin.replace('127.0.0.1', 'localhost'))

    expect(response.status).toBe(200)
    expect(answers).toHaveLength(1)
  })
})

describe('a failure says whether the request may have arrived', () => {
  test('no: the name is unknown', async () => {
    const lookup = resolving(() => Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }))

    const error = await failureOf(createOutbound({ ...local, lookup })('http://localhost:9/'))

    expect(error).toMatchObject({ code: 'unreachable', sent: false })
    expect(error.message).toBe('http://localhost:9/: cannot be reached (ENOTFOUND)')
  })

  test('no: the name is not found in time', async () => {
    const lookup = (() => undefined) as unknown as typeof systemLookup

    const error = await failureOf(
      createOutbound({ ...local, lookup })('http://localhost:9/', {}, { ...limits, firstByteMs: 30 }),
    )

    expect(error).toMatchObject({ code: 'timeout', sent: false })
  })

  test('no: nobody listens', async () => {
    const gone = createTcpServer()
    const port = await listen(gone)
    await new Promise((resolve) => gone.close(resolve))

    const error = await failureOf(createOutbound(local)(`http://127.0.0.1:${port}`))

    expect(error).toMatchObject({ code: 'unreachable', sent: false })
    expect(error.message).toContain('ECONNREFUSED')
  })

  test('no: TLS never comes about', async () => {
    const mute = createTcpServer((socket) => socket.on('error', () => undefined).resume())
    const port = await listen(mute)

    const error = await failureOf(
      createOutbound(local)(`https://127.0.0.1:${port}`, {}, { ...limits, firstByteMs: 50 }),
    )

    expect(error).toMatchObject({ code: 'timeout', sent: false })
  })

  test('no: the server speaks no TLS', async () => {
    const error = await failureOf(createOutbound(local)(origin.replace('http:', 'https:')))

    expect(error).toMatchObject({ code: 'unreachable', sent: false })
  })

  test('yes: it was written, and the connection then cut', async () => {
    answer = (response) => response.socket?.destroy()

    const error = await failureOf(createOutbound(local)(origin, { method: 'POST', body: 'a' }))

    expect(error).toMatchObject({ code: 'interrupted', sent: true })
    expect(seen).toHaveLength(1)
  })

  test('yes: a kept connection was cut before any byte of the answer, and nothing is sent twice', async () => {
    const outbound = createOutbound(local)
    await outbound(origin)
    answer = (response) => response.socket?.resetAndDestroy()

    const error = await failureOf(outbound(origin, { method: 'POST', body: 'a' }))

    expect(error).toMatchObject({ code: 'interrupted', sent: true })
    expect(connections).toBe(1)
    expect(seen).toHaveLength(2)
  })

  test('no, while it waits for one of too many connections; yes, once it got that of another', async () => {
    const outbound = createOutbound(local)
    const waiting: ServerResponse[] = []
    const full = Promise.withResolvers<void>()
    answer = (response) => {
      if (waiting.push(response) === 32) full.resolve()
    }
    const busy = Array.from({ length: 32 }, () => outbound(origin))
    await full.promise

    const unsent = await failureOf(outbound(origin, {}, { ...limits, firstByteMs: 30 }))
    const late = outbound(origin, {}, { ...limits, firstByteMs: 500 })
    answer = (response) => response.socket?.destroy()
    for (const response of waiting) response.end()

    expect(unsent).toMatchObject({ code: 'timeout', sent: false })
    expect(await failureOf(late)).toMatchObject({ code: 'interrupted', sent: true })
    expect(await Promise.all(busy)).toHaveLength(32)
    expect(connections).toBe(32)
  })

  test.each([
    { by: 'request', given: (signal: AbortSignal) => ({ request: { signal }, limits }) },
    { by: 'limits', given: (signal: AbortSignal) => ({ request: {}, limits: { ...limits, signal } }) },
  ])('the caller gives up by the signal of the $by', async ({ given }) => {
    const controller = new AbortController()
    answer = () => controller.abort()

    const { request, limits } = given(controller.signal)
    const error = await failureOf(createOutbound(local)(origin, request, limits))

    expect(error).toMatchObject({ code: 'aborted', sent: true })
  })

  test('the caller had given up before', async () => {
    const error = await failureOf(createOutbound(local)(origin, { signal: AbortSignal.abort() }))

    expect(error).toMatchObject({ code: 'aborted', sent: false })
    expect(seen).toEqual([])
  })

  test("the caller's deadline is a timeout", async () => {
    answer = () => undefined

    const error = await failureOf(createOutbound(local)(origin, { signal: AbortSignal.timeout(30) }))

    expect(error.code).toBe('timeout')
  })
})

describe('over TLS', () => {
  let port: number
  const trustedBefore = tls.getCACertificates('default')
  const { key, cert } = selfSigned('localhost')
  const secure = createTlsServer({ key, cert }, record)

  beforeAll(async () => {
    port = await listen(secure)
  })

  afterEach(() => tls.setDefaultCACertificates(trustedBefore))

  test('a server without a trusted certificate gets nothing to read', async () => {
    const error = await failureOf(createOutbound(local)(`https://localhost:${port}`, { method: 'POST', body: 'a' }))

    expect(error).toMatchObject({ code: 'unreachable', sent: false })
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(seen).toEqual([])
  })

  test.each([{ headers: {} }, { headers: { host: 'localhost' } }])(
    'a certificate for another name is refused, with headers $headers',
    async ({ headers }) => {
      tls.setDefaultCACertificates([cert])

      const error = await failureOf(createOutbound(local)(`https://127.0.0.1:${port}`, { headers }))

      expect(error).toMatchObject({ code: 'unreachable', sent: false })
      expect(seen).toEqual([])
    },
  )

  test('a cut after the handshake may have been too late', async () => {
    tls.setDefaultCACertificates([cert])
    const outbound = createOutbound(local)
    const first = await outbound(`https://localhost:${port}`)
    answer = (response) => response.socket?.destroy()

    const error = await failureOf(outbound(`https://localhost:${port}`))

    expect(first.status).toBe(200)
    expect(error).toMatchObject({ code: 'interrupted', sent: true })
  })
})

describe("as openid-client's customFetch", () => {
  const configuration = () => {
    const metadata = { issuer: origin, token_endpoint: `${origin}/token` }
    const config = new Configuration(metadata, 'client', 'secret', ClientSecretBasic('secret'))
    allowInsecureRequests(config)
    config[customFetch] = createOutbound(local)
    return config
  }

  test('it refreshes a token', async () => {
    answer = (response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ access_token: 'fresh', token_type: 'bearer' }))

    const tokens = await refreshTokenGrant(configuration(), 'old')

    expect(tokens.access_token).toBe('fresh')
    expect(seen[0]).toMatchObject({ method: 'POST', body: 'refresh_token=old&grant_type=refresh_token' })
  })

  test('a redirect is an error of the library', async () => {
    answer = (response) => response.writeHead(307, { location: '/token' }).end()

    await expect(refreshTokenGrant(configuration(), 'old')).rejects.toMatchObject({
      code: 'OAUTH_RESPONSE_IS_NOT_CONFORM',
    })
    expect(seen).toHaveLength(1)
  })

  test('its error is the cause of that of the library', async () => {
    answer = (response) => response.socket?.destroy()

    await expect(refreshTokenGrant(configuration(), 'old')).rejects.toMatchObject({
      cause: { name: 'OutboundError', code: 'interrupted', sent: true },
    })
  })
})

/** A certificate for one DNS name, valid for ever (RFC 5280, Ed25519 of RFC 8410), in as little DER as it takes. */
function selfSigned(host: string): { key: string; cert: string } {
  const der = (tag: number, ...parts: Buffer[]) => {
    const content = Buffer.concat(parts)
    const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255]
    return Buffer.concat([Buffer.from([tag, ...length]), content])
  }
  const [sequence, set, oid, text, time, bits, octets, dnsName] = [0x30, 0x31, 0x06, 0x0c, 0x18, 0x03, 0x04, 0x82]
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const ed25519 = der(sequence, der(oid, Buffer.from([0x2b, 0x65, 0x70])))
  const commonName = der(sequence, der(oid, Buffer.from([0x55, 4, 3])), der(text, Buffer.from(host)))
  const name = der(sequence, der(set, commonName))
  const validity = der(sequence, ...['20200101000000Z', '99991231235959Z'].map((at) => der(time, Buffer.from(at))))
  const alternativeName = der(octets, der(sequence, der(dnsName, Buffer.from(host))))
  const extension = der(sequence, der(oid, Buffer.from([0x55, 0x1d, 0x11])), alternativeName)
  const [version3, serial] = [Buffer.from([0xa0, 3, 2, 1, 2]), Buffer.from([2, 1, 1])]
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const tbs = der(sequence, version3, serial, ed25519, name, validity, name, spki, der(0xa3, der(sequence, extension)))
  const signature = der(bits, Buffer.from([0]), sign(null, tbs, privateKey))
  const cert = der(sequence, tbs, ed25519, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert}\n-----END CERTIFICATE-----\n`,
  }
}
