import type { Sealed } from '../ports.ts'

/** Seconds in which a flow must be finished (RFC 6749 section 4.1.2 recommends ten minutes at most for codes). */
export const FLOW_SECONDS = 600

/**
 * One attempt to connect an account. The row is also the journal of the exchange: it holds the code from before it is
 * sent, and the tokens from the moment they came, so that whatever breaks off can be taken up or cleaned up.
 * Times are milliseconds since the epoch.
 */
export interface Flow {
  /** SHA-256 of organization and state. */
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
  /** What the grant is to be called, and when it is to end. */
  readonly grantName?: string
  readonly grantExpiresAt?: number
  /** Who exchanges the code at the moment, and until when that is believed. */
  readonly claimId?: string
  readonly claimUntil?: number
  readonly code?: Sealed
  readonly tokens?: Sealed
}
