import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  APPLICATION,
  DATA_KEY,
  DUE_INDEX,
  type Grant,
  type Kind,
  kinds,
  type QueueName,
  queueNames,
  type SealedKind,
  sealedKinds,
  type Verb,
  verbs,
} from '../contract/grant.ts'

/** The KMS key that wraps data keys. */
export interface SealingKey {
  /** What functions name it by: its own ARN, or that of an alias. */
  readonly arn: string
  /** What statements name, when that is not the ARN: IAM knows no aliases. */
  readonly resource?: string
  /** The alias that the key must have, such as `alias/tokens`. */
  readonly alias?: string
  /** Keys that have wrapped data keys before it. */
  readonly previousArns?: readonly string[]
}

/** What the words of the contract speak of. */
export interface Granted {
  readonly tableArn: string
  readonly key: SealingKey
  readonly queueArns: Readonly<Record<QueueName, string>>
}

/** A condition check is an action of its own, a transaction is not: its parts are what is granted. */
const actions: Readonly<Record<Verb, string>> = {
  get: 'dynamodb:GetItem',
  batchGet: 'dynamodb:BatchGetItem',
  query: 'dynamodb:Query',
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  delete: 'dynamodb:DeleteItem',
  check: 'dynamodb:ConditionCheckItem',
}

const entityKinds = Object.keys(kinds) as Kind[]

/**
 * What a function reads and writes of data keys: to open, to seal under the newest, and where the first use makes it; to
 * make further ones, and to look after those that are there.
 */
const ofDataKeys = {
  open: ['get'],
  reseal: ['get', 'query'],
  seal: ['get', 'query', 'put'],
  rotate: ['query', 'put'],
  rewrap: ['get', 'query', 'update'],
} as const satisfies Record<string, readonly Verb[]>
type Use = keyof typeof ofDataKeys
const uses = Object.keys(ofDataKeys) as Use[]

const kindsFor = (grants: ReadonlySet<Grant>, wanted: readonly Use[]): SealedKind[] =>
  sealedKinds.filter((kind) => wanted.some((use) => grants.has(`${use}:${kind}`)))

/** The kinds that may be opened: who seals must unwrap the key that is there already. */
const openedKinds = (grants: ReadonlySet<Grant>): SealedKind[] => kindsFor(grants, ['open', 'reseal', 'seal'])

/** Whether what a function does is put on record. */
export const isAudited = (words: readonly Grant[]): boolean => words.includes('audit:put')

/** Whether a function reads or writes the table, and whether it opens or seals; it knows of neither unless it does. */
export const usesTable = (words: readonly Grant[]): boolean => words.some((word) => !word.startsWith('send:'))
export const usesKey = (words: readonly Grant[]): boolean => kindsFor(new Set(words), uses).length > 0
/** Whether a function looks after data keys. */
export const keepsKeys = (words: readonly Grant[]): boolean => kindsFor(new Set(words), ['rewrap']).length > 0

/** The IAM statements for the words of a function: only what they say, on our own resources. */
export const statementsFor = (words: readonly Grant[], { tableArn, key, queueArns }: Granted): PolicyStatement[] => {
  const grants = new Set(words)
  return [
    ...verbs.flatMap((verb) => onPartitions(actions[verb], tableArn, partitionsFor(grants, verb))),
    ...(grants.has('due:query') ? [onIndex(`${tableArn}/index/${DUE_INDEX}`)] : []),
    ...onDataKeys('kms:Decrypt', key, openedKinds(grants)),
    ...onPreviousKeys('kms:Decrypt', key, openedKinds(grants)),
    ...onDataKeys('kms:GenerateDataKey', key, kindsFor(grants, ['seal', 'rotate'])),
    ...onPreviousKeys('kms:ReEncryptFrom', key, kindsFor(grants, ['rewrap'])),
    ...onDataKeys('kms:ReEncryptTo', key, key.previousArns?.length ? kindsFor(grants, ['rewrap']) : []),
    ...queueNames
      .filter((queue) => grants.has(`send:${queue}`))
      .map((queue) => new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArns[queue]] })),
  ]
}

/** The beginnings of the partition keys on which an action is granted. */
const partitionsFor = (grants: ReadonlySet<Grant>, verb: Verb): string[] => [
  ...entityKinds.filter((kind) => grants.has(`${kind}:${verb}`)).map((kind) => kinds[kind]),
  ...sealedKinds
    .filter((kind) => uses.some((use) => grants.has(`${use}:${kind}`) && includes(ofDataKeys[use], verb)))
    .map((kind) => `${DATA_KEY}#${kind}`),
]

const includes = (verbs: readonly Verb[], verb: Verb): boolean => verbs.includes(verb)

/**
 * One statement per action and not per kind, because a batch that reads two kinds is one request, and one statement
 * must allow all its keys.
 */
const onPartitions = (action: string, resource: string, partitions: readonly string[]): PolicyStatement[] => {
  if (partitions.length === 0) return []
  return [
    new PolicyStatement({
      actions: [action],
      resources: [resource],
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions.map((partition) => `${partition}#*`) },
        // `ForAllValues` alone also holds for a request that names no key.
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    }),
  ]
}

/** No condition: nothing documents that LeadingKeys is the index's key, and only what is due has one there. */
const onIndex = (resource: string): PolicyStatement =>
  new PolicyStatement({ actions: ['dynamodb:Query'], resources: [resource] })

const onPreviousKeys = (
  action: string,
  { previousArns = [] }: SealingKey,
  sealed: readonly SealedKind[],
): PolicyStatement[] => previousArns.flatMap((arn) => onDataKeys(action, { arn }, sealed))

const onDataKeys = (
  action: string,
  { arn, resource = arn, alias }: Pick<SealingKey, 'arn' | 'resource' | 'alias'>,
  sealed: readonly SealedKind[],
): PolicyStatement[] => {
  if (sealed.length === 0) return []
  return [
    new PolicyStatement({
      actions: [action],
      resources: [resource],
      conditions: {
        StringEquals: { 'kms:EncryptionContext:app': APPLICATION, 'kms:EncryptionContext:kind': [...sealed] },
        ...(alias !== undefined && { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': alias } }),
      },
    }),
  ]
}
