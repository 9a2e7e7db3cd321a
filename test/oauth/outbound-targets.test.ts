import type { lookup as systemLookup } from 'node:dns'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressKind } from '../../lib/oauth/outbound/address.ts'
import { checkUrl, createOutbound, type OutboundError } from '../../lib/oauth/outbound/outbound.ts'
import { checkAddress } from '../../lib/oauth/outbound/target.ts'

const hosted = { loopback: false, privateHosts: [] }
const local = { loopback: true, internet: false, privateHosts: [] }

/** A resolver that answers every name with the same addresses. */
const answering = (...addresses: readonly string[]) => {
  const asked: string[] = []
  const lookup = ((name: string, _options: object, callback: (error: null, found: object[]) => void) => {
    asked.push(name)
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
  }) as unknown as typeof systemLookup
  return { lookup, asked }
}

const failureOf = async (call: Promise<unknown>): Promise<OutboundError> => {
  const outcome = await call.then(
    () => 'an answer',
    (error) => error,
  )
  expect(outcome).toMatchObject({ name: 'OutboundError' })
  return outcome
}

describe('a deployed Grantkeeper', () => {
  let connections = 0
  const servers: Server[] = []
  let port = 0

  beforeAll(async () => {
    const listen = (host: string, on: number) =>
      new Promise<number>((resolve, reject) => {
        const server = createServer((socket) => {
          connections++
          socket.destroy()
        })
        servers.push(server)
        server.once('error', reject).listen(on, host, () => resolve((server.address() as AddressInfo).port))
      })
    port = await listen('127.0.0.1', 0)
    await listen('::1', port).catch(() => undefined)
  })

  afterAll(() => {
    for (const server of servers) server.close()
  })

  test.each([
    // Loopback, in every spelling that URLs know
    ['127.0.0.1'],
    ['127.1'],
    ['127.0.1'],
    ['127.255.255.254'],
    ['2130706433'],
    ['0x7f000001'],
    ['0x7f.1'],
    ['0177.0.0.1'],
    ['017700000001'],
    ['127.0.0.1.'],
    ['127。0。0。1'],
    ['１２７.0.0.1'],
    ['%31%32%37.0.0.1'],
    ['①②⑦.0.0.1'],
    ['[::1]'],
    ['[0:0:0:0:0:0:0:1]'],
    ['[::ffff:127.0.0.1]'],
    ['[::ffff:7f00:1]'],
    ['[::127.0.0.1]'],
    ['[::7f00:1]'],
    ['[::ffff:0:127.0.0.1]'],
    ['localhost'],
    ['LOCALHOST'],
    ['localhost.'],
    ['app.localhost'],
    // This host
    ['0'],
    ['0.0.0.0'],
    ['0.1.2.3'],
    ['[::]'],
    // Private
    ['10.0.0.1'],
    ['0xa000001'],
    ['172.16.0.1'],
    ['172.31.255.255'],
    ['192.168.1.1'],
    ['100.64.0.1'],
    ['[fc00::1]'],
    ['[fd12:3456::1]'],
    ['[::ffff:10.0.0.1]'],
    ['intranet'],
    ['git.corp.internal'],
    ['printer.local'],
    // Link-local and metadata
    ['169.254.169.254'],
    ['169.254.170.2'],
    ['0xa9fea9fe'],
    ['2852039166'],
    ['[::ffff:169.254.169.254]'],
    ['[fe80::1]'],
    ['[fec0::1]'],
    ['[fd00:ec2::254]'],
    ['[fd20:ce::254]'],
    ['100.100.100.200'],
    ['168.63.129.16'],
    ['metadata.google.internal'],
    // IPv4 inside IPv6: NAT64, its local prefix, 6to4, Teredo
    ['[64:ff9b::127.0.0.1]'],
    ['[64:ff9b::8.8.8.8]'],
    ['[64:ff9b:1::1]'],
    ['[2002:7f00:1::]'],
    ['[2001:0:1234::1]'],
    ['[::ffff:8.8.8.8]'],
    // Documentation, benchmarks, discard, multicast, reserved, broadcast
    ['192.0.2.1'],
    ['198.51.100.1'],
    ['203.0.113.1'],
    ['[2001:db8::1]'],
    ['[3fff::1]'],
    ['198.18.0.1'],
    ['[2001:2::1]'],
    ['[100::1]'],
    ['192.0.0.8'],
    ['192.88.99.1'],
    ['224.0.0.1'],
    ['239.255.255.255'],
    ['[ff02::1]'],
    ['240.0.0.1'],
    ['255.255.255.255'],
  ])('refuses https://%s without connecting', async (host) => {
    const { lookup, asked } = answering('127.0.0.1')
    const url = `https://${host}:${port}/token`

    const error = await failureOf(createOutbound({ ...hosted, lookup })(url))

    expect(error).toMatchObject({ code: 'refused', sent: false })
    expect(checkUrl(url, hosted)).toMatch(/^(is|must) /)
    expect(asked).toEqual([])
    expect(connections).toBe(0)
  })

  test.each([
    { addresses: ['127.0.0.1'] },
    { addresses: ['::1'] },
    { addresses: ['0.0.0.0'] },
    { addresses: ['10.1.2.3'] },
    { addresses: ['169.254.169.254'] },
    { addresses: ['::ffff:127.0.0.1'] },
    { addresses: ['0:0:0:0:0:ffff:7f00:1'] },
    { addresses: ['::7f00:1'] },
    { addresses: ['64:ff9b::7f00:1'] },
    { addresses: ['fe80::1%lo'] },
    { addresses: ['fd00:ec2::254'] },
    { addresses: ['8.8.8.8', '127.0.0.1'] },
    { addresses: ['2606:4700::1', '::1'] },
    { addresses: ['not an address'] },
    { addresses: [] },
  ])('refuses a public name that resolves to $addresses', async ({ addresses }) => {
    const { lookup, asked } = answering(...addresses)

    const error = await failureOf(createOutbound({ ...hosted, lookup })(`https://idp.example.com:${port}/token`))

    expect(error).toMatchObject({ code: 'refused', sent: false })
    expect(asked).toEqual(['idp.example.com'])
    expect(connections).toBe(0)
  })

  test.each([
    { url: 'http://idp.example.com/', why: 'must begin with https://' },
    { url: 'ftp://idp.example.com/', why: 'must begin with https://' },
    { url: 'file:///etc/passwd', why: 'must begin with https://' },
    { url: 'https://user:pw@idp.example.com/', why: 'must not contain a user name or password' },
    { url: 'https://@127.0.0.1/', why: 'is at a loopback address' },
    { url: 'idp.example.com', why: 'is not a URL' },
    { url: 'https://[fe80::1%25lo]/', why: 'is not a URL' },
    { url: 'https://10.0.0.1/', why: 'is at a private address' },
    { url: 'https://224.0.0.1/', why: 'is at an address that is not public' },
    { url: 'https://intranet/', why: 'is a private host' },
    { url: 'https://idp.example.com/realms/a', why: undefined },
    { url: 'https://idp.example.com.:8443/', why: undefined },
    { url: 'https://8.8.8.8/', why: undefined },
    { url: 'https://[2606:4700::1]/', why: undefined },
  ])('says of $url: $why', ({ url, why }) => {
    expect(checkUrl(url, hosted)).toBe(why)
  })

  test.each([
    { privateHost: 'git.corp.internal', url: 'https://git.corp.internal/', address: '10.1.2.3', allowed: true },
    { privateHost: 'GIT.corp.internal.', url: 'https://git.corp.internal:8443/', address: 'fd12::1', allowed: true },
    {
      privateHost: 'git.corp.internal:8443',
      url: 'https://git.corp.internal:8443/',
      address: '100.64.1.1',
      allowed: true,
    },
    { privateHost: 'git.corp.internal:443', url: 'https://git.corp.internal/', address: '192.168.1.1', allowed: true },
    { privateHost: '10.1.2.3', url: 'https://10.1.2.3/', address: '10.1.2.3', allowed: true },
    { privateHost: '[fd12::1]:8443', url: 'https://[fd12::1]:8443/', address: 'fd12::1', allowed: true },
    { privateHost: 'git.corp.internal', url: 'https://git.corp.internal/', address: '8.8.8.8', allowed: true },
    { privateHost: 'git.corp.internal:8443', url: 'https://git.corp.internal/', address: '10.1.2.3', allowed: false },
    { privateHost: 'git.corp.internal', url: 'https://other.corp.internal/', address: '10.1.2.3', allowed: false },
    { privateHost: 'corp.internal', url: 'https://git.corp.internal/', address: '10.1.2.3', allowed: false },
    { privateHost: 'git.corp.internal', url: 'https://git.corp.internal/', address: '127.0.0.1', allowed: false },
    { privateHost: 'git.corp.internal', url: 'https://git.corp.internal/', address: '::1', allowed: false },
    { privateHost: 'git.corp.internal', url: 'https://git.corp.internal/', address: '169.254.169.254', allowed: false },
    { privateHost: 'git.corp.internal', url: 'https://git.corp.internal/', address: 'fd00:ec2::254', allowed: false },
    { privateHost: '169.254.169.254', url: 'https://169.254.169.254/', address: '169.254.169.254', allowed: false },
    { privateHost: '127.0.0.1', url: 'https://127.0.0.1/', address: '127.0.0.1', allowed: false },
  ])(
    'with private host $privateHost, $url at $address is allowed: $allowed',
    ({ privateHost, url, address, allowed }) => {
      const options = { loopback: false, privateHosts: [privateHost] }

      const refusal = checkUrl(url, options) ?? checkAddress(address, new URL(url), options)

      expect(refusal === undefined).toBe(allowed)
    },
  )

  test('a private host is https as well', () => {
    const options = { loopback: false, privateHosts: ['git.corp.internal'] }

    expect(checkUrl('http://git.corp.internal/', options)).toBe('must begin with https://')
  })

  test.each([[''], ['10.0.0.0/8'], ['https://git.corp.internal'], ['*.corp.internal'], ['a b'], ['fd12::1']])(
    'does not start with the private host "%s"',
    (entry) => {
      expect(() => createOutbound({ loopback: false, privateHosts: [entry] })).toThrow(RangeError)
    },
  )
})

