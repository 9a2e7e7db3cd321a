import type * as lambda from 'aws-cdk-lib/aws-lambda'
import type { QueueName } from '../contract/grant.ts'
import type { WorkQueue } from './queues.ts'

/** What alarms and dashboard look at. */
export interface Watched {
  /** Under which name the functions keep their metrics. */
  readonly deployment: string
  readonly apiName: string
  readonly tableName: string
  readonly queues: Readonly<Record<QueueName, WorkQueue>>
  readonly sweep: lambda.IFunction
}
