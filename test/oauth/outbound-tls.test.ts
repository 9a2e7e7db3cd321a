import { createServer } from 'node:https'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createOutbound } from '../../lib/oauth/outbound/outbound.ts'
import { selfSigned } from '../support/self-signed.ts'
import { failureOf, type Provider, startProvider } from './outbound-provider.ts'

const local = { loopback: true, internet: false, privateHosts: [] }
const { key, cert } = selfSigned('localhost')
const trustedBefore = tls.getCACertificates('default')

let provider: Provider
let origin: string

beforeAll(async () => {
  provider = await startProvider((listener) => createServer({ key, cert }, listener))
  origin = provider.origin.replace('http://127.0.0.1', 'https://localhost')
})

beforeEach(() => provider.reset())

afterEach(() => tls.setDefaultCACertificates(trustedBefore))

afterAll(() => provider.close())

describe('over TLS', () => {
  test('a server without a trusted certificate gets nothing to read', async () => {
    const error = await failureOf(createOutbound(local)(origin, { method: 'POST', body: 'a' }))

    expect(error).toMatchObject({ code: 'unreachable', sent: false })
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    expect(provider.seen).toEqual([])
  })

  test.each([{ headers: {} }, { headers: { host: 'localhost' } }])(
    'a certificate for another name is refused, with headers $headers',
    async ({ headers }) => {
      tls.setDefaultCACertificates([cert])

      const error = await failureOf(createOutbound(local)(origin.replace('localhost', '127.0.0.1'), { headers }))

      expect(error).toMatchObject({ code: 'unreachable', sent: false })
      expect(provider.seen).toEqual([])
    },
  )

  test('a cut after the handshake may have been too late', async () => {
    tls.setDefaultCACertificates([cert])
    const outbound = createOutbound(local)
    const first = await outbound(origin)
    provider.answer = (response) => response.socket?.destroy()

    const error = await failureOf(outbound(origin))

    expect(first.status).toBe(200)
    expect(error).toMatchObject({ code: 'interrupted', sent: true })
  })
})
