import type { Sealed } from '../ports.ts'

/** Seconds in which a flow must be finished (RFC 6749 section 4.1.2 recommends ten minutes at most for codes). */
export const FLOW_SECONDS = 600

/**
 * `app`: the browser takes a handle to the application, which finishes under the user's own token. `page`: the person
 * decides on Grantkeeper's last page.
 */
export type Completion = 'app' | 'page'

/**
 * One attempt to connect an account. The row is also the journal of the exchange: it holds the code from before it is
 * sent, and the tokens from the moment they came, so that whatever breaks off can be taken up or cleaned up.
 * Times are milliseconds since the epoch.
 */
export interface Flow {
  /** SHA-256 of organization and state; of the state alone where the browser comes back to Grantkeeper. */
  readonly key: string
  readonly orgId: string
  /** Who began; nobody else may finish. */
  readonly userId: string
  readonly providerId: string
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  /** The code verifier and the nonce. */
  readonly secrets: Sealed
  readonly expiresAt: number
  /** Who exchanges the code at the moment, and until when that is believed. */
  readonly claimId?: string
  readonly claimUntil?: number
  readonly code?: Sealed
  readonly tokens?: Sealed

  /** Who finishes a flow of the browser; absent where it is the application that holds the state. */
  readonly completion?: Completion
  /** Where the browser goes in the end: one of the provider's redirect URIs. */
  readonly returnTo?: string
  /** SHA-256 of the cookie of the browser that began. */
  readonly browser?: string
  /** SHA-256 of the handle that the application got, and the code that it stands for. */
  readonly handle?: string
  readonly returnedCode?: Sealed
  /** Whose tokens are held until the person has decided. */
  readonly account?: Sealed
}
