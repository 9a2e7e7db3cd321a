import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { bodyKind, type Call } from '../message.ts'
import { digitsOf, type Person } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { endByToken } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const API = ['api.dropboxapi.com']

/**
 * Dropbox.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: when consent is shown; some words of errors.
 */
export const dropbox: ProviderFacts = {
  type: 'dropbox',
  name: 'Dropbox',
  routes: [
    route('authorization', 'GET', ['www.dropbox.com'], '/oauth2/authorize', authorize),
    route('token', 'POST', API, '/oauth2/token', token),
    api('POST', API, '/2/users/get_current_account', ['account_info.read'], ({ person }) => ok(account(person))),
    {
      ...api('POST', API, '/2/auth/token/revoke', [], ({ token }, _call, played) => {
        endByToken(played, token)
        return ok(null)
      }),
      kind: 'revocation',
    },
  ],
  quirks: { rotation: 'none', accessTokenSeconds: 14_400 },
  authorization: {
    required: { response_type: 'code' },
    errors: 'page',
    pkce: { methods: ['S256', 'plain'] },
    redirectUri: exactly,
    consent: (query, granted) => (granted && query.get('force_reapprove') !== 'true' ? 'skip' : 'show'),
  },
  scopes: {
    separator: ' ',
    known: ['openid', 'email', 'profile', /^[a-z_]+(\.[a-z_]+)+$/],
    unknown: 'refuse',
    byDefault: ['account_info.read'],
  },
  tokens: {
    clientAuth: ['post', 'basic'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: '', length: 43 },
      access: () => ({ prefix: 'sl.u.', length: 1200 }),
      refresh: () => ({ prefix: '', length: 64 }),
    },
    givesRefreshToken: ({ params }) => params['token_access_type'] === 'offline',
    answer: (standard, { person, grantType }) =>
      grantType === 'refresh_token'
        ? standard
        : { ...standard, uid: digitsOf(Buffer.from(person.id).toString('hex'), 9), account_id: person.id },
    refusals: {
      ...clientRefusals(worded(400, 'invalid_client', 'Invalid client_id or client_secret')),
      codeBad: worded(400, 'invalid_grant', "code doesn't exist or has expired"),
      verifierWrong: worded(400, 'invalid_grant', 'invalid code verifier'),
      redirectUriMismatch: worded(400, 'invalid_grant', 'redirect_uri mismatch'),
      refreshTokenBad: worded(400, 'invalid_grant', 'refresh token is invalid or revoked'),
    },
  },
  api: {
    unauthorized: {
      status: 401,
      body: { error_summary: 'expired_access_token/..', error: { '.tag': 'expired_access_token' } },
    },
    forbidden: ([scope]) => ({
      status: 401,
      body: { error_summary: 'missing_scope/..', error: { '.tag': 'missing_scope', required_scope: scope } },
    }),
    // What takes no argument takes null, and says so.
    guard: (call) => (isNull(call) ? undefined : badArgument),
  },
  owner: {
    account: 'sofia@corp.example',
    id: 'dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc',
    login: 'sofia',
    email: 'sofia@corp.example',
    name: 'Sofia Rossi',
    givenName: 'Sofia',
    familyName: 'Rossi',
  },
  idOf: (digest) => `dbid:AA${digest.slice(0, 33)}`,
}

const badArgument = {
  status: 400,
  headers: { 'content-type': 'text/plain' },
  body: 'Error in call to API function: Bad HTTP "Content-Type" header or request body: expecting application/json null',
}

function isNull(call: Call): boolean {
  return bodyKind(call) === 'json' && call.body.trim() === 'null'
}

function account({ id, email, name, givenName, familyName }: Person): Members {
  return {
    account_id: id,
    name: {
      given_name: givenName,
      surname: familyName,
      familiar_name: givenName,
      display_name: name,
      abbreviated_name: givenName.charAt(0) + familyName.charAt(0),
    },
    email,
    email_verified: true,
    disabled: false,
    country: 'IT',
    locale: 'it',
    profile_photo_url: 'https://avatar.example.test/sofia.png',
    is_paired: false,
    account_type: { '.tag': 'business' },
  }
}
