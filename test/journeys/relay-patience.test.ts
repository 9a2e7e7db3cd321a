import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { anAdmin, type Json } from '../support/grantkeeper.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'

let scene: RelayScene
beforeAll(async () => {
  scene = await aRelayScene()
})
afterAll(() => scene.close())
beforeEach(() => scene.api.reset())

/** What the caller is told, and how often the API was asked. */
const ask = async (body: Json) => {
  const answer = await scene.relay(body)
  return [answer.status, answer.headers.get('x-grantkeeper-error'), scene.api.seen.length]
}
const failing = (times: number, status: number, headers: Record<string, string> = {}): void => {
  scene.api.answer = (response) => response.writeHead(scene.api.seen.length > times ? 200 : status, headers).end('text')
}
const reset = (times: number): void => {
  scene.api.answer = (response) => {
    if (scene.api.seen.length > times) response.end('text')
    else response.socket?.resetAndDestroy()
  }
}

describe('an API that says "not now"', () => {
  test.each([429, 502, 503, 504])('by %d is asked again for what is idempotent', async (status) => {
    failing(1, status)

    expect(await ask({ url: '/x' })).toEqual([200, null, 2])
  })

  test.each(['HEAD', 'OPTIONS', 'PUT', 'DELETE'])('is asked again for a %s', async (method) => {
    failing(1, 503)

    expect(await ask({ method, url: '/x', data: 'text' })).toEqual([200, null, 2])
  })

  test.each(['POST', 'PATCH'])('is not asked again for a %s', async (method) => {
    failing(1, 503)

    expect(await ask({ method, url: '/x', data: 'text' })).toEqual([503, null, 1])
  })

  test.each([400, 403, 408, 500, 501])('by no other status, such as %d', async (status) => {
    failing(1, status)

    expect(await ask({ url: '/x' })).toEqual([status, null, 1])
  })

  test('three times is believed', async () => {
    failing(9, 503, { 'x-ratelimit-remaining': '0' })

    const answer = await scene.relay({ url: '/x' })

    expect([answer.status, answer.text, scene.api.seen.length]).toEqual([503, 'text', 3])
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0')
  })

  test('is left alone as long as it asks', async () => {
    const arrivals: number[] = []
    scene.api.answer = (response) => {
      arrivals.push(performance.now())
      response.writeHead(arrivals.length > 1 ? 200 : 429, { 'retry-after': '2' }).end()
    }

    const { status } = await scene.relay({ url: '/x' })

    expect(status).toBe(200)
    expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(1_900)
  })

  test('is believed at once when it asks for longer than there is', async () => {
    failing(1, 429, { 'retry-after': '60' })

    const answer = await scene.relay({ url: '/x' })

    expect([answer.status, answer.headers.get('retry-after'), scene.api.seen.length]).toEqual([429, '60', 1])
  })
})

describe('an API that does not answer', () => {
  test('is asked again for what is idempotent', async () => {
    reset(1)

    expect(await ask({ url: '/x' })).toEqual([200, null, 2])
  })

  test('is unavailable when it goes on so: 502', async () => {
    reset(9)

    expect(await ask({ url: '/x' })).toEqual([502, 'upstreamUnavailable', 3])
  })

  test('is not asked again for what may have been done', async () => {
    reset(1)

    expect(await ask({ method: 'POST', url: '/x' })).toEqual([502, 'upstreamUnavailable', 1])
  })

  test('in time is answered for with 504, and not asked again', async () => {
    scene.api.answer = () => undefined

    expect(await ask({ url: '/x' })).toEqual([504, 'upstreamTimeout', 1])
  })

  test('because nobody listens there is unavailable: 502', async () => {
    const admin = await anAdmin(scene.grantkeeper)
    await admin.patch(`/providers/${scene.provider.id}/`, { apiBaseUri: 'http://127.0.0.1:9' })

    const outcome = await ask({ method: 'POST', url: '/x' })
    await admin.patch(`/providers/${scene.provider.id}/`, { apiBaseUri: `${scene.api.origin}/v1` })

    expect(outcome).toEqual([502, 'upstreamUnavailable', 0])
  })
})

describe('an answer that is compressed', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('by %s is handed on as what it says', async (encoding, compress) => {
    scene.api.answer = (response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(compress('{"a":"ü"}'))

    const { status, text, headers } = await scene.relay({ url: '/x' })

    expect([status, text, headers.get('content-encoding'), headers.get('content-length')]).toEqual([
      200,
      '{"a":"ü"}',
      null,
      '10',
    ])
  })

  test.each<[string, string, Buffer]>([
    ['wrongly', 'gzip', Buffer.from('no gzip')],
    ['in a way that nobody knows', 'zstd', Buffer.from('x')],
  ])('%s is refused: 502', async (_, encoding, body) => {
    scene.api.answer = (response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)

    expect(await ask({ url: '/x' })).toEqual([502, 'upstreamAnswer', 1])
  })

  test('and grows too large is refused: 502', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    scene.api.answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)

    expect(await ask({ url: '/x' })).toEqual([502, 'responseTooLarge', 1])
  })

  test('with a hundred thousand headers is refused: 502', async () => {
    scene.api.answer = (response) =>
      response.socket?.end(`HTTP/1.1 200 OK\r\n${'X-A: 1\r\n'.repeat(100_000)}Content-Length: 0\r\n\r\n`)

    expect(await ask({ url: '/x' })).toEqual([502, 'responseTooLarge', 1])
  })
})
