import { Duration } from 'aws-cdk-lib'
import * as events from 'aws-cdk-lib/aws-events'
import * as targets from 'aws-cdk-lib/aws-events-targets'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { fileName } from '../contract/index.ts'
import { type Worker, workers } from '../contract/workers.ts'
import { EndpointFunction, type Platform } from './endpoint-function.ts'
import type { WorkQueue } from './queues.ts'

/** The functions that queues and the clock wake. */
export class Workers extends Construct {
  readonly functions: Readonly<Record<string, lambda.Function>>

  constructor(scope: Construct, id: string, platform: Platform) {
    super(scope, id)
    this.functions = Object.fromEntries(workers.map((worker) => [worker.id, this.add(worker, platform)]))
  }

  private add(worker: Worker, platform: Platform): lambda.Function {
    const { source, description, timeoutSeconds, grants } = worker
    const common = { platform, description, file: `workers/${fileName(worker.id)}`, timeoutSeconds, grants }
    if ('everyMinutes' in source) {
      const { function: target } = new EndpointFunction(this, worker.id, common)
      new events.Rule(this, `${worker.id}Schedule`, {
        schedule: events.Schedule.rate(Duration.minutes(source.everyMinutes)),
        // The next one comes soon enough.
        targets: [new targets.LambdaFunction(target, { retryAttempts: 0 })],
      })
      return target
    }
    const work = platform.queues[source.queue]
    const { function: target } = new EndpointFunction(this, worker.id, {
      ...common,
      statements: [receiveFrom(work)],
      // Lambda would take a long walk that is handed on for an endless loop, and break it off after some 16 rounds.
      // It ends by itself: each round saves how far it got, and only one at a time gets on.
      ...(worker.handsOn && { recursiveLoop: lambda.RecursiveLoop.ALLOW }),
    })
    new lambda.EventSourceMapping(this, `${worker.id}Messages`, {
      target,
      eventSourceArn: work.queue.queueArn,
      // Each message is long work of its own and must be through before the timeout.
      batchSize: 1,
      reportBatchItemFailures: true,
      maxConcurrency: 10,
    })
    return target
  }
}

/** What Lambda needs to hand the queue's messages to a function, in the function's own name. */
const receiveFrom = ({ queue }: WorkQueue): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resources: [queue.queueArn],
  })
