import { beforeAll, describe, expect, test } from 'vitest'
import { workers } from '../../lib/contract/workers.ts'
import { builtStack, listOf, type SynthesizedStack, statementsOf } from './support.ts'

let stack: SynthesizedStack
beforeAll(() => {
  stack = builtStack()
})

describe('the table', () => {
  test('stays when the stack goes, cannot be deleted by mistake, and can be taken back in time', () => {
    const [, table] = stack.ofType('AWS::DynamoDB::Table')[0] ?? []

    expect(table).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
      },
    })
    expect(table?.Properties.TableName).toBeUndefined()
  })

  test('has the keys of the storage and the index of what is due', () => {
    expect(stack.read().tables).toMatchObject([
      {
        keySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        ttlAttribute: 'ttl',
        indexes: [
          {
            IndexName: 'due',
            KeySchema: [
              { AttributeName: 'duePk', KeyType: 'HASH' },
              { AttributeName: 'dueAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['orgId', 'id', 'key', 'type'] },
          },
        ],
      },
    ])
    expect(stack.text).not.toContain('AWS::DynamoDB::GlobalTable')
  })

  test('keeps its logical id, as does the key: else an update would begin with nothing', () => {
    const kept = [...stack.ofType('AWS::DynamoDB::Table'), ...stack.ofType('AWS::KMS::Key')]

    expect(kept.map(([logicalId]) => logicalId)).toEqual([
      'GrantkeeperDataTableA0374E76',
      'GrantkeeperDataTokenKey85E3BC9D',
    ])
  })
})

describe('the key', () => {
  test('is rotated, and stays when the stack goes', () => {
    expect(stack.ofType('AWS::KMS::Key').map(([, key]) => key)).toMatchObject([
      {
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
        Properties: { EnableKeyRotation: true },
      },
    ])
  })

  test('is ruled by the account, which hands it out by IAM alone', () => {
    const [, properties] = stack.resolve().resources('AWS::KMS::Key')[0] ?? []

    expect(properties).toMatchObject({
      KeyPolicy: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'kms:*',
            Principal: { AWS: 'arn:aws:iam::000000000000:root' },
            Resource: '*',
          },
        ],
      },
    })
  })
})

describe.each(['Jobs', 'Chunks'] as const)('the queue %s', (name) => {
  const queueOf = (part: 'Queue' | 'DeadLetters') => {
    const found = stack.resolve().resources('AWS::SQS::Queue') as [string, Record<string, unknown>][]
    const [logicalId = '', properties = {}] = found.find(([id]) => id.startsWith(`Grantkeeper${name}${part}`)) ?? []
    return { properties, arn: stack.resolve().physical(logicalId).attributes.Arn }
  }
  const worker = workers.find(({ source }) => 'queue' in source && source.queue === name.toLowerCase())
  const file = `workers/${name === 'Jobs' ? 'run-job' : 'delete-chunk'}`

  test('hides a message for six times as long as its worker may take', () => {
    expect(queueOf('Queue').properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * (worker?.timeoutSeconds ?? NaN))
  })

  test('gives up after five receives and keeps the dead letter for 14 days', () => {
    expect(queueOf('Queue').properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: queueOf('DeadLetters').arn,
      maxReceiveCount: 5,
    })
    expect(queueOf('DeadLetters').properties.MessageRetentionPeriod).toBe(14 * 86_400)
  })

  test('is encrypted and spoken to by TLS only, as are its dead letters', () => {
    for (const part of ['Queue', 'DeadLetters'] as const) {
      expect(queueOf(part).properties.SqsManagedSseEnabled).toBe(true)
      expect(queueOf(part).properties.FifoQueue).toBeUndefined()
    }
    const policies = stack.ofType('AWS::SQS::QueuePolicy').map(([, { Properties }]) => Properties)
    expect(policies).toHaveLength(4)
    for (const policy of policies) {
      expect(policy).toMatchObject({
        PolicyDocument: {
          Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
        },
      })
    }
  })

  test('hands its messages to its worker one by one', () => {
    const { eventSources, functions } = stack.read()
    const source = eventSources.find(({ queueArn }) => queueArn === queueOf('Queue').arn)

    expect(source).toMatchObject({ batchSize: 1, reportsItemFailures: true, maximumConcurrency: 10 })
    expect(functions.find(({ logicalId }) => logicalId === source?.functionId)?.handler).toBe(`${file}.handler`)
    const rights = statementsOf(stack, file).filter(({ Resource }) => listOf(Resource).includes(source?.queueArn ?? ''))
    expect(rights.flatMap(({ Action }) => listOf(Action))).toEqual(
      expect.arrayContaining(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']),
    )
  })

  test('has dead letters that nobody consumes and an alarm watches', () => {
    const { eventSources } = stack.read()
    const arn = queueOf('DeadLetters').arn ?? ''

    expect(eventSources.map(({ queueArn }) => queueArn)).not.toContain(arn)
    const alarms = stack.resolve().resources('AWS::CloudWatch::Alarm')
    expect(alarms.map(([, properties]) => properties)).toContainEqual(
      expect.objectContaining({
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: arn.split(':').at(-1) }],
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      }),
    )
  })
})

describe('the workers', () => {
  test('only the one that hands long walks on to itself may call itself again and again', () => {
    const allowed = stack
      .ofType('AWS::Lambda::Function')
      .filter(([, { Properties }]) => Properties.RecursiveLoop === 'Allow')

    expect(allowed.map(([, { Properties }]) => Properties.Handler)).toEqual(['workers/run-job.handler'])
  })

  test('the sweep runs every minute', () => {
    const { schedules, functions } = stack.read()

    expect(schedules).toMatchObject([{ intervalSeconds: 60 }])
    expect(functions.find(({ logicalId }) => logicalId === schedules[0]?.functionId)?.handler).toBe(
      'workers/sweep.handler',
    )
  })
})
