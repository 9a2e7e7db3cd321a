import { describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/contract/grant.ts'
import { statementsFor, usesKey, usesTable } from '../../lib/infra/permissions.ts'

const granted = {
  tableArn: 'arn:table',
  key: { arn: 'arn:key' },
  queueArns: { jobs: 'arn:jobs', chunks: 'arn:chunks' },
}

const statementsOf = (...words: Grant[]) => statementsFor(words, granted).map((statement) => statement.toJSON())

const onTable = (Action: string, LeadingKeys: string[], Resource = 'arn:table') => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition: {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': LeadingKeys },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  },
})

const onKey = (Action: string, ...kinds: string[]) => ({
  Effect: 'Allow',
  Action,
  Resource: 'arn:key',
  Condition: { StringEquals: { 'kms:EncryptionContext:app': 'grantkeeper', 'kms:EncryptionContext:kind': kinds } },
})

describe('a word of the contract becomes IAM statements', () => {
  test.each<[Grant, object[]]>([
    ['provider:get', [onTable('dynamodb:GetItem', ['PROV#*'])]],
    ['grant:batchGet', [onTable('dynamodb:BatchGetItem', ['GRANT#*'])]],
    ['user:query', [onTable('dynamodb:Query', ['USER#*'])]],
    ['slug:put', [onTable('dynamodb:PutItem', ['SLUG#*'])]],
    ['job:update', [onTable('dynamodb:UpdateItem', ['JOB#*'])]],
    ['secret:delete', [onTable('dynamodb:DeleteItem', ['SECRET#*'])]],
    ['flow:check', [onTable('dynamodb:ConditionCheckItem', ['FLOW#*'])]],
    ['due:query', [{ Action: 'dynamodb:Query', Effect: 'Allow', Resource: 'arn:table/index/due' }]],
    ['open:grant', [onTable('dynamodb:GetItem', ['DATAKEY#grant#*']), onKey('kms:Decrypt', 'grant')]],
    [
      'seal:clientSecret',
      [
        onTable('dynamodb:GetItem', ['DATAKEY#clientSecret#*']),
        onTable('dynamodb:Query', ['DATAKEY#clientSecret#*']),
        onTable('dynamodb:PutItem', ['DATAKEY#clientSecret#*']),
        onKey('kms:Decrypt', 'clientSecret'),
        onKey('kms:GenerateDataKey', 'clientSecret'),
      ],
    ],
    [
      'reseal:grant',
      [
        onTable('dynamodb:GetItem', ['DATAKEY#grant#*']),
        onTable('dynamodb:Query', ['DATAKEY#grant#*']),
        onKey('kms:Decrypt', 'grant'),
      ],
    ],
    ['send:jobs', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:jobs' }]],
    ['send:chunks', [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: 'arn:chunks' }]],
  ])('%s', (word, expected) => {
    expect(statementsOf(word)).toEqual(expected)
  })
})

test('one statement allows an action on all its kinds, so that one batch may read several', () => {
  const statements = statementsOf('grant:batchGet', 'provider:batchGet')

  expect(statements).toEqual([onTable('dynamodb:BatchGetItem', ['PROV#*', 'GRANT#*'])])
})

test('to open one kind and seal another does not let a function make data keys of the first', () => {
  const statements = statementsOf('open:clientSecret', 'seal:flow')

  expect(statements).toEqual([
    onTable('dynamodb:GetItem', ['DATAKEY#clientSecret#*', 'DATAKEY#flow#*']),
    onTable('dynamodb:Query', ['DATAKEY#flow#*']),
    onTable('dynamodb:PutItem', ['DATAKEY#flow#*']),
    onKey('kms:Decrypt', 'clientSecret', 'flow'),
    onKey('kms:GenerateDataKey', 'flow'),
  ])
})

test('to make further data keys, or to look after them, opens nothing', () => {
  expect(statementsOf('rotate:grant')).toEqual([
    onTable('dynamodb:Query', ['DATAKEY#grant#*']),
    onTable('dynamodb:PutItem', ['DATAKEY#grant#*']),
    onKey('kms:GenerateDataKey', 'grant'),
  ])
  expect(statementsOf('rewrap:grant')).toEqual(
    ['GetItem', 'Query', 'UpdateItem'].map((action) => onTable(`dynamodb:${action}`, ['DATAKEY#grant#*'])),
  )
})

test('what previous keys have wrapped may be opened, and wrapped by the new one, and by no previous one', () => {
  const key = { ...granted.key, previousArns: ['arn:kms:key/old'] }
  const ofKms = (...words: Grant[]) =>
    statementsFor(words, { ...granted, key })
      .map((each) => each.toJSON())
      .filter(({ Action }) => Action.startsWith('kms:'))
      .map(({ Action, Resource, Condition }) => [Action, Resource, Condition])
  const condition = onKey('any', 'grant').Condition

  expect(ofKms('seal:grant')).toEqual([
    ['kms:Decrypt', granted.key.arn, condition],
    ['kms:Decrypt', 'arn:kms:key/old', condition],
    ['kms:GenerateDataKey', granted.key.arn, condition],
  ])
  expect(ofKms('rewrap:grant')).toEqual([
    ['kms:ReEncryptFrom', 'arn:kms:key/old', condition],
    ['kms:ReEncryptTo', granted.key.arn, condition],
  ])
})

test('a key that is named by its alias is any key that has the alias', () => {
  const key = { arn: 'arn:kms:alias/tokens', resource: 'arn:kms:key/*', alias: 'alias/tokens' }

  const [, statement] = statementsFor(['open:grant'], { ...granted, key }).map((each) => each.toJSON())

  expect(statement).toEqual({
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: 'arn:kms:key/*',
    Condition: {
      StringEquals: { 'kms:EncryptionContext:app': 'grantkeeper', 'kms:EncryptionContext:kind': ['grant'] },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/tokens' },
    },
  })
})

test('no words, no statements', () => {
  expect(statementsOf()).toEqual([])
})

test.each<[Grant[], { table: boolean; key: boolean }]>([
  [[], { table: false, key: false }],
  [['send:jobs'], { table: false, key: false }],
  [['due:query'], { table: true, key: false }],
  [['grant:get'], { table: true, key: false }],
  [['open:flow'], { table: true, key: true }],
  [['rotate:flow'], { table: true, key: true }],
  [['rewrap:flow'], { table: true, key: true }],
  [['seal:flow'], { table: true, key: true }],
])('%j use table and key: %j', (words, { table, key }) => {
  expect(usesTable(words)).toBe(table)
  expect(usesKey(words)).toBe(key)
})
