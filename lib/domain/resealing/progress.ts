import type { SealedKind } from '../../contract/grant.ts'
import type { Job, WalkProgress } from '../jobs/job.ts'
import type { GrantPlace } from '../jobs/walk-grants.ts'

/** How far a job is that seals anew. Times are milliseconds since the epoch. */
export interface ResealProgress extends WalkProgress {
  /** The number of the data key under which each kind is to be sealed, or under a newer one. */
  readonly targets: Readonly<Partial<Record<SealedKind, number>>>
  /** From then on nobody seals under an older key any more; absent until the keys are made. */
  readonly settledAt?: number
  /** When the last round began; absent before the first. One that began when all was settled is the last. */
  readonly roundAt?: number
  readonly place: ResealPlace
  readonly counts: ResealCounts
}

/** Where a round stands: grants and client secrets go by providers, then come credentials by pages. */
export type ResealPlace =
  | { readonly at: 'grants'; readonly grants: GrantPlace }
  | { readonly at: 'credentials'; readonly after?: string }
  | { readonly at: 'end' }

export interface ResealCounts {
  /** What the last round has looked at, and what of it does not open. */
  readonly seen: number
  readonly unreadable: number
  /** What was sealed anew, in all rounds. */
  readonly resealed: number
}

/** What the job shows of it. */
export const resealDetails = ({ targets, counts }: ResealProgress): Job['details'] => [
  { name: 'seen_count', value: String(counts.seen) },
  { name: 'resealed_count', value: String(counts.resealed) },
  { name: 'unreadable_count', value: String(counts.unreadable) },
  ...Object.entries(targets).map(([kind, number]) => ({ name: `data_key_of_${kind}`, value: String(number) })),
]
