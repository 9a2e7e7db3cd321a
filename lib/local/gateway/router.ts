import { createHash } from 'node:crypto'
import type { RouteDefinition } from '../model.ts'

/** The route of a request, with what its path variables took. */
export interface Match {
  readonly route: RouteDefinition
  /** Still percent-encoded, as REST APIs leave them; null when the resource has none. */
  readonly pathParameters: Readonly<Record<string, string>> | null
  readonly resourceId: string
}

export type Router = (method: string, path: string) => Match | undefined

interface Resource {
  readonly id: string
  readonly methods: Map<string, RouteDefinition>
  readonly fixed: Map<string, Resource>
  variable?: { readonly name: string; readonly greedy: boolean; readonly child: Resource }
}

interface Found {
  readonly resource: Resource
  readonly parameters: readonly (readonly [string, string])[]
}

/**
 * Routes as a REST API does: the resource is chosen first (fixed segments before a variable, a variable before a
 * greedy one), then its method. Empty segments do not count, so both spellings of the last slash match.
 * Throws when two variables stand side by side: API Gateway refuses the second.
 */
export function buildRouter(routes: readonly RouteDefinition[]): Router {
  const root = newResource('')
  for (const route of routes) {
    const segments = segmentsOf(route.path)
    const resource = segments.reduce((parent, segment) => childOf(parent, segment, route.path), root)
    resource.methods.set(route.method.toUpperCase(), route)
  }
  return (method, path) => {
    const found = find(root, segmentsOf(path))
    const route = found?.resource.methods.get(method) ?? found?.resource.methods.get('ANY')
    if (!found || !route) return undefined
    const pathParameters = found.parameters.length > 0 ? Object.fromEntries(found.parameters) : null
    return { route, pathParameters, resourceId: found.resource.id }
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

function newResource(path: string): Resource {
  const id = createHash('sha256').update(path).digest('hex').slice(0, 6)
  return { id, methods: new Map(), fixed: new Map() }
}

function childOf(parent: Resource, segment: string, path: string): Resource {
  const [, name, plus] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? []
  if (name === undefined) {
    const child = parent.fixed.get(segment) ?? newResource(`${parent.id}/${segment}`)
    parent.fixed.set(segment, child)
    return child
  }
  const greedy = plus === '+'
  parent.variable ??= { name, greedy, child: newResource(`${parent.id}/${segment}`) }
  const { variable } = parent
  if (variable.name !== name || variable.greedy !== greedy) {
    throw new Error(`${path}: {${variable.name}} stands at the place of ${segment} already`)
  }
  return variable.child
}

function find(
  resource: Resource,
  segments: readonly string[],
  at = 0,
  parameters: Found['parameters'] = [],
): Found | undefined {
  const segment = segments[at]
  if (segment === undefined) return resource.methods.size > 0 ? { resource, parameters } : undefined
  const fixed = resource.fixed.get(segment)
  const found = fixed && find(fixed, segments, at + 1, parameters)
  if (found || !resource.variable) return found
  const { name, greedy, child } = resource.variable
  const taken = greedy ? segments.slice(at) : [segment]
  return find(child, segments, at + taken.length, [...parameters, [name, taken.join('/')]])
}
