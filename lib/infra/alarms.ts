import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { QueueName } from '../contract/grant.ts'
import type { WorkQueue } from './queues.ts'

/** What a person must look into: a message that no worker could deal with. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, queues: Readonly<Record<QueueName, WorkQueue>>, topic?: ITopic) {
    super(scope, id)
    for (const [name, { deadLetters }] of Object.entries(queues)) {
      const alarm = deadLetters.metricApproximateNumberOfMessagesVisible().createAlarm(this, `${name}DeadLetters`, {
        alarmDescription: `Messages of the queue ${name} could not be dealt with and wait to be redriven`,
        threshold: 1,
        evaluationPeriods: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      })
      if (topic) alarm.addAlarmAction(new SnsAction(topic))
    }
  }
}
