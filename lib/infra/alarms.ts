import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { measured, ofAws } from './measured.ts'
import type { Watched } from './watched.ts'

interface Row {
  /** What a person reads first. */
  readonly description: string
  readonly metric: cloudwatch.IMetric
  /** From how much on; 1 unless said. */
  readonly threshold?: number
  /** In how many of how many periods of five minutes; in one unless said. */
  readonly periods?: readonly [of: number, within: number]
  /** Whether it is that something does not happen: less than the threshold, or no word at all. */
  readonly silence?: true
}

const rowsOf = ({ deployment, apiName, tableName, queues, sweep }: Watched): Readonly<Record<string, Row>> => {
  const table = { TableName: tableName }
  return {
    jobsDeadLetters: {
      description: 'Messages of the queue jobs could not be dealt with and wait to be redriven',
      metric: queues.jobs.deadLetters.metricApproximateNumberOfMessagesVisible(),
    },
    chunksDeadLetters: {
      description: 'Messages of the queue chunks could not be dealt with and wait to be redriven',
      metric: queues.chunks.deadLetters.metricApproximateNumberOfMessagesVisible(),
    },
    JobStuck: {
      description: 'A job has not got on for a quarter of an hour',
      metric: measured(deployment, 'Stuck', { Worker: 'sweep' }),
    },
    JobFailed: { description: 'A job ended with an error', metric: measured(deployment, 'JobsFailed') },
    SweepFailing: {
      description: 'The sweep ends with an error, so that stuck jobs and broken-off flows are not looked after',
      metric: ofAws('Lambda', 'Errors', { FunctionName: sweep.functionName }),
      periods: [3, 3],
    },
    SweepSilent: {
      description: 'The sweep does not run',
      metric: ofAws('Lambda', 'Invocations', { FunctionName: sweep.functionName }),
      periods: [3, 3],
      silence: true,
    },
    RefreshesFailing: {
      description: 'Providers fail to refresh tokens; the dashboard tells whose',
      metric: measured(deployment, 'RefreshesFailed'),
      threshold: 10,
      periods: [2, 3],
    },
    ClientRejected: {
      description: 'A provider refuses the client secret that an admin registered',
      metric: measured(deployment, 'ClientsRejected'),
    },
    AuthorizerFailing: {
      description: 'The issuer of the JWTs gives no keys, so that nobody is let in',
      metric: measured(deployment, 'AuthorizerFailures'),
      threshold: 3,
    },
    KeyUnusable: {
      description:
        'KMS refuses the key: it is switched off, to be deleted, or may not be used, and nothing can be opened',
      metric: measured(deployment, 'KeyUnusable'),
    },
    ServerErrors: {
      description: 'Requests end with a 5xx',
      metric: ofAws('ApiGateway', '5XXError', { ApiName: apiName }),
      threshold: 5,
      periods: [2, 3],
    },
    FunctionThrottles: {
      description: 'Lambda throttles functions of this account and region: its concurrency is used up',
      metric: ofAws('Lambda', 'Throttles'),
      periods: [2, 3],
    },
    // One each: DynamoDB says nothing where nothing is throttled, and a sum is unknown while one of its parts is.
    ReadThrottles: {
      description: 'DynamoDB throttles reads of the table',
      metric: ofAws('DynamoDB', 'ReadThrottleEvents', table),
      periods: [2, 3],
    },
    WriteThrottles: {
      description: 'DynamoDB throttles writes of the table',
      metric: ofAws('DynamoDB', 'WriteThrottleEvents', table),
      periods: [2, 3],
    },
  }
}

/** What a person must look into. */
export class Alarms extends Construct {
  readonly alarms: readonly cloudwatch.IAlarm[]

  constructor(scope: Construct, id: string, watched: Watched, topic?: ITopic) {
    super(scope, id)
    this.alarms = Object.entries(rowsOf(watched)).map(([name, row]) => {
      const { description, metric, threshold = 1, periods: [of, within] = [1, 1], silence = false } = row
      const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmDescription: description,
        metric,
        threshold,
        datapointsToAlarm: of,
        evaluationPeriods: within,
        comparisonOperator: silence ? LESS_THAN_THRESHOLD : GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: silence ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.NOT_BREACHING,
      })
      if (topic) alarm.addAlarmAction(new SnsAction(topic))
      return alarm
    })
  }
}
