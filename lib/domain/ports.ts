import type { QueueName, SealedKind } from '../contract/grant.ts'
import type { Credential } from './credentials/credential.ts'
import type { Chunk, Job, WalkProgress } from './jobs/job.ts'
import type { Provider, ProviderType } from './providers/provider.ts'
import type { FailureCodes } from './upstream-failure.ts'

// Grants, flows, and what is asked of providers, are pages of their own.
export type * from './flow-ports.ts'
export type * from './grant-ports.ts'
export type * from './upstream.ts'

/** Sealed bytes, as stored. */
export type Sealed = Uint8Array

/** A page of a list, and the place to go on from when there is more. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next?: string
}

export interface PageRequest {
  readonly limit: number
  /** `next` of the page before. */
  readonly after?: string | undefined
  readonly descending?: boolean
}

// ---- secrets ----------------------------------------------------------------------------------------------------

/** All that a sealed value belongs to. It opens under exactly the same words, else fails closed. */
export interface SealContext {
  readonly orgId: string
  readonly kind: SealedKind
  readonly id: string
  readonly userId?: string
  readonly field: string
  readonly version: number
}

export interface Vault {
  seal(context: SealContext, plaintext: string): Promise<Sealed>
  /** Throws `SealBroken` when the value was altered or moved. */
  open(context: SealContext, sealed: Sealed): Promise<string>
  /**
   * The same text sealed under the data key of number `atLeast` or a newer one; the very same bytes where it is already.
   * Throws `SealBroken` as `open` does.
   */
  reseal(context: SealContext, sealed: Sealed, atLeast: number): Promise<Sealed>
}

