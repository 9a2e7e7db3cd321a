/**
 * The words that say what a function may do. `infra/permissions.ts` turns each into one IAM statement:
 * an entity's word is one DynamoDB action on the partition keys that begin with the entity's kind.
 */

/** The kinds of items in the table: the first part of every partition key. */
export const kinds = {
  provider: 'PROV',
  secret: 'SECRET',
  slug: 'SLUG',
  grant: 'GRANT',
  member: 'MEMBER',
  user: 'USER',
  sibling: 'SIBLING',
  flow: 'FLOW',
  ticket: 'TICKET',
  job: 'JOB',
  chunk: 'CHUNK',
  credential: 'CRED',
  number: 'NUMBER',
  audit: 'AUDIT',
} as const

export type Kind = keyof typeof kinds

/** Data keys stand apart from the entities: they belong to sealing, and only `crypto/` reads them. */
export const DATA_KEY = 'DATAKEY'

/** The index of what the sweeper must look after, and the kind of its partitions. */
export const DUE_INDEX = 'due'
export const DUE = 'DUE'
/** The index is spread over so many partitions. */
export const DUE_SHARDS = 8

/** Stands in every KMS encryption context, so that other uses of the same key cannot be mistaken for ours. */
export const APPLICATION = 'grantkeeper'

/** One DynamoDB action each; `check` is the condition check of a transaction. */
export const verbs = ['get', 'batchGet', 'query', 'put', 'update', 'delete', 'check'] as const
export type Verb = (typeof verbs)[number]

/** What is sealed under data keys of its own, so that who may open one kind cannot open another. */
export const sealedKinds = ['clientSecret', 'grant', 'flow', 'credential'] as const
export type SealedKind = (typeof sealedKinds)[number]

export const queueNames = ['jobs', 'chunks'] as const
export type QueueName = (typeof queueNames)[number]

/**
 * `seal` makes the data key of an organization where there is none yet; `reseal` is for what seals anew, or besides, what
 * was sealed before: its key is there. `rotate` makes a new data key and opens none; `rewrap` looks after those that are
 * there, and has KMS wrap them anew.
 */
export type Grant =
  | `${Kind}:${Verb}`
  | `${'open' | 'seal' | 'reseal' | 'rotate' | 'rewrap'}:${SealedKind}`
  | `send:${QueueName}`
  | 'due:query'
