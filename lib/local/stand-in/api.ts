import { type Answer, bearerToken, type Call } from './message.ts'
import type { Person } from './person.ts'
import { instanceOf, type Played, personIn } from './played.ts'
import type { ClientRecord, GrantRecord, TokenRecord } from './records.ts'
import { type Handler, type Route, route } from './routes.ts'

/** Whose token a request to the API carries. */
export interface Caller {
  readonly person: Person
  readonly scopes: readonly string[]
  readonly client: ClientRecord
  readonly grant: GrantRecord
  readonly token: TokenRecord
}

/** What answers a request with a token that may. */
export type ApiHandler = (caller: Caller, call: Call, played: Played) => Answer

/** An endpoint of the API, for tokens of one of these scopes where there are any. */
export function api(
  method: string,
  hosts: readonly string[],
  path: string,
  anyScope: readonly string[],
  handler: ApiHandler,
): Route {
  return route('api', method, hosts, path, forToken(anyScope, handler))
}

/** The handler of what needs an access token that is good on this host and has one of these scopes. */
function forToken(anyScope: readonly string[], handler: ApiHandler): Handler {
  return (played, call) => {
    const { facts } = played
    const objection = facts.api.guard?.(call)
    if (objection) return objection
    const caller = callerOf(played, call)
    if (!caller) return facts.api.unauthorized
    if (anyScope.length > 0 && !anyScope.some((scope) => caller.scopes.includes(scope)))
      return facts.api.forbidden(anyScope)
    return handler(caller, call, played)
  }
}

/** The handler of what is no call with an access token, but looked at in the same way before anything else. */
export function guarded(handler: Handler): Handler {
  return (played, call) => played.facts.api.guard?.(call) ?? handler(played, call)
}

/** A 200 with this JSON. */
export function ok(body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers, body }
}

function callerOf(played: Played, call: Call): Caller | undefined {
  const { books, facts, quirks } = played
  const token = books.token(bearerToken(call) ?? '')
  if (token?.kind !== 'access' || !books.isLive(token)) return undefined
  // Replicas of the provider hear of a new token a little later.
  if (token.issuedAt + quirks.replicaLagMs > books.clock.now()) return undefined
  const grant = books.grant(token.grantId)
  if (grant?.provider !== facts.type || grant.instance !== instanceOf(played, call.host)) return undefined
  const client = books.client(grant.provider, grant.clientId)
  if (!client) return undefined
  return { person: personIn(played, grant.account), scopes: token.scopes, client, grant, token }
}
