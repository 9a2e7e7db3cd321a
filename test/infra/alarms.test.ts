import { beforeAll, describe, expect, test } from 'vitest'
import { deploymentMetrics, METRICS_NAMESPACE, metrics } from '../../lib/contract/metrics.ts'
import { builtStack, fullContext, type SynthesizedStack, synthesizeStack } from './support.ts'

interface Alarm {
  readonly AlarmDescription: string
  readonly Namespace?: string
  readonly MetricName?: string
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[]
  readonly Threshold: number
  readonly DatapointsToAlarm: number
  readonly EvaluationPeriods: number
  readonly TreatMissingData: string
  readonly ComparisonOperator: string
}

let stack: SynthesizedStack
let alarms: Map<string, Alarm>
beforeAll(() => {
  stack = builtStack()
  alarms = new Map(
    stack
      .ofType('AWS::CloudWatch::Alarm')
      .map(([id, { Properties }]) => [
        id.replace(/^GrantkeeperAlarms/, '').replace(/[0-9A-F]{8}$/, ''),
        Properties as unknown as Alarm,
      ]),
  )
})

const alarm = (name: string): Alarm => {
  const found = alarms.get(name)
  if (!found) throw new Error(`There is no alarm ${name}, but ${[...alarms.keys()]}`)
  return found
}

describe('an alarm', () => {
  test.each<[name: string, metric: string, threshold: number, of: number, within: number]>([
    ['jobsDeadLetters', 'AWS/SQS ApproximateNumberOfMessagesVisible', 1, 1, 1],
    ['chunksDeadLetters', 'AWS/SQS ApproximateNumberOfMessagesVisible', 1, 1, 1],
    ['JobStuck', 'Grantkeeper Stuck', 1, 1, 1],
    ['JobFailed', 'Grantkeeper JobsFailed', 1, 1, 1],
    ['SweepFailing', 'AWS/Lambda Errors', 1, 3, 3],
    ['SweepSilent', 'AWS/Lambda Invocations', 1, 3, 3],
    ['RefreshesFailing', 'Grantkeeper RefreshesFailed', 10, 2, 3],
    ['ClientRejected', 'Grantkeeper ClientsRejected', 1, 1, 1],
    ['AuthorizerFailing', 'Grantkeeper AuthorizerFailures', 3, 1, 1],
    ['KeyUnusable', 'Grantkeeper KeyUnusable', 1, 1, 1],
    ['ServerErrors', 'AWS/ApiGateway 5XXError', 5, 2, 3],
    ['FunctionThrottles', 'AWS/Lambda Throttles', 1, 2, 3],
    ['ReadThrottles', 'AWS/DynamoDB ReadThrottleEvents', 1, 2, 3],
    ['WriteThrottles', 'AWS/DynamoDB WriteThrottleEvents', 1, 2, 3],
  ])('%s rings for %s from %i on, %i times in %i', (name, metric, threshold, of, within) => {
    const { Namespace, MetricName, Threshold, DatapointsToAlarm, EvaluationPeriods } = alarm(name)

    expect(`${Namespace} ${MetricName}`).toBe(metric)
    expect([Threshold, DatapointsToAlarm, EvaluationPeriods]).toEqual([threshold, of, within])
  })

  // DynamoDB says nothing where nothing is throttled, and a sum of two metrics is unknown while one of them is.
  test('is made of one metric, since what is silent would silence another', () => {
    for (const [name, { MetricName }] of alarms)
      expect({ name, MetricName }).toEqual({ name, MetricName: expect.any(String) })
  })

  test('is quiet while nothing is measured, but for the one that hears silence', () => {
    for (const [name, { TreatMissingData, ComparisonOperator }] of alarms) {
      const silent = name === 'SweepSilent'
      expect(TreatMissingData).toBe(silent ? 'breaching' : 'notBreaching')
      expect(ComparisonOperator).toBe(silent ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold')
    }
  })

  test('says what is wrong, and there are as many as are looked at here', () => {
    expect(alarms.size).toBe(14)
    for (const { AlarmDescription } of alarms.values()) expect(AlarmDescription).toMatch(/^[A-Z].{20,}/)
  })

  test('looks at this deployment alone, and at what its functions do measure', () => {
    const known = [...Object.values(metrics).flat(), ...deploymentMetrics] as string[]
    const own = [...alarms.values()].filter(({ Namespace }) => Namespace === METRICS_NAMESPACE)
    const [name] = stack.read().functions.map(({ environment }) => environment.DEPLOYMENT)

    expect(own).toHaveLength(6)
    for (const { MetricName, Dimensions } of own) {
      expect(known).toContain(MetricName)
      expect(Dimensions).toContainEqual({ Name: 'Deployment', Value: name })
    }
  })
})

describe('the key', () => {
  test('is watched where there is somebody to tell: who switches it off is on record in CloudTrail', () => {
    const rules = synthesizeStack(fullContext)
      .ofType('AWS::Events::Rule')
      .map(([, { Properties }]) => Properties)

    expect(rules).toContainEqual(
      expect.objectContaining({
        EventPattern: {
          source: ['aws.kms'],
          'detail-type': ['AWS API Call via CloudTrail'],
          detail: {
            eventName: ['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy'],
            resources: { ARN: [{ 'Fn::GetAtt': [expect.stringContaining('TokenKey'), 'Arn'] }] },
          },
        },
        Targets: [expect.objectContaining({ Arn: fullContext['grantkeeper:alarmTopic'] })],
      }),
    )
    expect(stack.ofType('AWS::Events::Rule')).toHaveLength(1)
  })
})

test('given keys are watched as our own is, by their ARNs; what an alias stands for is not known', () => {
  const arn = (key: string) => `arn:aws:kms:eu-central-1:111122223333:${key}`
  const watched = (context: Record<string, string>) =>
    synthesizeStack({ 'grantkeeper:alarmTopic': fullContext['grantkeeper:alarmTopic'], ...context })
      .ofType('AWS::Events::Rule')
      .flatMap(
        ([, { Properties }]) => (Properties as { EventPattern?: { detail: { resources: object } } }).EventPattern ?? [],
      )
      .map(({ detail }) => detail.resources)

  expect(watched({ 'grantkeeper:keyArn': arn('key/new'), 'grantkeeper:previousKeyArns': arn('key/old') })).toEqual([
    { ARN: [arn('key/new'), arn('key/old')] },
  ])
  expect(watched({ 'grantkeeper:keyArn': arn('alias/tokens') })).toEqual([])
})

test('the dashboard shows the deployment by operation and provider type', () => {
  const [page] = stack.ofType('AWS::CloudWatch::Dashboard').map(([, { Properties }]) => JSON.stringify(Properties))

  expect(page).toContain('{Grantkeeper,Deployment,Operation}')
  expect(page).toContain('{Grantkeeper,Deployment,ProviderType}')
  expect(stack.ofType('AWS::CloudWatch::Dashboard')[0]?.[1].Properties.DashboardName).toBeUndefined()
})
