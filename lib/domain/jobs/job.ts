import type * as z from 'zod'
import type { job as jobSchema } from '../../contract/schemas/job.ts'

export type JobStatus = z.output<typeof jobSchema>['status']

/** Seconds that a finished job can be read. */
export const KEEP_SECONDS = 30 * 24 * 3600

/** Background work that somebody can watch. Times are milliseconds since the epoch. */
export interface Job {
  readonly orgId: string
  readonly id: string
  readonly type: 'DELETE_PROVIDER' | 'STATS'
  readonly name: string
  readonly status: JobStatus
  readonly providerId?: string
  readonly details: readonly { readonly name: string; readonly value: string }[]
  /** How often the sweeper has revived it without progress, and what progress looked like then. */
  readonly revivals: number
  readonly mark: string
  readonly progress?: StatsProgress
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
}

/** How far a statistics job is: the place in the walk and what was counted up to there. */
export interface StatsProgress {
  /** Which run was there: what it saved itself is not somebody else's. */
  readonly walk: string
  /** How many pages are counted. */
  readonly pages: number
  readonly providerId?: string
  /** Where in the provider's partition; `finished` when it is through. */
  readonly after?: string
  readonly finished?: boolean
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
  ...(job.finishedAt !== undefined && { finishedAt: iso(job.finishedAt) }),
})
