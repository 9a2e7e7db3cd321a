import * as z from 'zod'
import type { MayInvoke } from '../iam/invoke-permissions.ts'
import { parse } from './parse.ts'
import { nameInArn } from './physical.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { TemplateError } from './template-error.ts'

// Strict: an event pattern or an input transformer would be silently missing.
const ruleSchema = z.strictObject({
  ScheduleExpression: z.string(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  Targets: z.array(
    z.strictObject({
      Arn: z.string(),
      Id: z.string(),
      Input: z.string().optional(),
      RetryPolicy: z.unknown().optional(),
      DeadLetterConfig: z.unknown().optional(),
    }),
  ),
  Name: z.string().optional(),
  Description: z.string().optional(),
  Tags: z.unknown().optional(),
})

/** A function that an EventBridge rule invokes at a fixed rate. */
export interface ScheduleDefinition {
  readonly ruleArn: string
  readonly functionId: string
  /** Whether the function lets the rule invoke it. */
  readonly isPermitted: boolean
  readonly intervalSeconds: number
  /** The constant event, if the rule has one; otherwise the function gets EventBridge's own. */
  readonly input?: unknown
}

const unitSeconds = { minute: 60, hour: 3600, day: 86_400 } as const

/** The enabled scheduled rules of a template, one entry per target. */
export function readSchedules(template: ResolvedTemplate, mayInvoke: MayInvoke): ScheduleDefinition[] {
  return template.resources('AWS::Events::Rule').flatMap(([logicalId, properties]) => {
    const rule = parse(ruleSchema, properties, `rule ${logicalId}`)
    const intervalSeconds = secondsOfRate(rule.ScheduleExpression, logicalId)
    if (rule.State === 'DISABLED') return []
    return rule.Targets.map(({ Arn, Input }) => {
      if (!Arn.startsWith('arn:aws:lambda:')) throw new TemplateError(`rule ${logicalId}: ${Arn} is no function`)
      const ruleArn = template.physical(logicalId).attributes.Arn ?? ''
      const functionId = nameInArn(Arn)
      return {
        ruleArn,
        functionId,
        isPermitted: mayInvoke('events.amazonaws.com', functionId, ruleArn),
        intervalSeconds,
        ...(Input !== undefined && { input: JSON.parse(Input) as unknown }),
      }
    })
  })
}

function secondsOfRate(expression: string, logicalId: string): number {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (value === undefined) throw new TemplateError(`rule ${logicalId}: ${expression} is no rate(...)`)
  return Number(value) * unitSeconds[unit as keyof typeof unitSeconds]
}
