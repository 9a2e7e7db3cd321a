import type { Sealed } from '../ports.ts'

/** Seconds in which a flow must be finished (RFC 6749 section 4.1.2 recommends ten minutes at most for codes). */
export const FLOW_SECONDS = 600

/**
 * One attempt to connect an account. The row is also the journal of the exchange: it holds the code from before it is
 * sent, and the tokens from the moment they came, so that whatever breaks off can be taken up or cleaned up.
 * Times are milliseconds since the epoch.
 */
interface AnyFlow {
  /** SHA-256 of organization and state, or handle; of the state alone where the browser comes back to Grantkeeper. */
  readonly key: string
  readonly orgId: string
  /** Who began; nobody else may finish. */
  readonly userId: string
  readonly providerId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** The upstream account that is to be reconnected, where one is; any other is refused. */
  readonly sub?: string
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

/** By a redirect (RFC 6749 section 4.1). */
export interface CodeFlow extends AnyFlow {
  readonly redirectUri: string
  /** The code verifier and the nonce. */
  readonly secrets: Sealed
}

/**
 * `app`: the browser takes a handle to the application, which finishes under the user's own token. `page`: the person
 * decides on Grantkeeper's last page.
 */
export type Completion = 'app' | 'page'

/** By a redirect that comes back to Grantkeeper itself. */
export interface BrowserFlow extends CodeFlow {
  readonly completion: Completion
  /** Where the browser goes in the end: one of the provider's redirect URIs. */
  readonly returnTo?: string
  /** SHA-256 of the cookie of the browser that began, which alone may go on. */
  readonly browser?: string
  /** SHA-256 of the secret in the handle that the application got, and the code that it stands for. */
  readonly handle?: string
  readonly returnedCode?: Sealed
  /** Whose tokens are held until the person has decided. */
  readonly account?: Sealed
}

/** By a code, or a refresh token, that an application has got by itself. */
export interface DirectFlow extends AnyFlow {
  readonly direct: true
  /** The code verifier and the nonce. */
  readonly secrets: Sealed
  /** Of a code; a refresh token has none. */
  readonly redirectUri?: string
}

/** By a code that the user types in (RFC 8628). */
export interface DeviceFlow extends AnyFlow {
  /** The device code. */
  readonly secrets: Sealed
  /** How long the provider wants to be left alone between two polls, and until when it is now. */
  readonly intervalSeconds: number
  readonly nextPollAt: number
}

export type Flow = CodeFlow | BrowserFlow | DirectFlow | DeviceFlow

export const isDeviceFlow = (flow: Flow): flow is DeviceFlow => 'intervalSeconds' in flow

export const isDirectFlow = (flow: Flow): flow is DirectFlow => 'direct' in flow

export const isBrowserFlow = (flow: Flow | undefined): flow is BrowserFlow => flow !== undefined && 'completion' in flow

/** Whether it is known for a while how the flow has ended. */
export const leavesEnd = (flow: Flow): flow is DeviceFlow | DirectFlow => isDeviceFlow(flow) || isDirectFlow(flow)

/** What stays of such a flow until it expires, so that a repeated call is answered alike: nothing but this. */
export type FlowEnd = Pick<Flow, 'orgId' | 'userId' | 'providerId' | 'expiresAt'> & {
  readonly outcome: 'done' | 'accessDenied' | 'expiredToken'
  /** What was connected. */
  readonly grantId?: string
}

/** What a flow leaves behind. */
export const endOf = (
  { orgId, userId, providerId, expiresAt }: Flow,
  outcome: FlowEnd['outcome'],
  grantId?: string,
): FlowEnd => ({
  orgId,
  userId,
  providerId,
  expiresAt,
  outcome,
  ...(grantId !== undefined && { grantId }),
})
