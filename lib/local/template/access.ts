import * as z from 'zod'
import { parse } from './parse.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { type RoleDefinition, readRoles } from './roles.ts'
import { TemplateError } from './template-error.ts'

const functionSchema = z.object({
  Role: z.string(),
  LoggingConfig: z.object({ LogGroup: z.string().optional() }).default({}),
})

const keySchema = z.object({ KeyPolicy: z.unknown().optional() })
const aliasSchema = z.object({ AliasName: z.string(), TargetKeyId: z.string() })
const queuePolicySchema = z.object({ Queues: z.array(z.string()), PolicyDocument: z.unknown() })

/** A function, the role that it has, and the log group that it writes. */
export interface FunctionAccess {
  readonly functionId: string
  readonly role: RoleDefinition
  readonly logGroup: string
}

/** A KMS key, and by what else requests may call it: its id and its aliases. */
export interface KeyAccess {
  readonly arn: string
  readonly names: readonly string[]
  /** As resolved; undefined where the template gives none. */
  readonly policy: unknown
}

/** Who may do what, as the template says; policies are documents that nobody has read yet. */
export interface AccessDefinition {
  readonly functions: readonly FunctionAccess[]
  readonly keys: readonly KeyAccess[]
  readonly queues: readonly { readonly arn: string; readonly policies: readonly unknown[] }[]
}

/** The roles of the functions, and the policies of keys and queues. Throws `TemplateError` for roles of elsewhere. */
export function readAccess(template: ResolvedTemplate): AccessDefinition {
  const roles = readRoles(template)
  return {
    functions: template.resources('AWS::Lambda::Function').map(([functionId, properties]) => {
      const { Role, LoggingConfig } = parse(functionSchema, properties, `function ${functionId}`)
      const role = roles.find(({ arn }) => arn === Role)
      if (!role) throw new TemplateError(`function ${functionId}: ${Role} is no role of this template`)
      return { functionId, role, logGroup: LoggingConfig.LogGroup ?? `/aws/lambda/${functionId}` }
    }),
    keys: readKeys(template),
    queues: readQueuePolicies(template),
  }
}

function readKeys(template: ResolvedTemplate): KeyAccess[] {
  const aliases = template
    .resources('AWS::KMS::Alias')
    .map(([logicalId, properties]) => parse(aliasSchema, properties, `alias ${logicalId}`))
  return template.resources('AWS::KMS::Key').map(([logicalId, properties]) => {
    const { ref: id, attributes } = template.physical(logicalId)
    const arn = attributes.Arn ?? ''
    const names = aliases
      .filter(({ TargetKeyId }) => TargetKeyId === id || TargetKeyId === arn)
      .flatMap(({ AliasName }) => [AliasName, template.arn('kms', AliasName)])
    return { arn, names: [id, ...names], policy: parse(keySchema, properties, `key ${logicalId}`).KeyPolicy }
  })
}

function readQueuePolicies(template: ResolvedTemplate): AccessDefinition['queues'] {
  const policies = template
    .resources('AWS::SQS::QueuePolicy')
    .map(([logicalId, properties]) => parse(queuePolicySchema, properties, `queue policy ${logicalId}`))
  return template.resources('AWS::SQS::Queue').map(([logicalId]) => {
    const { ref: url, attributes } = template.physical(logicalId)
    return {
      arn: attributes.Arn ?? '',
      policies: policies.filter(({ Queues }) => Queues.includes(url)).map(({ PolicyDocument }) => PolicyDocument),
    }
  })
}
