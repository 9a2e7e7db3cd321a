import type { LookupAddress, lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** A name that resolves to an address that may not be called. */
export class AddressRefused extends Error {}

/**
 * A `lookup` for sockets that passes on what `lookup` answers only if `check` finds nothing against any of the
 * addresses. The socket connects to one of these, without asking again, so the name cannot change its mind in between.
 */
export function guardedLookup(
  lookup: typeof systemLookup,
  check: (address: string) => string | undefined,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, '', 0)
      const refusal = addresses.map(({ address }) => check(address)).find((reason) => reason !== undefined)
      const [first] = addresses
      if (refusal !== undefined || !first) return callback(new AddressRefused(refusal ?? 'has no address'), '', 0)
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
