import type { FailureClass } from '../upstream-failure.ts'

/**
 * Where a provider is and how it wants to be talked to. Places are fixed at creation: tokens must never go to a new one.
 * Of a named type everything comes from the catalogue, but for what the admin has set otherwise.
 */
export interface ProviderSettings {
  readonly authorizationUrl: string
  readonly tokenUrl: string
  readonly issuer?: string
  readonly jwksUrl?: string
  /** By which ID tokens may be signed; RS256 unless said. */
  readonly idTokenAlgorithms?: readonly string[]
  /** False where the server never gives a nonce back. */
  readonly nonce?: boolean
  readonly introspectionUrl?: string
  /** Where users see, and can withdraw, what they have granted. */
  readonly settingsUrl?: string
  readonly apiBaseUri?: string

  // The authorization request (RFC 6749 section 4.1.1)
  readonly pkce: boolean
  readonly scopeSeparator: string
  readonly authParams?: Readonly<Record<string, string>>
  /** What makes the consent screen appear. */
  readonly consentParams?: Readonly<Record<string, string>>

  // The token request (sections 4.1.3 and 6)
  readonly authMethod: 'client_secret_basic' | 'client_secret_post'
  readonly bodyFormat: 'form' | 'json'
  readonly tokenHeaders?: Readonly<Record<string, string>>
  readonly tokenParams?: Readonly<Record<string, string>>
  readonly refreshParams?: Readonly<Record<string, string>>
  /** Whether a refresh names the scopes again. */
  readonly refreshScope?: boolean
  readonly rotation: 'replace' | 'keep'

  // The token answer (section 5)
  /** The member that holds the tokens when they do not stand at the top. */
  readonly tokensIn?: string
  /** The member that holds the error code when it is not `error`: its name, or a JSON pointer. */
  readonly errorIn?: string
  /** Error codes that mean something else here than elsewhere; a status (`401`) where a refusal has no code. */
  readonly errors?: Readonly<Record<string, FailureClass>>
  /** What `expires_in` is, where it is no number of seconds. */
  readonly expiresIn?: 'seconds' | 'milliseconds' | 'epochSeconds' | 'epochMilliseconds' | 'rfc3339'
  /** Seconds, when neither a token answer nor an earlier one says how long a token lives. */
  readonly defaultTtl?: number
  /** Seconds that a refresh token lives by the provider's documented rule, when the answer does not say. */
  readonly refreshTtl?: number
  /** Other names under which a granted scope comes back. */
  readonly scopeAliases?: Readonly<Record<string, string>>
  /** What stands in front of scopes that come back. */
  readonly scopePrefix?: string
  /** Scopes that are granted along with a wider one. */
  readonly impliedScopes?: Readonly<Record<string, readonly string[]>>

  // The profile
  readonly userInfoUrl?: string
  readonly userInfoMethod: 'GET' | 'POST'
  readonly userInfoHeaders?: Readonly<Record<string, string>>
  readonly userInfoBody?: string
  /** `client`: asked with the client's credentials and the token in the form, as of RFC 7662. */
  readonly userInfoAuth?: 'bearer' | 'client'
  /** Asked instead where the token has no scope for the first (403). */
  readonly userInfoFallbackUrl?: string
  /**
   * Further answers about the account, by name, which may be refused without harm. `{/pointer}` in a URL stands for that
   * member of the first answer.
   */
  readonly profileUrls?: Readonly<Record<string, string>>
  readonly fieldMap?: Readonly<Record<string, string>>

  // Revocation
  readonly revocationUri?: string
  readonly revocationStyle: RevocationStyle
  /** JSON that goes with a `bearer` revocation. */
  readonly revocationBody?: string
  readonly revocationScope: 'token' | 'userAndApp'
  /** Ends everything of the user with this client, for when no other grant stands on it. */
  readonly wholeRevocationUri?: string
  /** Takes a leftover refresh token without any client (GitHub's credential revocation). */
  readonly leftoverRevocationUri?: string

  // The device flow (RFC 8628)
  readonly deviceUrl?: string
  readonly deviceAuth?: 'client' | 'none'

  /** Where a GitHub App's installations are listed. */
  readonly installationsUrl?: string
}

/**
 * How tokens are revoked:
 * `rfc7009` by the client in a form; `tokenOnly` the same without credentials; `bearer` an empty POST with the token;
 * `basicJson` the token as JSON under Basic; `github` GitHub's DELETE of an access token; `none` not at all.
 */
export type RevocationStyle = 'rfc7009' | 'tokenOnly' | 'bearer' | 'basicJson' | 'github' | 'none'
