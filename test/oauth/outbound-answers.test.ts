import { execFile } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  createOutbound,
  type Outbound,
  type OutboundError,
  ordinaryCall,
  tokenCall,
} from '../../lib/oauth/outbound/outbound.ts'

const mebibyte = 1_048_576
const secret = 'canary-secret'

let server: Server
let origin: string
let answer: (response: ServerResponse, request: IncomingMessage) => void
const paths: string[] = []
let outbound: Outbound

beforeAll(async () => {
  server = createServer((request, response) => {
    paths.push(request.url ?? '')
    request.resume()
    answer(response, request)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

beforeEach(() => {
  outbound = createOutbound({ loopbackOnly: true, privateHosts: [] })
})

afterEach(() => {
  paths.length = 0
  server.closeAllConnections()
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

const quick = { firstByteMs: 150, bodyMs: 150, maxBytes: mebibyte }

const failure = async (limits = quick): Promise<OutboundError> => {
  const request = { method: 'POST', headers: { authorization: `Bearer ${secret}` }, body: `refresh_token=${secret}` }
  const outcome = await outbound(`${origin}/token?code=${secret}`, request, limits).then(
    () => 'an answer',
    (error) => error,
  )
  expect(outcome).toMatchObject({ name: 'OutboundError' })
  return outcome
}

/** Writes as fast as the reader takes it, and tells how much that was when the connection is gone. */
const pour = (response: ServerResponse, chunk: Buffer): Promise<number> =>
  new Promise((resolve) => {
    let bytes = 0
    const write = () => {
      while (!response.destroyed && bytes < 300 * mebibyte) {
        bytes += chunk.length
        if (!response.write(chunk)) return
      }
    }
    response.on('drain', write)
    response.on('close', () => resolve(bytes))
    write()
  })

describe('an answer', () => {
  test('comes with its status, headers and whole body', async () => {
    answer = (response) => {
      response.writeHead(418, 'Teapot', [
        ['Content-Type', 'text/plain'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Latin', 'caf\u00e9'],
      ])
      response.write('short ')
      setTimeout(() => response.end('and stout'), 20)
    }

    const response = await outbound(origin)

    expect(response).toMatchObject({ status: 418, statusText: 'Teapot' })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-latin')).toBe('caf\u00e9')
    expect(response.headers.has('transfer-encoding')).toBe(false)
    expect(await response.text()).toBe('short and stout')
  })

  test.each([301, 302, 303, 307, 308])('%i is returned and not followed', async (status) => {
    answer = (response) => response.writeHead(status, { location: '/elsewhere' }).end()

    const response = await outbound(`${origin}/token`, { method: 'POST', body: 'x', redirect: 'follow' })

    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBe('/elsewhere')
    expect(paths).toEqual(['/token'])
  })

  test.each([204, 205, 304])('%i has no body', async (status) => {
    answer = (response) => response.writeHead(status).end()

    const response = await outbound(origin)

    expect(response.status).toBe(status)
    expect(response.body).toBeNull()
  })

  test.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('compressed by %s, though nobody asked, is decompressed', async (encoding, compress) => {
    answer = (response, request) => {
      response.setHeader('x-asked', String(request.headers['accept-encoding']))
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"sub":"248289761001"}'))
    }

    const response = await outbound(origin)

    expect(response.headers.get('x-asked')).toBe('identity')
    expect(response.headers.has('content-encoding')).toBe(false)
    expect(response.headers.has('content-length')).toBe(false)
    expect(await response.json()).toEqual({ sub: '248289761001' })
  })

  test('without body may still name an encoding', async () => {
    answer = (response) => response.writeHead(401, { 'content-encoding': 'gzip' }).end()

    const response = await outbound(origin)

    expect(response.status).toBe(401)
    expect(await response.text()).toBe('')
  })

  test('to HEAD has the headers alone', async () => {
    answer = (response) => response.writeHead(200, { 'content-length': '20', 'content-encoding': 'gzip' }).end()

    const response = await outbound(origin, { method: 'HEAD' })

    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })

  test('of exactly the allowed size is taken', async () => {
    answer = (response) => response.end(Buffer.alloc(1000))

    const response = await outbound(origin, {}, { ...quick, maxBytes: 1000 })

    expect((await response.arrayBuffer()).byteLength).toBe(1000)
  })
})

describe('a hostile answer', () => {
  const chunk = Buffer.alloc(65_536, 'a')
  const hang = () => undefined

  test.each<{ what: string; code: string; hostile: typeof answer }>([
    { what: 'nothing at all', code: 'timeout', hostile: hang },
    { what: 'headers and then nothing', code: 'timeout', hostile: (r) => r.flushHeaders() },
    {
      what: 'a body byte by byte',
      code: 'timeout',
      hostile: (r) => {
        const drip = setInterval(() => r.write('a'), 20)
        r.on('close', () => clearInterval(drip))
      },
    },
    {
      what: 'headers byte by byte',
      code: 'timeout',
      hostile: (r) => {
        r.socket?.write('HTTP/1.1 200 OK\r\nx: ')
        const drip = setInterval(() => r.socket?.write('a'), 20)
        r.on('close', () => clearInterval(drip))
      },
    },
    { what: 'interim answers only', code: 'timeout', hostile: (r) => r.writeProcessing() },
    { what: 'a reset', code: 'interrupted', hostile: (r) => r.socket?.resetAndDestroy() },
    { what: 'an end before any byte', code: 'interrupted', hostile: (r) => r.socket?.end() },
    {
      what: 'a reset in the middle of the body',
      code: 'interrupted',
      hostile: (r) => {
        r.writeHead(200, { 'content-length': '10' }).write('abc')
        setTimeout(() => r.socket?.resetAndDestroy(), 20)
      },
    },
    {
      what: 'an end in the middle of the body',
      code: 'interrupted',
      hostile: (r) => {
        r.write('abc')
        setTimeout(() => r.socket?.end(), 20)
      },
    },
    { what: 'no HTTP', code: 'interrupted', hostile: (r) => r.socket?.end(`${secret}\r\n\r\n`) },
    {
      what: 'broken chunks',
      code: 'interrupted',
      hostile: (r) => r.socket?.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    },
    {
      what: 'two lengths',
      code: 'interrupted',
      hostile: (r) => r.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'),
    },
    {
      what: 'a status beyond 599',
      code: 'interrupted',
      hostile: (r) => r.socket?.end('HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n'),
    },
    {
      what: 'another protocol',
      code: 'interrupted',
      hostile: (r) => r.socket?.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    },
    {
      what: '100,000 headers',
      code: 'tooLarge',
      hostile: (r) => r.socket?.write(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(100_000)}\r\n`),
    },
    {
      what: 'a huge announced body',
      code: 'tooLarge',
      hostile: (r) => r.writeHead(200, { 'content-length': 1e12 }).write('a'),
    },
    {
      what: 'an unknown encoding',
      code: 'badEncoding',
      hostile: (r) => r.writeHead(200, { 'content-encoding': 'constructor' }).end('a'),
    },
    {
      what: 'two encodings',
      code: 'badEncoding',
      hostile: (r) => r.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('a'))),
    },
    {
      what: 'no gzip where it says so',
      code: 'badEncoding',
      hostile: (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('a'),
    },
    {
      what: 'a cut gzip',
      code: 'badEncoding',
      hostile: (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('abc').subarray(0, -6)),
    },
    {
      what: 'a broken brotli',
      code: 'badEncoding',
      hostile: (r) => r.writeHead(200, { 'content-encoding': 'br' }).end('hello world'),
    },
  ])('$what: $code, may have been processed, and says no secret', async ({ hostile, code }) => {
    answer = hostile

    const error = await failure()

    expect(error).toMatchObject({ code, sent: true })
    expect(error.message).toMatch(`${origin}/token: `)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret)
    expect(error.cause).toBeUndefined()
  })

  test('without end is cut at the limit', async () => {
    const written = new Promise<number>((resolve) => {
      answer = (response) => resolve(pour(response, chunk))
    })

    const error = await failure({ ...quick, bodyMs: 5_000 })

    expect(error.code).toBe('tooLarge')
    // What lies in the buffers of two sockets comes on top.
    expect(await written).toBeLessThan(12 * mebibyte)
  })

  test('that inflates to 300 MiB costs little memory', async () => {
    const bomb = Buffer.concat(Array<Buffer>(300).fill(gzipSync(Buffer.alloc(mebibyte))))
    answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    const script = `
      import { createOutbound } from '${new URL('../../lib/oauth/outbound/outbound.ts', import.meta.url)}'
      const before = process.resourceUsage().maxRSS
      const error = await createOutbound({ loopbackOnly: true, privateHosts: [] })('${origin}').catch((error) => error)
      console.log(error.code, Math.round((process.resourceUsage().maxRSS - before) / 1024))`

    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])

    const [code, mebibytes] = stdout.trim().split(' ')
    expect(bomb.length).toBeLessThan(mebibyte)
    expect(code).toBe('tooLarge')
    expect(Number(mebibytes)).toBeLessThan(64)
  })
})

describe('limits of time', () => {
  test('an ordinary call takes 8 s at most, a token request 20 s and then 5 s for the body', () => {
    expect(ordinaryCall).toEqual({ firstByteMs: 8_000, bodyMs: 8_000, wholeMs: 8_000, maxBytes: mebibyte })
    expect(tokenCall).toEqual({ firstByteMs: 20_000, bodyMs: 5_000, maxBytes: mebibyte })
  })

  test.each([
    { limit: 'firstByteMs', limits: { firstByteMs: 50, bodyMs: 9_000 }, reason: 'gave no answer within 50 ms' },
    {
      limit: 'wholeMs',
      limits: { firstByteMs: 9_000, bodyMs: 9_000, wholeMs: 50 },
      reason: 'was not complete within 50 ms',
    },
  ])('$limit ends a call without answer', async ({ limits, reason }) => {
    answer = () => undefined

    const error = await failure({ ...limits, maxBytes: mebibyte })

    expect(error.message).toContain(reason)
  })

  test('bodyMs counts from the headers on', async () => {
    answer = (response) => response.flushHeaders()

    const error = await failure({ firstByteMs: 9_000, bodyMs: 50, maxBytes: mebibyte })

    expect(error.message).toContain('gave no complete body within 50 ms')
  })
})
