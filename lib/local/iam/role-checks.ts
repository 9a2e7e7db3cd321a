import type { AccessDefinition } from '../template/access.ts'
import type { EventSourceDefinition } from '../template/event-sources.ts'
import { TemplateError } from '../template/template-error.ts'
import type { Authority } from './authority.ts'
import { decide } from './decide.ts'
import { contextOf } from './needs/input.ts'
import { parsePolicy } from './policy.ts'

/** What Lambda itself does by a function's role. */
export interface RoleChecks {
  readonly access: AccessDefinition
  readonly eventSources: readonly EventSourceDefinition[]
  /** The ARN of a stream of a log group. */
  readonly streamArn: (logGroup: string) => string
}

/**
 * Checks what AWS checks when functions and event source mappings are made: Lambda may take on the role, and by it read
 * the queue. Also that the role may write the function's log: on AWS such a function runs and leaves no trace.
 * Throws `TemplateError` in AWS's words.
 */
export function checkRoles(authority: Authority, { access, eventSources, streamArn }: RoleChecks): void {
  const mustBeAllowed = (functionId: string, actions: readonly string[], resource: string): void => {
    for (const action of actions) {
      const refusal = authority.refuse(functionId, { action, resource, context: contextOf({}) })
      if (refusal !== undefined) throw new TemplateError(`function ${functionId}: ${refusal}`)
    }
  }

  for (const { functionId, role, logGroup } of access.functions) {
    if (!letsLambdaIn(role)) {
      throw new TemplateError(`function ${functionId}: the role ${role.name} cannot be assumed by Lambda`)
    }
    mustBeAllowed(functionId, ['logs:CreateLogStream', 'logs:PutLogEvents'], streamArn(logGroup))
  }
  for (const { functionId, queueArn } of eventSources) {
    mustBeAllowed(functionId, ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queueArn)
  }
}

function letsLambdaIn({ arn, name, trust }: AccessDefinition['functions'][number]['role']): boolean {
  const need = { action: 'sts:AssumeRole', resource: arn, context: contextOf({}) }
  const resource = parsePolicy(trust, `role ${name}, trust policy`)
  return decide(need, { service: 'lambda.amazonaws.com' }, { identity: [], resource, resourceDecides: true }).allowed
}
