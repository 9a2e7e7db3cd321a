import { type ApiHandler, api, ok } from '../api.ts'
import { authenticateClient } from '../client-authentication.ts'
import type { Members } from '../facts.ts'
import { type Answer, type Call, jsonBody } from '../message.ts'
import { type Played, personIn } from '../played.ts'
import type { TokenRecord } from '../records.ts'
import { Refused } from '../refusals.ts'
import { endByToken } from '../revoke.ts'
import { type Route, route } from '../routes.ts'
import { notFound } from './github-places.ts'
import { user } from './github-users.ts'

const unprocessable: Answer = { status: 422, body: { message: 'Validation Failed', status: '422' } }
const badCredentials: Answer = { status: 401, body: { message: 'Bad credentials', status: '401' } }

/** What an app may ask about its tokens, and a user's token about the installations of the app. */
export function githubAppRoutes(hosts: readonly string[], base: string): Route[] {
  const own = `${base}/applications/:clientId`
  return [
    route('api', 'POST', hosts, `${own}/token`, forApp(checkToken)),
    route('revocation', 'DELETE', hosts, `${own}/token`, forApp(deleteToken)),
    route('revocation', 'DELETE', hosts, `${own}/grant`, forApp(deleteGrant)),
    route('revocation', 'POST', hosts.slice(0, 1), `${base}/credentials/revoke`, revokeCredentials),
    api('GET', hosts, `${base}/user/installations`, [], installations),
  ]
}

/** Lets the app in by Basic authentication and finds the access token in the body, which must be its own and good. */
function forApp(handle: (played: Played, token: TokenRecord) => Answer) {
  return (played: Played, call: Call): Answer => {
    const { books, facts } = played
    if (!call.headers['user-agent']) return { status: 403 }
    try {
      const client = authenticateClient(played, call, ['basic'])
      if (client.clientId !== call.params['clientId']) return notFound
      const body = jsonBody(call)
      const named = typeof body === 'object' && body !== null && 'access_token' in body ? body.access_token : undefined
      if (typeof named !== 'string') return unprocessable
      const token = books.token(named)
      const grant = token && books.grant(token.grantId)
      if (token?.kind !== 'access' || grant?.provider !== facts.type || grant.clientId !== client.clientId)
        return notFound
      return books.isLive(token) ? handle(played, token) : unprocessable
    } catch (error) {
      if (error instanceof Refused) return badCredentials
      throw error
    }
  }
}

function checkToken(played: Played, token: TokenRecord): Answer {
  const { books } = played
  const grant = books.grant(token.grantId)
  return ok({
    id: 991,
    scopes: token.scopes,
    token_last_eight: token.id.slice(-8),
    app: { name: 'Broker', client_id: grant?.clientId },
    user: user(personIn(played, grant?.account ?? '')),
    created_at: new Date(token.issuedAt).toISOString(),
    expires_at: token.expiresAt === undefined ? null : new Date(token.expiresAt).toISOString(),
  })
}

function deleteToken(played: Played, token: TokenRecord): Answer {
  endByToken(played, token)
  return { status: 204 }
}

/** All tokens of the user for the app, and the app leaves the user's list. */
function deleteGrant({ books }: Played, token: TokenRecord): Answer {
  const grant = books.grant(token.grantId)
  if (grant) books.endAll(grant)
  return { status: 204 }
}

/** Anyone who has leaked credentials in hand may end them, refresh tokens too; it does not say which were known. */
function revokeCredentials({ books, facts }: Played, call: Call): Answer {
  const body = jsonBody(call)
  const list = typeof body === 'object' && body !== null && 'credentials' in body ? body.credentials : undefined
  if (!Array.isArray(list) || list.length === 0) return unprocessable
  for (const text of list) {
    const token = books.token(String(text))
    if (token && books.grant(token.grantId)?.provider === facts.type) books.endToken(token)
  }
  return { status: 202, body: {} }
}

const installations: ApiHandler = ({ client, person }, call, played) => {
  if (client.kind !== 'githubApp')
    return { status: 403, body: { message: 'You must authenticate with an access token authorized to a GitHub App' } }
  const count = played.installations.get(person.account) ?? 1
  const perPage = Math.min(Number(call.query.get('per_page') ?? 30), 100)
  const page = Number(call.query.get('page') ?? 1)
  const all = Array.from({ length: count }, (_, index) => installation(index))
  const next = new URL(played.urlOf(call.host, call.path))
  for (const [name, value] of Object.entries({ per_page: perPage, page: page + 1 }))
    next.searchParams.set(name, String(value))
  return ok(
    { total_count: count, installations: all.slice((page - 1) * perPage, page * perPage) },
    page * perPage < count ? { link: `<${next}>; rel="next"` } : {},
  )
}

function installation(index: number): Members {
  const id = 51200340 + index
  const login = index === 0 ? 'acme-labs' : `acme-labs-${index + 1}`
  const url = `https://github.com/organizations/${login}/settings/installations/${id}`
  return {
    id,
    account: {
      login,
      id: 880123 + index,
      avatar_url: `https://avatars.example.test/u/${880123 + index}`,
      html_url: `https://github.com/${login}`,
      type: 'Organization',
    },
    html_url: url,
    app_id: 4411,
    app_slug: 'acme-broker',
    target_type: 'Organization',
    repository_selection: 'selected',
    suspended_at: null,
  }
}