describe('local mode', () => {
  test.each([
    { url: 'http://127.0.0.1:4000/', allowed: true },
    { url: 'https://127.0.0.1:4000/', allowed: true },
    { url: 'http://[::1]:4000/', allowed: true },
    { url: 'http://localhost:4000/', allowed: true },
    { url: 'http://idp.localhost:4000/', allowed: true },
    // What may be registered is what may be deployed: whether it may be called is another question.
    { url: 'https://github.com/', allowed: true },
    { url: 'https://8.8.8.8/', allowed: true },
    { url: 'http://github.com/', allowed: false },
    { url: 'http://8.8.8.8/', allowed: false },
    { url: 'https://10.0.0.1/', allowed: false },
    { url: 'http://0.0.0.0/', allowed: false },
    { url: 'http://169.254.169.254/', allowed: false },
    { url: 'https://notlocalhost/', allowed: false },
    { url: 'http://a:b@127.0.0.1/', allowed: false },
    { url: 'ftp://127.0.0.1/', allowed: false },
  ])('$url may be registered: $allowed', ({ url, allowed }) => {
    expect(checkUrl(url, local) === undefined).toBe(allowed)
  })

  test('a private host may be registered where it is named, as on AWS', () => {
    expect(checkUrl('https://10.0.0.1/', { ...local, privateHosts: ['10.0.0.1'] })).toBeUndefined()
  })

  test.each(['https://github.com/login', 'https://8.8.8.8/', 'https://git.corp.internal/'])(
    '%s is not called, not even looked up, and the error names the flag that would',
    async (url) => {
      const { lookup, asked } = answering('127.0.0.1')
      const outbound = createOutbound({ ...local, privateHosts: ['git.corp.internal'], lookup })

      const error = await failureOf(outbound(url))

      expect(error).toMatchObject({ code: 'offline', sent: false })
      expect(error.message).toContain('npm start -- --internet')
      expect(asked).toEqual([])
    },
  )

  test('a localhost that resolves elsewhere is refused', async () => {
    const { lookup } = answering('127.0.0.1', '8.8.8.8')

    const error = await failureOf(createOutbound({ ...local, lookup })('http://localhost:9/'))

    expect(error).toMatchObject({ code: 'refused', sent: false })
  })

  describe('with the internet', () => {
    const online = { ...local, internet: true }

    test.each([
      ['https://provider.example/token', '127.0.0.1'],
      ['https://provider.example/token', '10.0.0.1'],
      ['https://provider.example/token', '169.254.169.254'],
      ['http://localhost:9/', '8.8.8.8'],
    ])('%s is refused where it resolves to %s, as on AWS', async (url, address) => {
      const { lookup, asked } = answering(address)

      const error = await failureOf(createOutbound({ ...online, lookup })(url))

      expect(error).toMatchObject({ code: 'refused', sent: false })
      expect(asked).toHaveLength(1)
    })

    test.each(['http://provider.example/token', 'https://10.0.0.1/', 'https://metadata.google.internal/'])(
      '%s is refused without a question',
      async (url) => {
        const { lookup, asked } = answering('8.8.8.8')

        const error = await failureOf(createOutbound({ ...online, lookup })(url))

        expect(error).toMatchObject({ code: 'refused', sent: false })
        expect(asked).toEqual([])
      },
    )

    test('this machine is called as before', async () => {
      const server = createHttpServer((_request, response) => response.end('here')).listen(0, '127.0.0.1')
      await once(server, 'listening')

      const answer = await createOutbound(online)(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)

      expect(await answer.text()).toBe('here')
      server.close()
    })
  })
})

test.each([
  ['8.8.8.8', 'public'],
  ['172.15.255.255', 'public'],
  ['172.32.0.1', 'public'],
  ['100.128.0.1', 'public'],
  ['2001:200::1', 'public'],
  ['2a00:1450::1', 'public'],
  ['4000::1', 'forbidden'],
  ['5f00::1', 'forbidden'],
  ['localhost', 'forbidden'],
])('the address %s is %s', (address, kind) => {
  expect(addressKind(address)).toBe(kind)
})
