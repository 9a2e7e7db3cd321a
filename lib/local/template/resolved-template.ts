import type { Assembly } from './assembly.ts'
import { evaluate, evaluateCondition, type Scope } from './intrinsics.ts'
import { parameterValues } from './parameters.ts'
import { arn, nameProperties, type Physical, physical } from './physical.ts'
import { servedTypes, skippedTypes } from './resource-types.ts'
import { TemplateError } from './template-error.ts'

/** Where and with what a template is resolved. */
export interface TemplateOptions {
  readonly parameters: Readonly<Record<string, string>>
  readonly region: string
  readonly accountId: string
  /** The URL under which a queue is served. */
  readonly queueUrl: (queueName: string) => string
  /** The id of a KMS key, by the logical id of its resource. */
  readonly keyId: (logicalId: string) => string
}

/** A template with its parameters filled in; properties are resolved when asked for. */
export interface ResolvedTemplate {
  /** The resources of one type, without those whose condition is false, as logical id and resolved properties. */
  resources(type: string): [logicalId: string, properties: unknown][]
  physical(logicalId: string): Physical
  /** The ARN of a resource of a service, in the template's account and region, e.g. `key/<id>` of `kms`. */
  arn(service: string, resource: string): string
  readonly outputs: Readonly<Record<string, string>>
}

/** Fills in a template. Throws `TemplateError` for missing parameters and resource types that cannot be served. */
export function resolveTemplate(assembly: Assembly, options: TemplateOptions): ResolvedTemplate {
  const { stackName, template } = assembly
  const { region, accountId } = options
  const parameters = parameterValues(template.Parameters, options.parameters)
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::AccountId': accountId,
    'AWS::NoValue': undefined,
    'AWS::NotificationARNs': [],
    'AWS::Partition': 'aws',
    'AWS::Region': region,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': 'amazonaws.com',
  }

  const scope: Scope = {
    ref(name) {
      if (Object.hasOwn(pseudo, name)) return pseudo[name]
      if (!parameters.has(name)) return physicalOf(name).ref
      // The parameter's value is the name of a parameter in Systems Manager, which is not served here.
      if (template.Parameters[name]?.Type.startsWith('AWS::SSM::')) throw new TemplateError(`${name} is kept in SSM`)
      return parameters.get(name)
    },
    attribute(logicalId, name) {
      const value = physicalOf(logicalId).attributes[name]
      if (value === undefined) throw new TemplateError(`attribute ${logicalId}.${name} is not known`)
      return value
    },
    condition(name) {
      if (!Object.hasOwn(template.Conditions, name)) throw new TemplateError(`there is no condition ${name}`)
      return evaluateCondition(template.Conditions[name], scope)
    },
  }

  const exists = (item: { Condition?: string | undefined }) =>
    item.Condition === undefined || scope.condition(item.Condition)

  function physicalOf(logicalId: string): Physical {
    const resource = template.Resources[logicalId]
    if (!resource || !exists(resource)) throw new TemplateError(`there is no resource ${logicalId}`)
    const given = evaluate(resource.Properties[nameProperties[resource.Type] ?? ''], scope)
    const givenName = given === undefined ? undefined : String(given)
    return physical(resource.Type, { ...options, logicalId, givenName, stackName })
  }

  for (const [logicalId, { Type }] of Object.entries(template.Resources)) {
    if (!servedTypes.has(Type) && !skippedTypes.has(Type)) {
      throw new TemplateError(`resource ${logicalId}: the local stack does not know the type ${Type}`)
    }
  }

  return {
    resources: (type) =>
      Object.entries(template.Resources)
        .filter(([, resource]) => resource.Type === type && exists(resource))
        .map(([logicalId, { Properties }]) => [
          logicalId,
          within(`resource ${logicalId}`, () => evaluate(Properties, scope)),
        ]),
    physical: physicalOf,
    arn: (service, resource) => arn(options, service, resource),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs)
        .filter(([, output]) => exists(output))
        .map(([name, { Value }]) => [name, within(`output ${name}`, () => String(evaluate(Value, scope)))]),
    ),
  }
}

/** The logical ids of one type. Conditions are not looked at. */
export function logicalIdsOf({ template }: Assembly, type: string): string[] {
  return Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([logicalId]) => logicalId)
}

function within<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(`${what}: ${error.message}`, { cause: error })
    throw error
  }
}
