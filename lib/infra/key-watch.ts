import * as events from 'aws-cdk-lib/aws-events'
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledged.ts'

/**
 * Tells the topic when somebody switches one of the keys off, or schedules its deletion: after that nothing in the table can
 * be opened, and a deletion can be taken back for some days alone. CloudTrail must have a trail for management events. Of a
 * key of another account or region nothing is heard here.
 */
export class KeyWatch extends Construct {
  constructor(scope: Construct, id: string, keyArns: readonly string[], topic: ITopic) {
    super(scope, id)
    acknowledge(this, 'Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment')
    new events.Rule(this, 'Rule', {
      description: 'The key that seals tokens is switched off, or to be deleted',
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: {
          eventName: ['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy'],
          resources: { ARN: [...keyArns] },
        },
      },
      targets: [new SnsTopic(topic)],
    })
  }
}
