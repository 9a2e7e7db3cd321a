import { createHash, randomBytes } from 'node:crypto'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deep } from '../support/deep.ts'
import { aRelayScene, type RelayScene } from '../support/relay-scene.ts'

let scene: RelayScene
beforeAll(async () => {
  scene = await aRelayScene()
})
afterAll(() => scene.close())
beforeEach(() => scene.api.reset())

const MOST = 4 * 1024 * 1024
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Sends bytes by the path form; answers with the bytes that came back. */
const send = async (method: string, body?: Buffer) => {
  const response = await fetch(`${scene.grantkeeper.url}${scene.path.slice(1)}/request/x`, {
    method,
    headers: { authorization: `Bearer ${scene.caller.token}`, 'content-type': 'image/png' },
    ...(body && { body: new Uint8Array(body) }),
  })
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}

const contents: [string, (size: number) => Buffer][] = [
  ['quotes', (size) => Buffer.alloc(size, '"')],
  ['zeros', (size) => Buffer.alloc(size)],
  ['random bytes', randomBytes],
]

describe.each(contents)('a body of %s', (_, make) => {
  test('arrives whole with 4 MiB, and comes back so', async () => {
    const body = make(MOST)
    scene.api.answer = (response, request) => response.writeHead(200, { 'content-type': 'image/png' }).end(request.body)

    const { response, bytes } = await send('POST', body)

    expect(response.status).toBe(200)
    expect([scene.api.seen.length, hash(scene.api.seen[0]?.body ?? Buffer.of()), hash(bytes)]).toEqual([
      1,
      hash(body),
      hash(body),
    ])
  })

  test('is refused with one byte more: nothing is sent', async () => {
    const { response } = await send('POST', make(MOST + 1))

    expect([response.status, response.headers.get('x-grantkeeper-error')]).toEqual([413, 'tooLarge'])
    expect(scene.api.seen).toEqual([])
  })

  test('is refused as an answer with one byte more', async () => {
    scene.api.answer = (response) => response.end(make(MOST + 1))

    const { response } = await send('GET')

    expect([response.status, response.headers.get('x-grantkeeper-error')]).toEqual([502, 'responseTooLarge'])
  })
})

/** Sends data by the body form, its JSON gzipped. */
const sendInside = async (body: Buffer) => {
  const json = { method: 'POST', url: '/x', data: body.toString('base64'), dataEncoding: 'base64' }
  const response = await fetch(`${scene.grantkeeper.url}${scene.path.slice(1)}/request`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${scene.caller.token}`,
      'content-type': 'application/gzip',
    },
    body: new Uint8Array(gzipSync(JSON.stringify(json))),
  })
  return { response, bytes: Buffer.from(await response.arrayBuffer()) }
}

describe.each(contents)('a body of %s inside of gzipped JSON', (_, make) => {
  test('arrives whole with 4 MiB, and comes back so', async () => {
    const body = make(MOST)
    scene.api.answer = (response, request) => response.writeHead(200, { 'content-type': 'image/png' }).end(request.body)

    const { response, bytes } = await sendInside(body)

    expect(response.status).toBe(200)
    expect([hash(scene.api.seen[0]?.body ?? Buffer.of()), hash(bytes)]).toEqual([hash(body), hash(body)])
    // That is the type of the request around it.
    expect(scene.api.seen[0]?.headers['content-type']).toBe('application/octet-stream')
  })

  test('is refused with one byte more: nothing is sent', async () => {
    const { response } = await sendInside(make(MOST + 1))

    expect([response.status, response.headers.get('x-grantkeeper-error')]).toEqual([413, 'tooLarge'])
    expect(scene.api.seen).toEqual([])
  })
})

test.each([
  ['quotes', '"'],
  ['zeros', '\0'],
])('a text of 4 MiB of %s goes through as such, gzipped', async (_, character) => {
  const response = await fetch(`${scene.grantkeeper.url}${scene.path.slice(1)}/request`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scene.caller.token}`, 'content-type': 'application/gzip' },
    body: new Uint8Array(gzipSync(JSON.stringify({ method: 'POST', url: '/x', data: character.repeat(MOST) }))),
  })

  expect([response.status, hash(scene.api.seen[0]?.body ?? Buffer.of())]).toEqual([
    200,
    hash(Buffer.alloc(MOST, character)),
  ])
})

describe('a content coding, which API Gateway undoes', () => {
  const post = (path: string, coding: string, body: Buffer) =>
    fetch(`${scene.grantkeeper.url}${scene.path.slice(1)}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scene.caller.token}`, 'content-encoding': coding },
      body: new Uint8Array(body),
    })

  test.each([
    ['gzip', gzipSync('plain')],
    ['deflate', deflateSync('plain')],
  ])('such as %s is not said of a body that is not in it any more', async (coding, body) => {
    const { status } = await post('/request/x', coding, body)

    expect(status).toBe(200)
    expect(scene.api.seen[0]?.headers).not.toHaveProperty('content-encoding')
    expect(String(scene.api.seen[0]?.body)).toBe('plain')
  })

  test('serves for JSON as well, as far as that fits', async () => {
    const { status } = await post(
      '/request',
      'gzip',
      gzipSync(JSON.stringify({ method: 'POST', url: '/x', data: 'x' })),
    )

    expect([status, String(scene.api.seen[0]?.body)]).toEqual([200, 'x'])
  })

  test('that it does not know is refused', async () => {
    const answer = await post('/request/x', 'br', Buffer.from('plain'))

    expect([answer.status, scene.api.seen]).toEqual([415, []])
    expect(await answer.json()).toMatchObject({ message: 'The content type is not supported.', errorFields: [] })
  })
})

describe('a body inside of JSON', () => {
  test('may be a text of 4 MiB', async () => {
    const { status } = await scene.relay({ method: 'POST', url: '/x', data: 'x'.repeat(MOST) })

    expect([status, scene.api.seen[0]?.body.length]).toEqual([200, MOST])
  })

  test('may be 3 MiB of whatever bytes, in base64: two times base64 must fit into 6 MiB', async () => {
    const bytes = randomBytes(3 * 1024 * 1024)

    const { status } = await scene.relay({
      method: 'POST',
      url: '/x',
      data: bytes.toString('base64'),
      dataEncoding: 'base64',
    })

    expect([status, hash(scene.api.seen[0]?.body ?? Buffer.of())]).toEqual([200, hash(bytes)])
  })

  test('is refused when the whole is too large', async () => {
    const answer = await scene.relay({ method: 'POST', url: '/x', data: '"'.repeat(MOST) })

    expect([answer.status, answer.headers.get('x-grantkeeper-error')]).toEqual([413, 'tooLarge'])
    expect(scene.api.seen).toEqual([])
  })
})

const AT_A_TIME = deep ? 1000 : 300

describe(`${AT_A_TIME} requests at a time`, () => {
  test('are all sent once, and each gets its own answer', async () => {
    scene.api.answer = (response, { target }) => response.end(target)
    const numbers = Array.from({ length: AT_A_TIME }, (_, at) => at)

    const answers = await Promise.all(numbers.map((number) => scene.relay({ url: `/${number}` })))

    expect(answers.filter(({ status, text }, at) => status !== 200 || text !== `/v1/${at}`)).toEqual([])
    expect(new Set(scene.api.seen.map(({ target }) => target)).size).toBe(AT_A_TIME)
    expect(scene.api.seen).toHaveLength(AT_A_TIME)
  })
})
