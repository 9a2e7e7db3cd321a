import * as z from 'zod'
import { parse } from './parse.ts'
import { nameInArn } from './physical.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { TemplateError } from './template-error.ts'

// Strict: a filter or a failure destination that is not played would change what the function gets to see.
const mappingSchema = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().default(10),
  Enabled: z.boolean().default(true),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional(),
  Tags: z.unknown().optional(),
})

/** A queue whose messages a function gets in batches. */
export interface EventSourceDefinition {
  readonly functionId: string
  readonly queueArn: string
  readonly queueUrl: string
  readonly batchSize: number
  /** How long to gather a batch. */
  readonly windowSeconds: number
  /** Whether the function says which messages failed; otherwise a batch succeeds or fails as a whole. */
  readonly reportsItemFailures: boolean
  /** How many batches the function gets at a time. */
  readonly maximumConcurrency: number
}

/** The enabled event source mappings of a template. Throws `TemplateError` for sources other than its own queues. */
export function readEventSources(template: ResolvedTemplate): EventSourceDefinition[] {
  const queueUrls = new Map(
    template.resources('AWS::SQS::Queue').map(([logicalId]) => {
      const { ref, attributes } = template.physical(logicalId)
      return [attributes.Arn, ref]
    }),
  )
  return template.resources('AWS::Lambda::EventSourceMapping').flatMap(([logicalId, properties]) => {
    const mapping = parse(mappingSchema, properties, `event source mapping ${logicalId}`)
    const queueUrl = queueUrls.get(mapping.EventSourceArn)
    if (queueUrl === undefined)
      throw new TemplateError(`event source mapping ${logicalId} reads no queue of this stack`)
    if (!mapping.Enabled) return []
    return {
      functionId: nameInArn(mapping.FunctionName),
      queueArn: mapping.EventSourceArn,
      queueUrl,
      batchSize: mapping.BatchSize,
      windowSeconds: mapping.MaximumBatchingWindowInSeconds,
      reportsItemFailures: mapping.FunctionResponseTypes.length > 0,
      // Lambda starts with five pollers; how it adds more is of no use on one machine.
      maximumConcurrency: mapping.ScalingConfig?.MaximumConcurrency ?? 5,
    }
  })
}
