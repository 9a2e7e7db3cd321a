import { authorize } from '../authorize.ts'
import { authenticateClient } from '../client-authentication.ts'
import { once } from '../consent-rules.ts'
import type { ProviderFacts } from '../facts.ts'
import { bodyMembers } from '../message.ts'
import { digitsOf } from '../person.ts'
import { personIn } from '../played.ts'
import { exactly } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { type Handler, route } from '../routes.ts'
import { token } from '../token.ts'
import { tokenAnswer } from '../token-answer.ts'

const API = ['api.hubapi.com']
/** The dated versions; the undated ones of before are not played, they end in February 2027. */
const TOKEN = '/oauth/:version(2026-03|2026-09)/token'
const HUB = 46_012_345

/** Says whose token it is (RFC 7662): the one place where HubSpot names the user. */
const introspect: Handler = (played, call) =>
  tokenAnswer(played, call, () => {
    const { books, facts } = played
    const client = authenticateClient(played, call, facts.tokens.clientAuth)
    const found = books.token(bodyMembers(call)['token'] ?? '')
    const grant = found && books.grant(found.grantId)
    if (!found || !books.isLive(found) || grant?.provider !== facts.type || grant.clientId !== client.clientId)
      return { active: false }
    const { id, email } = personIn(played, grant.account)
    return {
      active: true,
      token_type: found.kind,
      user: email,
      user_id: Number(id),
      hub_id: HUB,
      hub_domain: 'acme-labs.hubspot.example',
      client_id: client.clientId,
      scopes: found.scopes,
    }
  })

/**
 * HubSpot's OAuth of 2026.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing; checked against HubSpot's
 * pages of 2026.
 * Unconfirmed: that the refresh token stays; the words of errors.
 */
export const hubspot: ProviderFacts = {
  type: 'hubspot',
  name: 'HubSpot',
  routes: [
    route('authorization', 'GET', ['app.hubspot.com'], '/oauth/authorize', authorize),
    route('token', 'POST', API, TOKEN, token),
    route('revocation', 'POST', API, `${TOKEN}/revoke`, revoke),
    route('api', 'POST', API, `${TOKEN}/introspect`, introspect),
  ],
  quirks: { rotation: 'none', accessTokenSeconds: 1800, scopeField: 'none' },
  authorization: {
    required: { response_type: 'code' },
    errors: 'page',
    // An IP address cannot be registered.
    redirectUri: (asked, registered) => exactly(asked, registered) && !/^[\d.]+$|^\[/.test(new URL(asked).hostname),
    consent: once,
  },
  scopes: {
    parameters: ['scope', 'optional_scope'],
    separator: ' ',
    known: ['oauth', 'content', 'automation', 'tickets', /^[a-z-]+(\.[a-z_-]+)+$/],
    unknown: 'refuse',
    problem: (scopes) => (scopes.includes('oauth') ? undefined : 'The scopes that the app requires are missing: oauth'),
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: 'na1-', length: 40 },
      access: () => ({ prefix: 'CNv', length: 240 }),
      refresh: () => ({ prefix: 'na1-', length: 40 }),
    },
    givesRefreshToken: () => true,
    repeatsRefreshToken: true,
    answer: (standard) => ({ ...standard, hub_id: HUB }),
    refusals: {
      ...clientRefusals(worded(401, 'invalid_client', 'missing or invalid client id or client secret')),
      codeBad: worded(400, 'invalid_grant', 'missing or unknown auth code'),
      redirectUriMismatch: worded(400, 'redirect_uri_mismatch', 'redirect URI does not match initial auth code URI'),
      refreshTokenBad: worded(400, 'invalid_grant', 'missing or invalid refresh token'),
    },
    errorBody: (standard) => ({ status: 'error', message: standard['error_description'], ...standard }),
  },
  revocation: { by: 'client', bodies: ['form'], done: { status: 200, body: {} } },
  api: {
    unauthorized: { status: 401, body: { status: 'error', category: 'INVALID_AUTHENTICATION' } },
    forbidden: () => ({ status: 403, body: { status: 'error', category: 'MISSING_SCOPES' } }),
  },
  owner: {
    account: 'diego@corp.example',
    id: '7700421',
    login: 'diego',
    email: 'diego@corp.example',
    name: 'Diego Fuentes',
    givenName: 'Diego',
    familyName: 'Fuentes',
  },
  idOf: (digest) => digitsOf(digest, 8),
}
