import { type Answer, bodyKind, bodyMembers, type Call } from './message.ts'
import type { PlayedProvider } from './played-provider.ts'
import type { EndpointKind } from './routes.ts'

/** One request that the stand-in got. Values that could be secret are hidden; that they were sent is not. */
export interface StandInRequest {
  /** When it arrived by the stand-in's clock, ISO. */
  readonly at: string
  /** Absent: no provider has this place. */
  readonly provider?: PlayedProvider
  readonly endpoint?: EndpointKind
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  /** The members of a form or of a JSON object. */
  readonly body: Readonly<Record<string, string>>
  /** Those of interest; of `authorization` the scheme alone. */
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
  /** The OAuth error code of the answer. */
  readonly error?: string
}

const HIDDEN = '(hidden)'
const LIMIT = 50_000
const PLAIN = new Set([
  ...['access_type', 'actor', 'audience', 'client_id', 'code_challenge_method', 'grant_type', 'include_granted_scopes'],
  ...['login', 'login_hint', 'optional_scope', 'owner', 'page', 'per_page', 'prompt', 'redirect_uri', 'response_type'],
  ...['scope', 'token_access_type', 'token_type_hint', 'user_scope'],
])
const HEADERS = ['accept', 'content-type', 'origin', 'user-agent', 'notion-version', 'x-github-api-version']

/** The requests so far, oldest first. */
export class RequestLog {
  #requests: StandInRequest[] = []

  add(at: number, call: Call, answer: Answer, found: { provider?: PlayedProvider; endpoint?: EndpointKind }): void {
    if (this.#requests.length >= LIMIT) this.#requests.shift()
    const error = errorOf(answer)
    this.#requests.push({
      at: new Date(at).toISOString(),
      ...found,
      method: call.method,
      host: call.host,
      path: call.path,
      query: shown(Object.fromEntries(call.query)),
      body: bodyKind(call) === 'none' ? {} : shown(bodyMembers(call)),
      headers: headersOf(call),
      status: answer.status,
      ...(error === undefined ? {} : { error }),
    })
  }

  /** Of one provider, or all. */
  list(provider?: PlayedProvider): StandInRequest[] {
    return this.#requests.filter((request) => provider === undefined || request.provider === provider)
  }

  clear(): void {
    this.#requests = []
  }
}

function shown(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, PLAIN.has(name) ? value : HIDDEN]))
}

function headersOf({ headers }: Call): Record<string, string> {
  const scheme = headers.authorization?.split(' ')[0]
  const sent = HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])] as const]))
  return { ...Object.fromEntries(sent), ...(scheme === undefined ? {} : { authorization: scheme }) }
}

function errorOf({ headers, body }: Answer): string | undefined {
  const sentBack = URL.parse(headers?.['location'] ?? '')?.searchParams.get('error')
  if (sentBack) return sentBack
  if (typeof body === 'string') return new URLSearchParams(body).get('error') ?? undefined
  const named = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof named === 'string' ? named : undefined
}
