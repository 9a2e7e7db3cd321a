import * as z from 'zod'
import { awsManagedPolicy } from '../iam/aws-managed-policies.ts'
import { parse } from './parse.ts'
import type { ResolvedTemplate } from './resolved-template.ts'
import { TemplateError } from './template-error.ts'

const inlinePolicySchema = z.object({ PolicyName: z.string(), PolicyDocument: z.unknown() })

const roleSchema = z.object({
  AssumeRolePolicyDocument: z.unknown(),
  Policies: z.array(inlinePolicySchema).default([]),
  ManagedPolicyArns: z.array(z.string()).default([]),
  PermissionsBoundary: z.undefined('permissions boundaries are not played').optional(),
})

const policySchema = inlinePolicySchema.extend({ Roles: z.array(z.string()).default([]) })
const managedPolicySchema = z.object({ PolicyDocument: z.unknown(), Roles: z.array(z.string()).default([]) })

/** A role with all that is attached to it. */
export interface RoleDefinition {
  readonly arn: string
  readonly name: string
  /** Who may take it on: a policy document. */
  readonly trust: unknown
  readonly policies: readonly { readonly name: string; readonly document: unknown }[]
}

/** The roles of a template, with their inline, attached and managed policies. */
export function readRoles(template: ResolvedTemplate): RoleDefinition[] {
  const attached = template
    .resources('AWS::IAM::Policy')
    .map(([logicalId, properties]) => parse(policySchema, properties, `policy ${logicalId}`))
  const managed = template.resources('AWS::IAM::ManagedPolicy').map(([logicalId, properties]) => ({
    arn: template.physical(logicalId).ref,
    ...parse(managedPolicySchema, properties, `managed policy ${logicalId}`),
  }))

  return template.resources('AWS::IAM::Role').map(([logicalId, properties]) => {
    const role = parse(roleSchema, properties, `role ${logicalId}`)
    const { ref: name, attributes } = template.physical(logicalId)
    const ofAws = role.ManagedPolicyArns.filter((arn) => !managed.some((policy) => policy.arn === arn))
    return {
      arn: attributes.Arn ?? '',
      name,
      trust: role.AssumeRolePolicyDocument,
      policies: [
        ...[...role.Policies, ...attached.filter(({ Roles }) => Roles.includes(name))].map(
          ({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument }),
        ),
        ...managed
          .filter(({ arn, Roles }) => Roles.includes(name) || role.ManagedPolicyArns.includes(arn))
          .map(({ arn, PolicyDocument }) => ({ name: arn, document: PolicyDocument })),
        ...ofAws.map((arn) => {
          const document = awsManagedPolicy(arn)
          if (!document) throw new TemplateError(`role ${logicalId}: what ${arn} allows is not known`)
          return { name: arn, document }
        }),
      ],
    }
  })
}
