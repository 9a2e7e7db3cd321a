import type { Caller } from '../caller.ts'
import type { Completion } from './flow.ts'

/** Seconds in which the link must be opened. */
export const TICKET_SECONDS = 60
/** Seconds that the person then has to read its page: nobody should have to hurry. */
export const READING_SECONDS = 600

/**
 * The right to begin a flow of one user at one provider in a browser, which has no token of the user. Times are
 * milliseconds since the epoch.
 */
export interface Ticket extends Pick<Caller, 'orgId' | 'userId' | 'actorId'> {
  /** SHA-256 of the ticket. */
  readonly key: string
  readonly providerId: string
  readonly completion: Completion
  readonly returnTo?: string
  readonly expiresAt: number
  /** SHA-256 of the cookie of the browser that opened it, and until when that one may go on. */
  readonly browser?: string
  readonly openUntil?: number
  /** Set when it is used up. */
  readonly useId?: string
}
