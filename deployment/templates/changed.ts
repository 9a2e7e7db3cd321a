import { isDeepStrictEqual } from 'node:util'
import { type Resource, referencesIn, type Template } from './template.ts'

/**
 * What a setting changes: the template with the resources that are others than without it, one for each change that is
 * the same in several of one type, and with all that they refer to. It is a template of its own, and much smaller, since
 * a setting such as the log level changes every function alike.
 */
export const changed = (without: Template, template: Template): Template => {
  const seen = new Set<string>()
  const kept = new Set(referencesIn(template.Outputs))
  for (const [id, resource] of Object.entries(template.Resources)) {
    const before = without.Resources[id]
    if (isDeepStrictEqual(resource, before)) continue
    const change = JSON.stringify([resource.Type, ...differences(before, resource)])
    if (!seen.has(change)) kept.add(id)
    seen.add(change)
  }
  // A set that grows while it is walked is walked to its end.
  for (const id of kept) for (const reference of referencesIn(template.Resources[id]?.Properties)) kept.add(reference)
  const resources = Object.entries(template.Resources).filter(([id]) => kept.has(id))
  const isThere = (id: string): boolean => kept.has(id) || !(id in template.Resources)
  return { ...template, Resources: Object.fromEntries(resources.map(([id, one]) => [id, dependingOn(one, isThere)])) }
}

/** Where two values differ, and what stands there in the second one. */
const differences = (
  before: unknown,
  after: unknown,
  path = '',
): readonly (readonly [path: string, after: unknown])[] => {
  if (isDeepStrictEqual(before, after)) return []
  if (!isObject(before) || !isObject(after)) return [[path, after]]
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) => differences(before[name], after[name], `${path}/${name}`))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** A resource that waits only for what is there. What was never there stays, to be found. */
const dependingOn = ({ DependsOn, ...resource }: Resource, isThere: (id: string) => boolean): Resource => {
  const left = [DependsOn ?? []].flat().filter(isThere)
  return left.length === 0 ? resource : { ...resource, DependsOn: left }
}
