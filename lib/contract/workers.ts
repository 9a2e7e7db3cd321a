import { type Grant, type QueueName, sealedKinds } from './grant.ts'
import { endGrant } from './grant-sets.ts'

/** A function that no request calls; `fileName` of its id names its handler's file in `functions/workers/`. */
export interface Worker {
  readonly id: string
  readonly description: string
  /** What wakes it: the messages of a queue, or the clock. */
  readonly source: { readonly queue: QueueName } | { readonly everyMinutes: number }
  /** Seconds until Lambda ends the function. */
  readonly timeoutSeconds: number
  /** Whether it hands long work on to itself by its own queue, and so is called in a chain as long as the work is. */
  readonly handsOn?: true
  /** What the function may do; nothing else is granted. */
  readonly grants: readonly Grant[]
}

/** So often a message is received; after that it is a dead letter. The last time, a worker ends its job as failed. */
export const MAX_RECEIVES = 5

/** What taking a deletion one step on, and ending a job, may come to. */
const advanceDeletion = [
  'job:get',
  'job:update',
  'chunk:query',
  'chunk:get',
  'chunk:put',
  'chunk:delete',
  'provider:get',
  'provider:update',
  'provider:delete',
  'secret:delete',
  'member:query',
  'send:chunks',
  'audit:put',
] as const satisfies Grant[]

export const workers: readonly Worker[] = [
  {
    id: 'runJob',
    description: 'Begins a job, or takes it up where it stands',
    source: { queue: 'jobs' },
    timeoutSeconds: 300,
    handsOn: true,
    grants: [
      ...advanceDeletion,
      'chunk:update',
      'provider:query',
      'grant:batchGet',
      'grant:update',
      'secret:get',
      'secret:update',
      'credential:query',
      'credential:update',
      'reseal:grant',
      'reseal:clientSecret',
      'reseal:credential',
      ...sealedKinds.map((kind) => `rotate:${kind}` as const),
      'send:jobs',
    ],
  },
  {
    id: 'deleteChunk',
    description: 'Revokes and deletes the grants of one chunk of a deletion',
    source: { queue: 'chunks' },
    timeoutSeconds: 120,
    grants: [
      ...advanceDeletion,
      'chunk:update',
      'grant:get',
      'grant:delete',
      'member:delete',
      'user:delete',
      'number:delete',
      'sibling:query',
      'sibling:delete',
      'secret:get',
      'open:grant',
      'open:clientSecret',
    ],
  },
  {
    id: 'sweep',
    description:
      'Sends jobs that do not move anew, ends what has expired, renews data keys, and cleans up after flows that broke off',
    source: { everyMinutes: 1 },
    timeoutSeconds: 60,
    grants: [
      ...endGrant,
      'due:query',
      'job:get',
      'job:query',
      'job:put',
      'job:update',
      'chunk:query',
      'chunk:get',
      'chunk:put',
      'chunk:delete',
      'provider:update',
      'credential:get',
      'credential:delete',
      'flow:get',
      'flow:update',
      'flow:delete',
      'open:flow',
      ...sealedKinds.map((kind) => `rewrap:${kind}` as const),
      'send:jobs',
    ],
  },
]
