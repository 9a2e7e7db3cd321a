/** A resource as it stands in a template. */
export interface Resource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, unknown>>
  readonly DependsOn?: string | readonly string[]
}

/** A CloudFormation template. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Parameters?: Readonly<Record<string, unknown>>
  readonly Outputs?: Readonly<Record<string, unknown>>
}

/** The resources of a type, by their logical ids. */
export const ofType = ({ Resources }: Template, type: string): [id: string, properties: Record<string, unknown>][] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties = {} }]) => (Type === type ? [[id, Properties]] : []))

/** The ids that a value refers to: those of resources, and of parameters. */
export const referencesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: unknown; 'Fn::GetAtt'?: unknown }
  if (typeof Ref === 'string') return [Ref]
  if (Array.isArray(attribute)) return [String(attribute[0])]
  return Object.values(value).flatMap(referencesIn)
}
