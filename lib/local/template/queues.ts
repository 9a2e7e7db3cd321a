import * as z from 'zod'
import { parse } from './parse.ts'
import { nameInArn } from './physical.ts'
import type { ResolvedTemplate } from './resolved-template.ts'

const count = z.coerce.number().optional()

const queueSchema = z.object({
  DelaySeconds: count,
  MaximumMessageSize: count,
  MessageRetentionPeriod: count,
  ReceiveMessageWaitTimeSeconds: count,
  VisibilityTimeout: count,
  RedrivePolicy: z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.coerce.number() }).optional(),
  FifoQueue: z.literal(false, 'FIFO queues are not served').optional(),
})

/** A standard SQS queue. */
export interface QueueDefinition {
  readonly logicalId: string
  readonly name: string
  readonly url: string
  /** As `SetQueueAttributes` takes them, e.g. `VisibilityTimeout` -> `30` (seconds), `RedrivePolicy` -> JSON. */
  readonly attributes: Readonly<Record<string, string>>
}

/** The queues of a template. */
export function readQueues(template: ResolvedTemplate): QueueDefinition[] {
  return template.resources('AWS::SQS::Queue').map(([logicalId, properties]) => {
    const { RedrivePolicy, FifoQueue: _, ...counts } = parse(queueSchema, properties, `queue ${logicalId}`)
    const { ref, attributes } = template.physical(logicalId)
    return {
      logicalId,
      name: nameInArn(attributes.Arn ?? ''),
      url: ref,
      attributes: {
        ...Object.fromEntries(
          Object.entries(counts).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
        ),
        ...(RedrivePolicy && { RedrivePolicy: JSON.stringify(RedrivePolicy) }),
      },
    }
  })
}