/** A data key by what is known of it without opening anything. */
export interface DataKey {
  readonly number: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** The data keys of all organizations, one row of numbers for each organization and kind. */
export interface KeyRing {
  newest(orgId: string, kind: SealedKind): Promise<DataKey | undefined>
  /** Makes the key of this number, unless it is there. */
  add(orgId: string, kind: SealedKind, number: number): Promise<void>
  /** Wraps it by today's KMS key; whether that was to be done. */
  rewrap(orgId: string, kind: SealedKind, number: number): Promise<boolean>
  /** Takes the right to look after a key until then; false when its time has not come, or somebody else has it. */
  postpone(orgId: string, kind: SealedKind, number: number, dueAt: number): Promise<boolean>
}

// ---- providers --------------------------------------------------------------------------------------------------

/** The sealed client secret of a provider. */
export interface ClientSecret {
  readonly version: number
  readonly sealed: Sealed
}

/** What is undefined stays as it is. */
export type ProviderChanges = {
  readonly [Name in keyof Changeable]?: Changeable[Name] | undefined
}
type Changeable = Pick<
  Provider,
  | 'name'
  | 'slug'
  | 'skipConsent'
  | 'state'
  | 'scopes'
  | 'redirectUris'
  | 'apiBaseUri'
  | 'appInstallUrl'
  | 'programmaticConnect'
  | 'settings'
  | 'overrides'
>

export interface ProviderStore {
  get(orgId: string, id: string): Promise<Provider | undefined>
  /** The provider that has the slug now. */
  findBySlug(orgId: string, slug: string): Promise<Provider | undefined>
  getMany(orgId: string, ids: readonly string[]): Promise<readonly Provider[]>
  list(orgId: string, page: PageRequest): Promise<Page<Provider>>
  /** Writes provider, secret and slug together. */
  create(provider: Provider, secret: ClientSecret): Promise<'created' | 'idTaken' | 'slugTaken'>
  /** Changes what is named, if nobody else changed secret, slug, state, or what it replaces, since it was read. */
  update(
    provider: Provider,
    changes: ProviderChanges,
    secret?: ClientSecret,
  ): Promise<Provider | 'slugTaken' | 'changed'>
  secret(orgId: string, secretId: string): Promise<ClientSecret | undefined>
  /** Keeps the same secret sealed anew; false when it is not the one that was read any more. */
  resealSecret(provider: Provider, before: ClientSecret, sealed: Sealed): Promise<boolean>
  /** The token endpoint refused the client, with the secret of this version. */
  rejectClient(provider: Provider, codes: FailureCodes): Promise<void>
  /** Lets one caller per `everyMs` try a rejected client. */
  takeClientRetry(provider: Provider, everyMs: number): Promise<boolean>
  /** The token endpoint accepted the client and answered in time. */
  acceptClient(provider: Provider): Promise<void>
  /**
   * The token endpoint did not answer in time: how often in a row by now. While the provider is held off nothing is
   * counted, since whoever waited at the same time tells nothing new; undefined then.
   */
  noteTimeout(provider: Provider): Promise<number | undefined>
  /** Until then nobody asks the token endpoint. */
  holdOff(provider: Provider, retryAt: number): Promise<void>
}

// ---- credentials ------------------------------------------------------------------------------------------------

export interface CredentialStore {
  get(orgId: string, id: string): Promise<Credential | undefined>
  /** Oldest first; what is past its end among them. */
  list(orgId: string, page: PageRequest): Promise<Page<Credential>>
  create(credential: Credential): Promise<void>
  /** False when it is not of that version any more. */
  replace(credential: Credential, version: number): Promise<boolean>
  /** Keeps the same data sealed anew; false when it is not what was read any more. */
  reseal(credential: Credential, data: Pick<Credential, 'shown' | 'hidden'>): Promise<boolean>
  remove(orgId: string, id: string): Promise<void>
  /** Removes it if its end has come. */
  removeExpired(orgId: string, id: string): Promise<void>
}

// ---- numbers ----------------------------------------------------------------------------------------------------

/** Who has a number. */
export type NumberHolder =
  | { readonly grantId: string; readonly userId?: never }
  | { readonly userId: string; readonly grantId?: never }

/** Numbers of users and grants, for clients that know them by integers; of one organization none is given twice. */
export interface NumberStore {
  holder(orgId: string, number: number): Promise<NumberHolder | undefined>
  /** By user id; who has none is left out. */
  ofUsers(orgId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Takes so many numbers, which nobody gets again; answers the first. */
  take(orgId: string, count: number): Promise<number>
  /** Gives a user that number, unless it has one. */
  giveToUser(orgId: string, userId: string, number: number): Promise<void>
  /** Gives a grant that number, unless it has one; answers the one it has, undefined when the grant is gone. */
  giveToGrant(orgId: string, grantId: string, number: number): Promise<number | undefined>
}

// ---- jobs -------------------------------------------------------------------------------------------------------

export interface JobStore {
  get(orgId: string, id: string): Promise<Job | undefined>
  list(orgId: string, page: PageRequest): Promise<Page<Job>>
  create(job: Job): Promise<void>
  /** Sets the provider to deleting, frees its slug and writes the job, all or nothing. */
  startDeletion(provider: Provider, job: Job): Promise<boolean>
  /** PENDING becomes RUNNING; false when somebody else has begun it. */
  start(job: Job): Promise<boolean>
  /** Removes the provider with its secret and finishes the job, all or nothing. */
  completeDeletion(job: Job, provider: Provider, details: Job['details']): Promise<boolean>
  complete(job: Job, details: Job['details']): Promise<boolean>
  /** Ends the job with an error; its provider, if it deletes one, has then failed to be deleted. */
  fail(job: Job, details: Job['details']): Promise<boolean>
  /** False when somebody else has moved the walk since. */
  saveProgress(job: Job, before: WalkProgress, progress: NonNullable<Job['progress']>): Promise<boolean>
  /** When the sweeper is to look again, and what it saw; false when the job is not due, or another sweep has it. */
  postpone(job: Job, dueAt: number, seen: Pick<Job, 'mark' | 'stillSince'>): Promise<boolean>

