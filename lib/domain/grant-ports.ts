import type { Flow } from './connect/flow.ts'
import type { DeathReason, Grant } from './grants/grant.ts'
import type { Chunk } from './jobs/job.ts'
import type { Page, PageRequest, Sealed } from './ports.ts'
import type { Provider } from './providers/provider.ts'
import type { NotedFailure } from './upstream-failure.ts'

/** A token set, sealed for the version it is to be saved as. */
export interface SealedTokens {
  readonly accessToken: Sealed
  readonly refreshToken?: Sealed
  readonly obtainedAt: number
  readonly lifetimeSeconds?: number
  readonly accessTokenExpiresAt?: number
  readonly refreshTokenExpiresAt?: number
  readonly grantedScopes: readonly string[]
}

export interface GrantAndProvider {
  readonly grant: Grant
  readonly provider: Provider
}

/** Which grant stands for an account: the key under which there is at most one. */
export interface Member {
  readonly grantId: string
  readonly userId: string
  readonly sub: string
}

/** An upstream account at a client, seen from an organization. */
export type Account = Pick<Grant, 'orgId' | 'clientId' | 'sub'>

export interface GrantPlace {
  readonly orgId: string
  readonly grantId: string
  readonly providerId: string
}

export type ConnectOutcome = 'saved' | 'providerNotActive' | 'flowGone' | 'changed'
export type RevocationOutcome = 'revoked' | 'failed' | 'unsupported' | 'sibling'

export interface GrantStore {
  /** Also one whose end has come; to all others that is gone. */
  get(orgId: string, id: string): Promise<Grant | undefined>
  getWithProvider(orgId: string, id: string): Promise<GrantAndProvider | undefined>
  getMany(orgId: string, ids: readonly string[]): Promise<readonly Grant[]>
  /** The ids of a user's grants, oldest first. */
  listOfUser(orgId: string, userId: string, page: PageRequest): Promise<Page<string>>
  /** Which grants stand for these shared providers, as far as they are connected. */
  listShared(orgId: string, providerIds: readonly string[]): Promise<readonly Member[]>
  listOfProvider(orgId: string, providerId: string, page: PageRequest): Promise<Page<Member & { place: string }>>
  findMember(provider: Provider, userId: string, sub: string): Promise<Member | undefined>

  /**
   * Keeps a first or a renewed consent, with the account's row, the user's, the sibling's, and ends the flow. Where it
   * replaces tokens, the flow stays on record with them, for nothing but that they are revoked.
   */
  connect(
    grant: Grant,
    previous: Grant | undefined,
    provider: Provider,
    flow: Flow,
    replaced?: { readonly tokens: Sealed; readonly dueAt: number },
  ): Promise<ConnectOutcome>

  /**
   * Takes the right to refresh; undefined when somebody else has it, or anything changed since the grant was read.
   * `refused` notes that a token that should be good is not.
   */
  takeLease(grant: Grant, leaseId: string, leaseMs: number, refused?: boolean): Promise<Grant | undefined>
  /**
   * Gives the lease back untouched, with the note of an earlier attempt that it had replaced; with `outcomeKnown` false its
   * own attempt stays on record.
   */
  releaseLease(grant: Grant, leaseId: string, outcomeKnown?: boolean): Promise<void>
  /** Saves if generation and token version are those read; answers the row that stands there now. */
  saveTokens(grant: Grant, leaseId: string, tokens: SealedTokens): Promise<{ saved: boolean; grant: Grant | undefined }>
  /** Keeps the same tokens sealed anew; false when they are not those that were read any more. */
  reseal(grant: Grant, tokens: Pick<Grant, 'accessToken' | 'refreshToken'>): Promise<boolean>
  /** Notes a failed refresh. `outcomeKnown` false keeps the attempt on record. */
  noteFailure(
    grant: Grant,
    leaseId: string,
    failure: { retryAt?: number; outcomeKnown: boolean; noted?: NotedFailure },
  ): Promise<void>
  /**
   * Declares the grant dead, against exactly the version that was tried. Its refresh token goes, unless the provider has
   * not said that it is bad: a revocation may still need it.
   */
  markDead(grant: Grant, reason: DeathReason, noted: NotedFailure): Promise<boolean>

  /** Takes the right to remove what is past its end, until then; false when somebody has it, or it was changed. */
  claimExpired(grant: Grant, until: number): Promise<boolean>
  /** Removes the grant with all its rows, if it is still what was read; counts it in a chunk when there is one. */
  remove(
    grant: Grant,
    provider: Provider,
    counted?: { chunk: Chunk; outcome: RevocationOutcome },
  ): Promise<'removed' | 'changed' | 'gone'>
  /** Where the grants are that were connected on an account, of any provider and organization; this one's among them. */
  listSiblings(provider: Provider, account: Account): AsyncIterable<GrantPlace>
  /** Says until when this grant is about to go, so that of two that go at once one sees the other leaving. */
  markLeaving(grant: Pick<Grant, 'orgId' | 'id'>, until: number): Promise<void>
}
