import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOutbound, type Outbound, ordinaryCall, tokenCall } from '../../lib/oauth/outbound/outbound.ts'
import { failureOf, type Provider, startProvider } from './outbound-provider.ts'

const mebibyte = 1_048_576
const quick = { firstByteMs: 150, bodyMs: 150, maxBytes: mebibyte }

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

describe('an answer', () => {
  test('comes with its status, headers and whole body', async () => {
    provider.answer = (response) => {
      response.writeHead(418, 'Teapot', [
        ['Content-Type', 'text/plain'],
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Latin', 'caf\u00e9'],
      ])
      response.write('short ')
      setTimeout(() => response.end('and stout'), 20)
    }

    const response = await outbound(provider.origin)

    expect(response).toMatchObject({ status: 418, statusText: 'Teapot' })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('x-latin')).toBe('caf\u00e9')
    expect(response.headers.has('transfer-encoding')).toBe(false)
    expect(await response.text()).toBe('short and stout')
  })

  test.each([301, 302, 303, 307, 308])('%i is returned and not followed', async (status) => {
    provider.answer = (response) => response.writeHead(status, { location: '/elsewhere' }).end()

    const response = await outbound(`${provider.origin}/token`, { method: 'POST', body: 'x', redirect: 'follow' })

    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBe('/elsewhere')
    expect(provider.seen.map(({ path }) => path)).toEqual(['/token'])
  })

  test.each([204, 205, 304])('%i has no body', async (status) => {
    provider.answer = (response) => response.writeHead(status).end()

    const response = await outbound(provider.origin)

    expect(response.status).toBe(status)
    expect(response.body).toBeNull()
  })

  test.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('compressed by %s, though nobody asked, is decompressed', async (encoding, compress) => {
    provider.answer = (response, request) => {
      response.setHeader('x-asked', String(request.headers['accept-encoding']))
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"sub":"248289761001"}'))
    }

    const response = await outbound(provider.origin)

    expect(response.headers.get('x-asked')).toBe('identity')
    expect(response.headers.has('content-encoding')).toBe(false)
    expect(response.headers.has('content-length')).toBe(false)
    expect(await response.json()).toEqual({ sub: '248289761001' })
  })

  test('without body may still name an encoding', async () => {
    provider.answer = (response) => response.writeHead(401, { 'content-encoding': 'gzip' }).end()

    const response = await outbound(provider.origin)

    expect(response.status).toBe(401)
    expect(await response.text()).toBe('')
  })

  test('to HEAD has the headers alone', async () => {
    provider.answer = (response) =>
      response.writeHead(200, { 'content-length': '20', 'content-encoding': 'gzip' }).end()

    const response = await outbound(provider.origin, { method: 'HEAD' })

    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })

  test('of exactly the allowed size is taken', async () => {
    provider.answer = (response) => response.end(Buffer.alloc(1000))

    const response = await outbound(provider.origin, {}, { ...quick, maxBytes: 1000 })

    expect((await response.arrayBuffer()).byteLength).toBe(1000)
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
    provider.answer = () => undefined

    const error = await failureOf(outbound(provider.origin, {}, { ...limits, maxBytes: mebibyte }))

    expect(error.message).toContain(reason)
  })

  test('bodyMs counts from the headers on', async () => {
    provider.answer = (response) => response.flushHeaders()

    const error = await failureOf(outbound(provider.origin, {}, { firstByteMs: 9_000, bodyMs: 50, maxBytes: mebibyte }))

    expect(error.message).toContain('gave no complete body within 50 ms')
  })
})