  putChunks(job: Job, chunks: readonly Chunk[]): Promise<void>
  getChunk(job: Job, chunkId: string): Promise<Chunk | undefined>
  openChunks(job: Job, page: PageRequest): Promise<Page<Chunk>>
  doneChunks(job: Job, page: PageRequest): Promise<Page<Chunk>>
  /** Notes that a worker is at work on the chunk. */
  beginChunk(job: Job, chunk: Chunk): Promise<void>
  /** Notes that the messages of these chunks were sent again. */
  noteSent(job: Job, chunks: readonly Chunk[]): Promise<void>
  /** Moves the chunk from open to done; false when it was done already. */
  finishChunk(job: Job, chunk: Chunk): Promise<boolean>

  /** What wants the sweeper's attention by now, from an index that may be behind. */
  due(shard: number, now: number): Promise<readonly Due[]>
}

/**
 * Something whose time has come: a job that may be stuck, a grant or a credential at its end, a flow whose code was sent
 * and never accounted for, or a data key that is to be looked at.
 */
export type Due =
  | { readonly type: 'job' | 'grant' | 'credential'; readonly orgId: string; readonly id: string }
  | { readonly type: 'flow'; readonly key: string }
  | { readonly type: 'dataKey'; readonly orgId: string; readonly kind: SealedKind; readonly number: number }

export interface JobMessage {
  readonly orgId: string
  readonly jobId: string
}
export interface ChunkMessage extends JobMessage {
  readonly chunkId: string
}

export interface Queue {
  /** Sends every message or throws. They are delivered after so many seconds, at once unless said; 900 at most. */
  send(queue: QueueName, messages: readonly (JobMessage | ChunkMessage)[], delaySeconds?: number): Promise<void>
}

// ---- audit ------------------------------------------------------------------------------------------------------

export interface AuditRecord {
  readonly action:
    | 'provider.created'
    | 'provider.updated'
    | 'provider.verified'
    | 'provider.deleting'
    | 'provider.deleted'
    | 'ticket.issued'
    | 'connect.started'
    | 'connect.completed'
    | 'connect.refused'
    | 'connect.declined'
    | 'token.disclosed'
    | 'token.refreshing'
    | 'token.refreshed'
    | 'token.refreshFailed'
    | 'token.revoked'
    | 'profile.disclosed'
    | 'request.proxied'
    | 'grant.removed'
    | 'grant.died'
    | 'client.rejected'
    | 'credential.created'
    | 'credential.updated'
    | 'credential.revealed'
    | 'credential.removed'
    | 'job.failed'
    | 'job.stopped'
    | 'resealing.started'
    | 'dataKeys.made'
    | 'dataKey.rewrapped'
  readonly orgId: string
  readonly userId?: string | undefined
  readonly actorId?: string | undefined
  readonly providerId?: string | undefined
  readonly grantId?: string | undefined
  readonly credentialId?: string | undefined
  readonly jobId?: string | undefined
  readonly reason?: string | undefined
  /** Of a relayed request; neither its path nor its query, which may hold what nobody should read. */
  readonly method?: string | undefined
  readonly host?: string | undefined
  /** What metrics count it by; not part of the record. */
  readonly providerType?: ProviderType | undefined
}

export interface Audit {
  /** Returns once the record is written. Throws `notRecorded`; then nothing may happen that it told of. */
  record(record: AuditRecord): void
}

/** A record as the table keeps it, where a deployment wants a copy there. */
export interface AuditEntry extends Omit<AuditRecord, 'providerType'> {
  readonly id: string
  readonly at: number
}

export interface AuditStore {
  /** Keeps an entry for so many days. */
  add(entry: AuditEntry, days: number): Promise<void>
  /** The entries of one UTC day (`2026-11-21`) whose ids are from `from` on and before `before`, newest first. */
  list(
    orgId: string,
    day: string,
    span: { readonly from: string; readonly before: string; readonly limit: number },
  ): Promise<Page<AuditEntry>>
}
