import type { Books } from './books.ts'
import type { Answer, Call } from './message.ts'
import { takeOutage } from './outage.ts'
import type { Played } from './played.ts'
import type { PlayedProvider } from './played-provider.ts'
import type { RequestLog } from './request-log.ts'
import { matchRoute, type Route } from './routes.ts'

const NOT_FOUND: Answer = { status: 404, body: { message: 'No provider has this place.' } }
const RATE_LIMITED: Answer = {
  status: 403,
  headers: { 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '0', 'x-ratelimit-used': '5000' },
  body: { message: 'API rate limit exceeded.' },
}

/** Finds the provider of a place, lets it answer, and writes the request down. */
export function createDispatch(parts: {
  played: Readonly<Record<PlayedProvider, Played>>
  books: Books
  log: RequestLog
}): (call: Call) => Answer {
  const { played, books, log } = parts
  return (call) => {
    const at = books.clock.now()
    const found = find(Object.values(played), call)
    if (!found) {
      log.add(at, call, NOT_FOUND, {})
      return NOT_FOUND
    }
    const answer = found.route ? handle(found.played, found.route, call, found.params) : { status: 405 }
    log.add(at, call, answer, {
      provider: found.played.facts.type,
      ...(found.route ? { endpoint: found.route.kind } : {}),
    })
    return answer
  }
}

interface Found {
  readonly played: Played
  /** Absent: the place is there, but not for this method. */
  readonly route?: Route
  readonly params: Readonly<Record<string, string>>
}

function find(all: readonly Played[], { method, host, path }: Call): Found | undefined {
  let otherMethod: Found | undefined
  for (const played of all.flatMap(editionsOf)) {
    for (const route of played.facts.routes) {
      if (route.kind === 'revocation' && played.quirks.revocation === 'none') continue
      const params = matchRoute(route, { hostname: host, pathname: path })
      if (params && route.methods.includes(method)) return { played, route, params }
      if (params) otherMethod = { played, params }
    }
  }
  return otherMethod
}

function editionsOf(played: Played): Played[] {
  return [played, ...(played.facts.editions ?? []).map((facts) => ({ ...played, facts }))]
}

function handle(played: Played, route: Route, call: Call, params: Readonly<Record<string, string>>): Answer {
  const out = takeOutage(played.quirks, route.kind)
  if (out) return out
  if (route.kind === 'api' && played.quirks.rateLimitAs403) {
    const reset = String(Math.ceil(played.books.clock.now() / 1000) + 60)
    return { ...RATE_LIMITED, headers: { ...RATE_LIMITED.headers, 'x-ratelimit-reset': reset } }
  }
  return route.handler(played, { ...call, params })
}
