import { URLPattern } from 'node:url'
import type { Answer, Call } from './message.ts'
import type { Played } from './played.ts'

/** What answers at a place. */
export type Handler = (played: Played, call: Call) => Answer

/** What a request is for; an outage is at one of these. */
export type EndpointKind = 'authorization' | 'token' | 'revocation' | 'device' | 'api' | 'metadata'

/** A place of a provider and what answers there. */
export interface Route {
  readonly kind: EndpointKind
  readonly methods: readonly string[]
  readonly patterns: readonly URLPattern[]
  readonly handler: Handler
}

/** A route at a path of several hosts, both in the syntax of URLPattern, e.g. `:tenant.ghe.com` and `/user/:id`. */
export function route(
  kind: EndpointKind,
  methods: string,
  hosts: readonly string[],
  path: string,
  handler: Handler,
): Route {
  const patterns = hosts.map((hostname) => new URLPattern({ hostname, pathname: path }))
  return { kind, methods: methods.split('|'), patterns, handler }
}

/** The named parts of host and path when the route has this place; undefined when it has not. */
export function matchRoute(
  { patterns }: Route,
  place: { hostname: string; pathname: string },
): Record<string, string> | undefined {
  for (const pattern of patterns) {
    const found = pattern.exec(place)
    if (!found) continue
    const groups = { ...found.hostname.groups, ...found.pathname.groups }
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, value ?? '']))
  }
  return undefined
}
