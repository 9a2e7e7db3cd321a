import type * as z from 'zod'
import type { job as jobSchema, jobType } from '../../contract/schemas/job.ts'
import type { ResealProgress } from '../resealing/progress.ts'
import type { GrantPlace } from './walk-grants.ts'

export type JobStatus = z.output<typeof jobSchema>['status']

/** Seconds that a finished job can be read. */
export const KEEP_SECONDS = 30 * 24 * 3600

/** With less than this left of its time a worker hands its walk on. */
export const HANDOVER_MS = 20_000

/** Background work that somebody can watch. Times are milliseconds since the epoch. */
export interface Job {
  readonly orgId: string
  readonly id: string
  readonly type: z.output<typeof jobType>
  readonly name: string
  readonly status: JobStatus
  readonly providerId?: string
  readonly details: readonly { readonly name: string; readonly value: string }[]
  /** What its progress looked like when the sweeper last saw it get on, and when that was. */
  readonly mark: string
  readonly stillSince?: number
  /** When it last moved, as far as the job itself knows; a deletion moves in its chunks. */
  readonly movedAt?: number
  /** Of a job that seals anew: whether it makes data keys first. */
  readonly newKeys?: boolean
  /** How far a walk is: one of a statistics job, or of one that seals anew. */
  readonly progress?: StatsProgress | ResealProgress
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
}

/** Up to this many grants go in one chunk: few enough that a worker always finishes in its time. */
export const CHUNK_SIZE = 25

/** A part of a deletion. What was deleted is counted here, in the transaction that deletes it. */
export interface Chunk {
  readonly orgId: string
  readonly jobId: string
  readonly id: string
  readonly grantIds: readonly string[]
  readonly deleted: number
  readonly revoked: number
  readonly revocationFailed: number
  readonly revocationUnsupported: number
  /** Left alone because a living grant stands on the same account; absent in chunks of former days. */
  readonly spared?: number
  /** When its message was last sent, and when a worker last did something in it. */
  readonly sentAt?: number
  readonly movedAt?: number
}

/** How far a walk is that saves each of its pages. */
export interface WalkProgress {
  /** Which run was there: what it saved itself is not somebody else's. */
  readonly walk: string
  /** How many pages are behind it. */
  readonly pages: number
}

/** How far a statistics job is: the place in the walk and what was counted up to there. */
export interface StatsProgress extends WalkProgress, GrantPlace {
  readonly counts: Readonly<Record<string, number>>
}

export const isFinished = ({ status }: Pick<Job, 'status'>): boolean => status === 'COMPLETED' || status === 'ERROR'

const iso = (at: number): string => new Date(at).toISOString()

/** The job as the API shows it. */
export const jobView = (job: Job, details: Job['details'] = job.details): z.input<typeof jobSchema> => ({
  id: job.id,
  orgId: job.orgId,
  type: job.type,
  name: job.name,
  status: job.status,
  details: details.map((detail) => ({ ...detail })),
  ...(job.startedAt !== undefined && { startedAt: iso(job.startedAt) }),
  ...(job.movedAt !== undefined && { lastMovedAt: iso(job.movedAt) }),
  ...(job.finishedAt !== undefined && { finishedAt: iso(job.finishedAt) }),
})
