import { createHash } from 'node:crypto'

/** A user of a provider, in the words that all of them have. */
export interface Person {
  /** The account name under which the stand-in knows the user. */
  readonly account: string
  /** In the provider's own form. */
  readonly id: string
  readonly login: string
  readonly email: string
  readonly name: string
  readonly givenName: string
  readonly familyName: string
}

/** Makes an id in a provider's form of 64 hexadecimal digits. */
export type IdOf = (digest: string) => string

/** The account that a name stands for: the provider's own user for its login, its e-mail or nothing. */
export function accountOf(owner: Person, name: string): string {
  return ['', owner.login, owner.email].includes(name) ? owner.account : name
}

/** The user of an account; for one that is not the provider's own, everything follows from the name. */
export function personOf(owner: Person, idOf: IdOf, account: string): Person {
  if (account === owner.account) return owner
  const login = (account.split('@')[0] ?? '').toLowerCase().replace(/[^a-z0-9]+/g, '-') || 'user'
  const givenName = login.charAt(0).toUpperCase() + login.slice(1)
  return {
    account,
    id: idOf(createHash('sha256').update(account).digest('hex')),
    login,
    email: account.includes('@') ? account : `${login}@people.example`,
    name: `${givenName} Example`,
    givenName,
    familyName: 'Example',
  }
}

/** So many decimal digits of a digest, the first never 0. */
export function digitsOf(digest: string, count: number): string {
  const digits = BigInt(`0x${digest}`).toString().slice(-count)
  return digits.replace(/^0/, '9')
}

/** The digest as a UUID. */
export function uuidOf(digest: string): string {
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-9$4-$5')
}
