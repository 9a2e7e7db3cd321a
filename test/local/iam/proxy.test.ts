import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Inspect, startProxy } from '../../../lib/local/iam/proxy.ts'

let cleanup = new AsyncDisposableStack()
afterEach(async () => {
  await cleanup.disposeAsync()
  cleanup = new AsyncDisposableStack()
})

const aProxy = async (serve: RequestListener, inspect: Inspect = () => undefined, path = '') => {
  const server = createServer(serve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.defer(async () => {
    server.close()
    server.closeAllConnections()
  })
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
  const proxy = await startProxy(target, inspect)
  cleanup.defer(() => proxy.close())
  return proxy
}

describe('a proxy passes on', () => {
  test('method, path, headers and body, and the answer with its own', async () => {
    const seen: unknown[] = []
    const proxy = await aProxy(async (request, response) => {
      const body = (await request.toArray()).join('')
      seen.push([request.method, request.url, request.headers.host, request.headers['x-one'], body])
      response.writeHead(418, { 'x-two': 'b', 'content-type': 'text/plain' }).end('pot')
    })

    const answer = await fetch(`${proxy.endpoint}/a/?b=c`, { method: 'PUT', headers: { 'x-one': 'a' }, body: 'tea' })

    expect(seen).toEqual([['PUT', '/a/?b=c', new URL(proxy.endpoint).host, 'a', 'tea']])
    expect([answer.status, answer.headers.get('x-two'), await answer.text()]).toEqual([418, 'b', 'pot'])
  })

  test('to a server below a path', async () => {
    const proxy = await aProxy((request, response) => response.end(request.url), undefined, '/base')

    const answer = await fetch(`${proxy.endpoint}/a`)

    expect(await answer.text()).toBe('/base/a')
  })

  test('an answer as it comes', async () => {
    const { promise: read, resolve } = Promise.withResolvers<void>()
    const proxy = await aProxy(async (_, response) => {
      response.write('first')
      await read
      response.end('last')
    })

    const reader = (await fetch(proxy.endpoint)).body?.pipeThrough(new TextDecoderStream()).getReader()
    const first = await reader?.read()
    resolve()
    const last = await reader?.read()

    expect([first?.value, last?.value]).toEqual(['first', 'last'])
  })

  test('the end of a connection, before an answer and within one', async () => {
    const proxy = await aProxy((request, response) => {
      if (request.url === '/early') request.socket.destroy()
      else response.writeHead(200, { 'content-length': '10' }).write('half', () => request.socket.destroy())
    })

    const early = fetch(`${proxy.endpoint}/early`)
    const late = fetch(`${proxy.endpoint}/late`).then((answer) => answer.text())

    await expect(early).rejects.toThrow('fetch failed')
    await expect(late).rejects.toThrow('terminated')
  })

  test('nothing more to a client that has gone away, and goes on with the next', async () => {
    const gone = Promise.withResolvers<void>()
    const proxy = await aProxy((request, response) => {
      if (request.url !== '/long') return void response.end('short')
      response.on('close', () => gone.resolve()).writeHead(200)
      response.write('first')
    })

    const long = await fetch(`${proxy.endpoint}/long`)
    await long.body?.cancel()
    await gone.promise
    const short = await fetch(proxy.endpoint)

    expect(await short.text()).toBe('short')
  })

  test('nothing twice, however it fails', async () => {
    let requests = 0
    const proxy = await aProxy((request, response) => {
      requests++
      if (request.url === '/cut') request.socket.destroy()
      else response.end()
    })
    await fetch(proxy.endpoint)

    await expect(fetch(`${proxy.endpoint}/cut`)).rejects.toThrow('fetch failed')

    expect(requests).toBe(2)
  })
})

test('what a proxy refuses is not passed on', async () => {
  let requests = 0
  const refusal = { status: 403, headers: { 'content-type': 'text/plain' }, body: 'no' }
  const proxy = await aProxy(
    () => requests++,
    (_, body) => (body?.toString() === 'bad' ? refusal : undefined),
  )

  const answer = await fetch(proxy.endpoint, { method: 'POST', body: 'bad' })

  expect([answer.status, await answer.text(), requests]).toEqual([403, 'no', 0])
})

test('a proxy that closes ends what is under way', async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<void>()
  const proxy = await aProxy(() => resolve())
  const waiting = expect(fetch(proxy.endpoint)).rejects.toThrow('fetch failed')
  await arrived

  await proxy.close()

  await waiting
  await expect(fetch(proxy.endpoint)).rejects.toThrow('fetch failed')
})
