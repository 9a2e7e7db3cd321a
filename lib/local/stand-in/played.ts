import type { AuthorizationCodes } from './authorization-codes.ts'
import type { Books } from './books.ts'
import type { DeviceCodes } from './device-codes.ts'
import type { Members, ProviderFacts } from './facts.ts'
import type { Interactions } from './interactions.ts'
import { type Person, personOf } from './person.ts'
import type { Quirks } from './quirks.ts'
import type { ClientRecord, GrantRecord, TokenRecord } from './records.ts'

/** A provider as it is being played: what is known of it, how it behaves at the moment, and what it remembers. */
export interface Played {
  readonly facts: ProviderFacts
  readonly quirks: Quirks
  readonly books: Books
  readonly codes: AuthorizationCodes
  readonly deviceCodes: DeviceCodes
  readonly interactions: Interactions
  /** Of an account whose number was set. */
  readonly installations: ReadonlyMap<string, number>
  /** Where a place of a played host is on this machine. */
  readonly urlOf: (host: string, path: string) => string
  /** Signs an RS256 JWT. */
  readonly sign: (claims: Members) => string
  /** What checks those signatures, as a JWK. */
  readonly publicKey: Members
}

/** The world of a host, e.g. one self-hosted server. */
export function instanceOf({ facts }: Played, host: string): string {
  return facts.instance?.(host) ?? facts.type
}

/** The user of an account of this provider. */
export function personIn({ facts }: Played, account: string): Person {
  return personOf(facts.owner, facts.idOf, account)
}

/** Whether a grant was given to this client in the world of this host. */
export function isOf(
  played: Played,
  host: string,
  { clientId }: ClientRecord,
  grant: Pick<GrantRecord, 'instance' | 'clientId'>,
): boolean {
  return grant.instance === instanceOf(played, host) && grant.clientId === clientId
}

/** Whether a token was replaced and, where that has a grace, for longer than it lasts. */
export function isUsedUp({ quirks: { rotation }, books }: Played, { usedAt }: TokenRecord): boolean {
  if (usedAt === undefined) return false
  return typeof rotation === 'string' || usedAt + rotation.grace * 1000 <= books.clock.now()
}
