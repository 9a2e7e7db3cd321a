import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Problem } from '../../lib/domain/problem.ts'
import { UpstreamFailure } from '../../lib/domain/upstream-failure.ts'
import { api } from '../../lib/oauth/api.ts'
import { createOutbound } from '../../lib/oauth/outbound/outbound.ts'
import { type AnApi, anApi } from '../support/an-api.ts'
import { resolving } from './outbound-provider.ts'

const get = { method: 'GET', headers: {} }

describe('the API of a deployed provider', () => {
  let connections = 0
  let server: Server
  let port = 0
  beforeAll(async () => {
    server = createServer((socket) => {
      connections++
      socket.destroy()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => void server.close())

  test.each([
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['10.0.0.1'],
    ['192.168.1.1'],
    ['169.254.169.254'],
    ['fd00:ec2::254'],
    ['100.64.0.1'],
    ['0.0.0.0'],
    ['64:ff9b::7f00:1'],
    ['8.8.8.8', '127.0.0.1'],
    ['2001:4860:4860::8888', '::1'],
  ])('is not asked where its name leads to %s', async (...addresses) => {
    const lookup = resolving(() => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))
    const { call } = api(createOutbound({ loopback: false, privateHosts: [], lookup }))

    const failed = await call(new URL(`https://api.example.com:${port}/v1/x`), get, 'the-token').catch((error) => error)

    expect((failed as Problem).code).toBe('upstreamUnavailable')
    expect(connections).toBe(0)
  })
})

describe('a call', () => {
  const { call } = api(createOutbound({ loopback: true, internet: false, privateHosts: [] }))
  let server: AnApi
  beforeAll(async () => {
    server = await anApi()
  })
  afterAll(() => server.close())
  beforeEach(() => server.reset())

  test('carries the token, whatever the headers say', async () => {
    const request = { method: 'PUT', headers: { accept: 'text/csv', authorization: 'mine' }, body: Buffer.from('a\0b') }

    await call(new URL(`${server.origin}/v1/x?y=z`), request, 'the-token')

    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      target: '/v1/x?y=z',
      headers: { accept: 'text/csv', authorization: 'Bearer the-token' },
      body: Buffer.from('a\0b'),
    })
  })

  test.each([
    ['3', 3],
    ['7200', 3600],
    ['soon', undefined],
    [undefined, undefined],
  ])('says when to try again: Retry-After %s is %s seconds', async (header, seconds) => {
    server.answer = (response) => response.writeHead(429, header === undefined ? {} : { 'retry-after': header }).end()

    const answer = await call(new URL(server.origin), get, 'the-token')

    expect([answer.status, answer.retryAfterSeconds]).toEqual([429, seconds])
  })

  test('that was cut off may be made again: it is no problem of the caller yet, and says nothing of the URL', async () => {
    server.answer = (response) => response.socket?.resetAndDestroy()

    const failed = await call(new URL(`${server.origin}/private/path`), get, 'the-token').catch((error) => error)

    expect(failed).toBeInstanceOf(UpstreamFailure)
    expect(`${failed.message} ${failed.stack}`).not.toMatch(/private|the-token/)
  })
})
