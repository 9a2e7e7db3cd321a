import type { ProviderSettings } from '../../domain/providers/settings.ts'
import type { Members } from '../members.ts'

/** One provider: data, and how it says who an account is. */
export interface CatalogueEntry {
  /** Its name as people write it. */
  readonly title: string
  /** Where its facts come from. */
  readonly documentation: string
  /** Its URL when the admin names no other host. */
  readonly home: string
  /** The other hosts that it may be at: any, for what organizations run themselves, or these. */
  readonly otherHosts?: 'any' | readonly string[]
  /** Its tenants, where it has any. */
  readonly tenant?: { readonly standard: string; readonly pattern: RegExp; readonly words: string }
  /** What is asked for unless the admin says otherwise: enough to know the account, and to stay connected. */
  readonly scopes: readonly string[]
  /** What differs from `standard`. */
  readonly settings: (place: Place) => Partial<ProviderSettings> & Endpoints
  /**
   * The fields of the profile in its answers; what is no text and no number is left out. `sub` must never change for an
   * account.
   */
  readonly profile: (account: Members, more: Readonly<Record<string, unknown>>) => ProfileFields
}

type Endpoints = Pick<ProviderSettings, 'authorizationUrl' | 'tokenUrl'>

/** Which server is meant. */
export interface Place {
  /** Its URL, without a trailing slash. */
  readonly base: string
  readonly host: string
  /** Whether it is the provider's own, public one. */
  readonly isHome: boolean
  readonly tenant: string
  /** The client id as part of a path. */
  readonly client: string
}

export interface ProfileFields {
  readonly sub: unknown
  readonly name?: unknown
  readonly givenName?: unknown
  readonly familyName?: unknown
  readonly nickName?: unknown
  readonly email?: unknown
  readonly picture?: unknown
  readonly locale?: unknown
  readonly description?: unknown
  /** The account's page for people. */
  readonly profileUrl?: unknown
}

/** What most providers have in common; an entry says where it differs. */
export const standard = {
  pkce: true,
  scopeSeparator: ' ',
  authMethod: 'client_secret_post',
  bodyFormat: 'form',
  rotation: 'replace',
  userInfoMethod: 'GET',
  revocationStyle: 'none',
  // The cautious reading: nothing is revoked while another grant might die of it.
  revocationScope: 'userAndApp',
} as const satisfies Partial<ProviderSettings>
