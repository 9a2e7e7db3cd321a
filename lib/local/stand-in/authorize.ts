import { type Answer, type Call, redirect, refusalPage } from './message.ts'
import { accountOf } from './person.ts'
import { instanceOf, type Played } from './played.ts'
import { randomText } from './random-text.ts'
import type { ClientRecord } from './records.ts'
import { redirectUriAllowed } from './redirect-uris.ts'
import { scopesFor } from './scopes.ts'

/** Parameters that are of this request alone. */
const PASSING = ['state', 'redirect_uri', 'client_id', 'response_type', 'code_challenge', 'code_challenge_method']

interface Request {
  readonly client: ClientRecord
  readonly redirectUri: string
  readonly query: URLSearchParams
  readonly host: string
}

/**
 * The authorization endpoint (RFC 6749 section 4.1.1): checks the request, then lets a person sign in and decide.
 * An unknown client or redirect URI is refused on a page, everything else where the provider says it.
 */
export function authorize(played: Played, call: Call): Answer {
  const { facts, books } = played
  const { query, host } = call
  const client = books.client(facts.type, query.get('client_id') ?? '')
  if (!client) return refusalPage(400, 'invalid_client', `${facts.name} does not know this client_id.`)
  const redirectUri = query.get('redirect_uri')
  if (redirectUri === null) return refusalPage(400, 'redirect_uri_missing', 'The redirect_uri is missing.')
  if (!redirectUriAllowed(facts.authorization.redirectUri, client, redirectUri))
    return refusalPage(400, 'redirect_uri_mismatch', 'The redirect_uri is not registered for this application.')

  const request = { client, redirectUri, query, host }
  const problem = problemOf(played, request)
  const granted = scopesFor(facts, { client, host, parameters: query })
  const refused =
    problem ?? ('problem' in granted ? { error: 'invalid_scope', description: granted.problem } : undefined)
  if (refused && facts.authorization.errors === 'page') return refusalPage(400, refused.error, refused.description)
  if (refused) return goBack(played, request, { error: refused.error, error_description: refused.description })
  return askPerson(played, request, 'scopes' in granted ? granted.scopes : [])
}

function problemOf(
  { facts: { authorization } }: Played,
  { client, query }: Request,
): { error: string; description: string } | undefined {
  const notAllowed = authorization.refuseClient?.(client)
  if (notAllowed !== undefined) return { error: notAllowed, description: 'This application may not ask here.' }
  for (const [name, value] of Object.entries(authorization.required)) {
    const sent = query.get(name)
    if (sent === null || (value !== undefined && sent !== value)) {
      const error = name === 'response_type' && sent !== null ? 'unsupported_response_type' : 'invalid_request'
      return { error, description: `The parameter ${name} must be ${value ?? 'there'}.` }
    }
  }
  const { pkce } = authorization
  const challenge = query.get('code_challenge')
  if (pkce?.required && challenge === null) return badChallenge('The code_challenge is missing.')
  if (!pkce || challenge === null) return undefined
  const method = query.get('code_challenge_method') ?? 'plain'
  if (!pkce.methods.some((one) => one === method)) return badChallenge(`The method ${method} is not supported.`)
  if (!/^[\w.~-]{43,128}$/.test(challenge) || (method === 'S256' && challenge.length !== 43))
    return badChallenge('The code_challenge has the wrong form.')
  return undefined
}

function badChallenge(description: string): { error: string; description: string } {
  return { error: 'invalid_request', description }
}

function askPerson(played: Played, request: Request, scopes: readonly string[]): Answer {
  const { facts, books, interactions } = played
  const { client, query, host } = request
  const owning = (account: string) => ({
    provider: facts.type,
    instance: instanceOf(played, host),
    clientId: client.clientId,
    account,
  })
  return interactions.open({
    site: facts.name,
    client: client.clientId,
    scopes,
    hint: query.get('login_hint') ?? query.get('login') ?? facts.owner.account,
    accountOf: (name) => accountOf(facts.owner, name),
    consent: (account) => {
      const consented = books.consented(owning(account))
      const granted = consented !== undefined && scopes.every((scope) => consented.includes(scope))
      return client.trusted ? 'skip' : facts.authorization.consent(query, granted)
    },
    finish: (outcome) => {
      if ('error' in outcome)
        return goBack(played, request, { error: outcome.error, error_description: 'Access was not given.' })
      books.saveConsent(owning(outcome.account), scopes)
      return goBack(played, request, { code: newCode(played, request, { ...outcome, scopes }) })
    },
  })
}

function newCode(
  played: Played,
  { client, redirectUri, query, host }: Request,
  outcome: { account: string; shown: boolean; scopes: readonly string[] },
): string {
  const { facts, quirks, books, codes } = played
  const id = randomText(facts.tokens.forms.code)
  const challenge = query.get('code_challenge')
  codes.save({
    id,
    grant: {
      provider: facts.type,
      instance: instanceOf(played, host),
      clientId: client.clientId,
      account: outcome.account,
      scopes: outcome.scopes,
      params: Object.fromEntries([...query].filter(([name]) => !PASSING.includes(name))),
      consentShown: outcome.shown,
      byDevice: false,
    },
    redirectUri,
    ...(challenge !== null && facts.authorization.pkce
      ? { challenge: { value: challenge, method: query.get('code_challenge_method') ?? 'plain' } }
      : {}),
    expiresAt: books.clock.now() + quirks.codeTtlSeconds * 1000,
  })
  return id
}

/** Back to the client, with `state` and whatever else the provider adds (RFC 6749 section 4.1.2, RFC 9207). */
function goBack(
  { facts, quirks }: Played,
  { redirectUri, query, host }: Request,
  members: Readonly<Record<string, string>>,
): Answer {
  const state = query.get('state')
  const issuer = quirks.issParam ? (facts.issuer ?? ((name) => `https://${name}`))(host) : undefined
  const to = new URL(redirectUri)
  const all = {
    ...('code' in members ? quirks.extraCallbackParams : {}),
    ...members,
    ...(state === null ? {} : { state }),
    ...(issuer === undefined ? {} : { iss: issuer }),
  }
  for (const [name, value] of Object.entries(all)) to.searchParams.set(name, value)
  return redirect(to)
}
