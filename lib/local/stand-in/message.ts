import type { IncomingHttpHeaders } from 'node:http'
import { errorPage, PAGE_HEADERS } from '../oauth/pages.ts'

/** A request as the host that is played gets it. */
export interface Call {
  readonly method: string
  /** In lower case, e.g. `api.github.com`. */
  readonly host: string
  /** As that host sees it, e.g. `/user`. */
  readonly path: string
  /** The named parts of host and path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What is answered: a text body as it is, any other as JSON. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** The kind of a request's body by its content type. */
export function bodyKind(call: Call): 'form' | 'json' | 'none' | 'other' {
  const type = call.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return 'form'
  if (type === 'application/json') return 'json'
  return type === undefined && call.body === '' ? 'none' : 'other'
}

/** The members of a form or of a JSON object, those of the latter that are text; none of anything else. */
export function bodyMembers(call: Call): Readonly<Record<string, string>> {
  if (bodyKind(call) === 'form') return Object.fromEntries(new URLSearchParams(call.body))
  const json = jsonBody(call)
  if (typeof json !== 'object' || json === null) return {}
  return Object.fromEntries(Object.entries(json).filter((entry): entry is [string, string] => isText(entry[1])))
}

/** The JSON body; undefined when it is none. */
export function jsonBody(call: Call): unknown {
  if (bodyKind(call) !== 'json') return undefined
  try {
    return JSON.parse(call.body)
  } catch {
    return undefined
  }
}

/** The token of an `Authorization: Bearer` header (RFC 6750 section 2.1), the one place where one is accepted. */
export function bearerToken(call: Call): string | undefined {
  return /^Bearer +(\S+)$/i.exec(call.headers.authorization ?? '')?.[1]
}

/** A page for a person. */
export function page(status: number, html: string): Answer {
  return { status, headers: PAGE_HEADERS, body: html }
}

/** The page for what cannot be sent back to the client. */
export function refusalPage(status: number, error: string, description: string): Answer {
  return page(status, errorPage({ error, description }))
}

/** A redirect that a browser follows with a GET. */
export function redirect(location: string | URL): Answer {
  return { status: 303, headers: { location: String(location), 'cache-control': 'no-store' } }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
