import { execFile } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOutbound, type Outbound } from '../../lib/oauth/outbound/outbound.ts'
import { failureOf, type Provider, startProvider } from './outbound-provider.ts'

const mebibyte = 1_048_576
const quick = { firstByteMs: 150, bodyMs: 150, maxBytes: mebibyte }
/** Where it is not the time that ends the call. */
const patient = { ...quick, firstByteMs: 10_000, bodyMs: 10_000 }
const secret = 'canary-secret'

let outbound: Outbound
let provider: Provider

beforeAll(async () => {
  provider = await startProvider()
})

beforeEach(() => {
  provider.reset()
  outbound = createOutbound({ loopback: true, internet: false, privateHosts: [] })
})

afterAll(() => provider.close())

const failure = (limits = quick) => {
  const request = { method: 'POST', headers: { authorization: `Bearer ${secret}` }, body: `refresh_token=${secret}` }
  return failureOf(outbound(`${provider.origin}/token?code=${secret}`, request, limits))
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

describe('a hostile answer', () => {
  const chunk = Buffer.alloc(65_536, 'a')
  const hang = () => undefined

  test.each<{ what: string; code: string; hostile: Provider['answer'] }>([
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
    provider.answer = hostile

    const error = await failure(code === 'timeout' ? quick : patient)

    expect(error).toMatchObject({ code, sent: true })
    expect(error.message).toMatch(`${provider.origin}/token: `)
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(secret)
    expect(error.cause).toBeUndefined()
  })

  test('without end is cut at the limit', async () => {
    const written = new Promise<number>((resolve) => {
      provider.answer = (response) => resolve(pour(response, chunk))
    })

    const error = await failure({ ...quick, bodyMs: 5_000 })

    expect(error.code).toBe('tooLarge')
    // What lies in the buffers of two sockets comes on top.
    expect(await written).toBeLessThan(12 * mebibyte)
  })

  test('that inflates to 300 MiB costs little memory', async () => {
    const bomb = Buffer.concat(Array<Buffer>(300).fill(gzipSync(Buffer.alloc(mebibyte))))
    provider.answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    const script = `
      import { createOutbound } from '${new URL('../../lib/oauth/outbound/outbound.ts', import.meta.url)}'
      const before = process.resourceUsage().maxRSS
      const error = await createOutbound({ loopback: true, internet: false, privateHosts: [] })('${provider.origin}').catch((error) => error)
      console.log(error.code, Math.round((process.resourceUsage().maxRSS - before) / 1024))`

    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])

    const [code, mebibytes] = stdout.trim().split(' ')
    expect(bomb.length).toBeLessThan(mebibyte)
    expect(code).toBe('tooLarge')
    expect(Number(mebibytes)).toBeLessThan(64)
  })
})
