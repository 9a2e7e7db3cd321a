import { BlockList, isIP } from 'node:net'

/**
 * What an address is good for: `public` and `private` may be reachable, `loopback` only in local mode, and
 * `forbidden` (link-local, metadata, multicast, reserved, embedded IPv4 ...) never.
 */
export type AddressKind = 'public' | 'private' | 'loopback' | 'forbidden'

const loopback = blockList(['127.0.0.0/8', '::1/128'])

/** Cloud metadata and platform services that sit outside the link-local ranges, at AWS and elsewhere. */
const metadata = blockList([
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
])

const privateUse = blockList(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'])

const specialPurpose4 = blockList([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
])

// For IPv6 an allow-list: whatever is not global unicast (mapped, compatible, NAT64, site-local ...) is out by itself.
const globalUnicast6 = blockList(['2000::/3'])
const specialPurpose6 = blockList(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

/** Classifies an IP address in text form, without brackets; anything that is no IP address is `forbidden`. */
export function addressKind(address: string): AddressKind {
  const version = isIP(address)
  if (version === 0) return 'forbidden'
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const isIn = (list: BlockList) => list.check(address, family)
  // BlockList also matches IPv4 rules against `::ffff:a.b.c.d`, a form that no honest answer has.
  if (/^[0:]*:ffff:/i.test(address)) return 'forbidden'
  if (isIn(loopback)) return 'loopback'
  if (isIn(metadata)) return 'forbidden'
  if (isIn(privateUse)) return 'private'
  if (version === 4) return isIn(specialPurpose4) ? 'forbidden' : 'public'
  return isIn(globalUnicast6) && !isIn(specialPurpose6) ? 'public' : 'forbidden'
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/')
    list.addSubnet(network, Number(prefix), network.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
