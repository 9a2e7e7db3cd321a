import * as z from 'zod'
import { parse } from '../template/parse.ts'
import { nameInArn } from '../template/physical.ts'
import type { ResolvedTemplate } from '../template/resolved-template.ts'
import { decide } from './decide.ts'
import { contextOf } from './needs/input.ts'
import { parsePolicy } from './policy.ts'

const permissionSchema = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
})

/** Whether a service may invoke a function on behalf of a resource, e.g. a method of the API or a rule. */
export type MayInvoke = (service: string, functionId: string, sourceArn: string) => boolean

/**
 * The permissions of a template's functions. Each is a statement of the function's own policy, as Lambda makes it:
 * `SourceArn` is compared by `ArnLike`, `SourceAccount` by `StringEquals`.
 */
export function readInvokePermissions(template: ResolvedTemplate): MayInvoke {
  const permissions = template.resources('AWS::Lambda::Permission').map(([logicalId, properties]) => {
    const what = `permission ${logicalId}`
    const { Action, FunctionName, Principal, SourceArn, SourceAccount } = parse(permissionSchema, properties, what)
    const Statement = {
      Effect: 'Allow',
      Principal: Principal === '*' ? '*' : { Service: Principal },
      Action,
      Resource: template.arn('lambda', `function:${nameInArn(FunctionName)}`),
      Condition: {
        ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
        ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
      },
    }
    return parsePolicy({ Statement }, what)
  })
  const resource = permissions.flat()
  const [, , , , accountId] = template.arn('lambda', '').split(':')

  return (service, functionId, sourceArn) =>
    decide(
      {
        action: 'lambda:InvokeFunction',
        resource: template.arn('lambda', `function:${functionId}`),
        context: contextOf({ 'aws:SourceArn': sourceArn, 'aws:SourceAccount': accountId }),
      },
      { service },
      { identity: [], resource, resourceDecides: true },
    ).allowed
}
