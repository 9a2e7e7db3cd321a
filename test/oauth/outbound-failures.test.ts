import type { lookup as systemLookup } from 'node:dns'
import type { ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOutbound } from '../../lib/oauth/outbound/outbound.ts'
import { closedPort, failureOf, listen, type Provider, resolving, startProvider } from './outbound-provider.ts'

const local = { loopback: true, internet: false, privateHosts: [] }
const limits = { firstByteMs: 2_000, bodyMs: 2_000, maxBytes: 100_000 }

let provider: Provider

beforeAll(async () => {
  provider = await startProvider()
})

beforeEach(() => provider.reset())

afterAll(() => provider.close())

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
    const port = await closedPort()

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
    mute.close()

    expect(error).toMatchObject({ code: 'timeout', sent: false })
  })

  test('no: the server speaks no TLS', async () => {
    const error = await failureOf(createOutbound(local)(provider.origin.replace('http:', 'https:')))

    expect(error).toMatchObject({ code: 'unreachable', sent: false })
  })

  test('yes: it was written, and the connection then cut', async () => {
    provider.answer = (response) => response.socket?.destroy()

    const error = await failureOf(createOutbound(local)(provider.origin, { method: 'POST', body: 'a' }))

    expect(error).toMatchObject({ code: 'interrupted', sent: true })
    expect(provider.seen).toHaveLength(1)
  })

  test('yes: a kept connection was cut before any byte of the answer, and nothing is sent twice', async () => {
    const outbound = createOutbound(local)
    await outbound(provider.origin)
    provider.answer = (response) => response.socket?.resetAndDestroy()

    const error = await failureOf(outbound(provider.origin, { method: 'POST', body: 'a' }))

    expect(error).toMatchObject({ code: 'interrupted', sent: true })
    expect(provider.connections).toBe(1)
    expect(provider.seen).toHaveLength(2)
  })

  test('no, while it waits for one of too many connections; yes, once it got that of another', async () => {
    const outbound = createOutbound(local)
    const waiting: ServerResponse[] = []
    const full = Promise.withResolvers<void>()
    provider.answer = (response) => {
      if (waiting.push(response) === 32) full.resolve()
    }
    const busy = Array.from({ length: 32 }, () => outbound(provider.origin))
    await full.promise

    const unsent = await failureOf(outbound(provider.origin, {}, { ...limits, firstByteMs: 30 }))
    const late = outbound(provider.origin, {}, { ...limits, firstByteMs: 500 })
    provider.answer = (response) => response.socket?.destroy()
    for (const response of waiting) response.end()

    expect(unsent).toMatchObject({ code: 'timeout', sent: false })
    expect(await failureOf(late)).toMatchObject({ code: 'interrupted', sent: true })
    expect(await Promise.all(busy)).toHaveLength(32)
    expect(provider.connections).toBe(32)
  })

  test.each([
    { by: 'request', given: (signal: AbortSignal) => ({ request: { signal }, limits }) },
    { by: 'limits', given: (signal: AbortSignal) => ({ request: {}, limits: { ...limits, signal } }) },
  ])('the caller gives up by the signal of the $by', async ({ given }) => {
    const controller = new AbortController()
    provider.answer = () => controller.abort()

    const { request, limits } = given(controller.signal)
    const error = await failureOf(createOutbound(local)(provider.origin, request, limits))

    expect(error).toMatchObject({ code: 'aborted', sent: true })
  })

  test('the caller had given up before', async () => {
    const error = await failureOf(createOutbound(local)(provider.origin, { signal: AbortSignal.abort() }))

    expect(error).toMatchObject({ code: 'aborted', sent: false })
    expect(provider.seen).toEqual([])
  })

  test("the caller's deadline is a timeout", async () => {
    provider.answer = () => undefined

    const error = await failureOf(createOutbound(local)(provider.origin, { signal: AbortSignal.timeout(30) }))

    expect(error.code).toBe('timeout')
  })
})
