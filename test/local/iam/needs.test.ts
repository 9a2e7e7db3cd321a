import { describe, expect, test } from 'vitest'
import { dynamodbNeeds } from '../../../lib/local/iam/needs/dynamodb.ts'
import { type NeedsOf, Unreadable } from '../../../lib/local/iam/needs/input.ts'
import { kmsNeeds } from '../../../lib/local/iam/needs/kms.ts'
import { sqsNeeds } from '../../../lib/local/iam/needs/sqs.ts'

/** Each need as a line, its context without what is always there. */
const linesOf = (needs: ReturnType<NeedsOf>): string[] | undefined =>
  needs?.map(({ action, resource, context }) => {
    const rest = [...context].filter(([name, values]) => name !== 'aws:securetransport' && values.length > 0)
    return [action, resource, ...rest.map(([name, values]) => `${name}=${values.join(',')}`)].join(' ')
  })

describe('DynamoDB', () => {
  const needs = dynamodbNeeds(
    [
      {
        name: 'things',
        keySchema: [
          { AttributeName: 'sk', KeyType: 'RANGE' },
          { AttributeName: 'pk', KeyType: 'HASH' },
        ],
        attributes: [],
        indexes: [
          {
            IndexName: 'due',
            KeySchema: [{ AttributeName: 'duePk', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    ],
    (name) => `table/${name}`,
  )
  const TableName = 'things'
  const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 'other' } })
  const query = (KeyConditionExpression: string, more: object = {}) => ({
    TableName,
    KeyConditionExpression,
    ExpressionAttributeValues: { ':a': { S: 'A' }, ':b': { S: 'B' }, ':a.b': { S: 'C' } },
    ...more,
  })

  test.each<[string, object, string[]]>([
    ['GetItem', { TableName, Key: key('A') }, ['dynamodb:GetItem table/things dynamodb:leadingkeys=A']],
    [
      'GetItem',
      { TableName: 'arn:aws:dynamodb:us-east-1:0:table/things', Key: key('A') },
      ['dynamodb:GetItem table/things dynamodb:leadingkeys=A'],
    ],
    ['GetItem', { TableName, Key: { pk: { N: '1' } } }, ['dynamodb:GetItem table/things dynamodb:leadingkeys=1']],
    ['GetItem', { TableName, Key: { sk: { S: 'A' } } }, ['dynamodb:GetItem table/things']],
    ['GetItem', { TableName: 'others', Key: key('A') }, ['dynamodb:GetItem table/others']],
    ['UpdateItem', { TableName, Key: key('A') }, ['dynamodb:UpdateItem table/things dynamodb:leadingkeys=A']],
    ['DeleteItem', { TableName, Key: key('A') }, ['dynamodb:DeleteItem table/things dynamodb:leadingkeys=A']],
    ['PutItem', { TableName, Item: key('A'), Key: key('B') }, ['dynamodb:PutItem table/things dynamodb:leadingkeys=A']],
    ['Scan', { TableName, Select: 'COUNT' }, ['dynamodb:Scan table/things dynamodb:select=COUNT']],
    ['Query', query('pk = :a'), ['dynamodb:Query table/things dynamodb:leadingkeys=A']],
    ['Query', query('sk > :b AND (pk=:a)'), ['dynamodb:Query table/things dynamodb:leadingkeys=A']],
    ['Query', query('sk = :b AND pk = :a.b'), ['dynamodb:Query table/things dynamodb:leadingkeys=C']],
    [
      'Query',
      query('#k = :a', { ExpressionAttributeNames: { '#k': 'pk' } }),
      ['dynamodb:Query table/things dynamodb:leadingkeys=A'],
    ],
    [
      'Query',
      query('duePk = :a', { IndexName: 'due' }),
      ['dynamodb:Query table/things/index/due dynamodb:leadingkeys=A'],
    ],
    ['Query', query('pk = :a', { IndexName: 'due' }), ['dynamodb:Query table/things/index/due']],
    ['Query', query('pk = :a AND pk = :b'), ['dynamodb:Query table/things']],
    ['Query', query('pk >= :a'), ['dynamodb:Query table/things']],
    ['Query', { TableName, KeyConditions: {} }, ['dynamodb:Query table/things']],
    [
      'BatchGetItem',
      { RequestItems: { things: { Keys: [key('A'), key('B'), key('A')] }, others: { Keys: [key('C')] } } },
      ['dynamodb:BatchGetItem table/things dynamodb:leadingkeys=A,B', 'dynamodb:BatchGetItem table/others'],
    ],
    [
      'BatchWriteItem',
      { RequestItems: { things: [{ PutRequest: { Item: key('A') } }, { DeleteRequest: { Key: key('B') } }] } },
      ['dynamodb:BatchWriteItem table/things dynamodb:leadingkeys=A,B'],
    ],
    [
      'TransactGetItems',
      { TransactItems: [{ Get: { TableName, Key: key('A') } }, { Get: { TableName, Key: key('B') } }] },
      ['dynamodb:GetItem table/things dynamodb:leadingkeys=A,B'],
    ],
    [
      'TransactWriteItems',
      {
        TransactItems: [
          { Put: { TableName, Item: key('A') } },
          { Update: { TableName, Key: key('B') } },
          { Put: { TableName, Item: key('C') } },
          { Delete: { TableName, Key: key('D') } },
          { ConditionCheck: { TableName, Key: key('E') } },
        ],
      },
      [
        'dynamodb:PutItem table/things dynamodb:leadingkeys=A,C',
        'dynamodb:UpdateItem table/things dynamodb:leadingkeys=B',
        'dynamodb:DeleteItem table/things dynamodb:leadingkeys=D',
        'dynamodb:ConditionCheckItem table/things dynamodb:leadingkeys=E',
      ],
    ],
  ])('%s %j', (operation, body, expected) => {
    expect(linesOf(needs(operation, body))).toEqual(expected)
  })

  test.each(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction', 'DescribeTable', 'constructor', ''])(
    'what %s needs is not known',
    (operation) => {
      expect(needs(operation, { TableName })).toBeUndefined()
    },
  )

  test.each<[string, unknown]>([
    ['GetItem', {}],
    ['GetItem', { TableName: 1 }],
    ['PutItem', []],
    ['BatchGetItem', { RequestItems: { things: [] } }],
    ['TransactWriteItems', { TransactItems: [{ Execute: { TableName } }] }],
  ])('%s of %j cannot be read', (operation, body) => {
    expect(() => needs(operation, body)).toThrow(Unreadable)
  })
})

describe('KMS', () => {
  const needs = kmsNeeds(
    [
      { arn: 'key/one', names: ['one', 'alias/tokens'], policy: undefined },
      { arn: 'key/two', names: ['two'], policy: undefined },
    ],
    (id) => `key/${id}`,
  )
  const EncryptionContext = { app: 'x', Kind: 'grant' }
  const context =
    'kms:encryptioncontext:app=x kms:encryptioncontext:kind=grant kms:encryptioncontextkeys=app,Kind kms:resourcealiases=alias/tokens'

  test.each<[string, object, string[]]>([
    ['Decrypt', { KeyId: 'key/one', EncryptionContext }, [`kms:Decrypt key/one ${context}`]],
    ['Encrypt', { KeyId: 'alias/tokens' }, ['kms:Encrypt key/one kms:resourcealiases=alias/tokens']],
    ['GenerateDataKey', { KeyId: 'one', EncryptionContext }, [`kms:GenerateDataKey key/one ${context}`]],
    ['GenerateDataKeyWithoutPlaintext', { KeyId: 'two' }, ['kms:GenerateDataKeyWithoutPlaintext key/two']],
    ['DescribeKey', { KeyId: 'three' }, ['kms:DescribeKey key/three']],
    ['Decrypt', {}, ['kms:Decrypt key/one kms:resourcealiases=alias/tokens', 'kms:Decrypt key/two']],
    [
      'ReEncrypt',
      { SourceKeyId: 'one', SourceEncryptionContext: { a: 'b' }, DestinationKeyId: 'two' },
      [
        'kms:ReEncryptFrom key/one kms:encryptioncontext:a=b kms:encryptioncontextkeys=a kms:resourcealiases=alias/tokens',
        'kms:ReEncryptTo key/two',
      ],
    ],
  ])('%s %j', (operation, body, expected) => {
    expect(linesOf(needs(operation, body))).toEqual(expected)
  })

  test('what manages keys is not known', () => {
    expect(needs('ScheduleKeyDeletion', { KeyId: 'one' })).toBeUndefined()
  })

  test('an encryption context with two keys that differ in case alone cannot be read', () => {
    const request = () => needs('Decrypt', { KeyId: 'one', EncryptionContext: { kind: 'flow', Kind: 'grant' } })

    expect(request).toThrow(Unreadable)
  })
})

describe('SQS', () => {
  const needs = sqsNeeds((accountId, name) => `${accountId}:${name}`)
  const QueueUrl = 'http://127.0.0.1:1/000000000000/jobs'

  test.each([
    ['SendMessage', 'sqs:sendmessage'],
    ['SendMessageBatch', 'sqs:sendmessage'],
    ['ReceiveMessage', 'sqs:receivemessage'],
    ['DeleteMessage', 'sqs:deletemessage'],
    ['DeleteMessageBatch', 'sqs:deletemessage'],
    ['ChangeMessageVisibility', 'sqs:changemessagevisibility'],
    ['ChangeMessageVisibilityBatch', 'sqs:changemessagevisibility'],
    ['GetQueueAttributes', 'sqs:getqueueattributes'],
  ])('%s needs %s on the queue', (operation, action) => {
    expect(linesOf(needs(operation, { QueueUrl }))).toEqual([`${action} 000000000000:jobs`])
  })

  test('what manages queues is not known', () => {
    expect(needs('CreateQueue', { QueueName: 'jobs' })).toBeUndefined()
  })

  test('a queue that is not named so cannot be read', () => {
    expect(() => needs('SendMessage', { QueueUrl: 'jobs' })).toThrow(Unreadable)
  })
})
