import { Duration } from 'aws-cdk-lib'
import * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { MAX_RECEIVES } from '../contract/workers.ts'

/** A queue of work, and the dead letters that it ends with. */
export class WorkQueue extends Construct {
  readonly queue: sqs.Queue
  /** Has no consumer on purpose: a redrive needs the messages to be there. */
  readonly deadLetters: sqs.Queue

  constructor(scope: Construct, id: string, { workerSeconds }: { readonly workerSeconds: number }) {
    super(scope, id)
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    this.queue = new sqs.Queue(this, 'Queue', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // AWS asks for six times the worker's timeout: throttled batches are kept and tried again meanwhile.
      visibilityTimeout: Duration.seconds(6 * workerSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    })
  }
}
