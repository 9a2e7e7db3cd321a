import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { always } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { digitsOf, type Person } from '../person.ts'
import { exactlyButLoopbackPort } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

/** `ent.box.com` is for Box Verified Enterprise. */
const WEB = ['account.box.com', 'ent.box.com']
const API = ['api.box.com']
const DAY = 24 * 3600

/**
 * Box.
 * Facts: box/developer.box.com guides on authentication and on permissions and errors; box/box-openapi.
 * Unconfirmed: the API's answer to a bad token; that consent is asked each time; some words of errors.
 */
export const box: ProviderFacts = {
  type: 'box',
  name: 'Box',
  routes: [
    route('authorization', 'GET', WEB, '/api/oauth2/authorize', authorize),
    route('token', 'POST', API, '/oauth2/token', token),
    route('revocation', 'POST', API, '/oauth2/revoke', revoke),
    api('GET', API, '/2.0/users/me', [], ({ person }) => ok(user(person))),
  ],
  quirks: {
    rotation: 'singleUse',
    codeTtlSeconds: 30,
    // Often some hundred seconds off an hour, as here.
    accessTokenSeconds: 4011,
    scopeField: 'none',
    revocation: 'grant',
  },
  authorization: {
    required: { response_type: 'code' },
    errors: 'page',
    redirectUri: exactlyButLoopbackPort,
    consent: always,
  },
  // Without scopes the app has those of its configuration.
  scopes: {
    separator: ' ',
    known: [/^(root_readonly|root_readwrite|item_[a-z]+|base_[a-z]+|manage_[a-z_]+|sign_requests\.[a-z]+)$/],
    unknown: 'refuse',
    byDefault: ['root_readwrite'],
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: '', length: 32 },
      access: () => ({ prefix: '', length: 32 }),
      refresh: () => ({ prefix: '', length: 64 }),
    },
    givesRefreshToken: () => true,
    refreshTokenSeconds: 60 * DAY,
    answer: (standard) => ({ ...standard, restricted_to: [] }),
    refusals: {
      ...clientRefusals(worded(400, 'invalid_client', 'The client credentials are invalid')),
      codeBad: worded(400, 'invalid_grant', "Auth code doesn't exist or is invalid for the client"),
      redirectUriMismatch: worded(400, 'redirect_uri_mismatch', 'Redirect URI mismatch'),
      refreshTokenBad: worded(400, 'invalid_grant', 'Invalid refresh token'),
      refreshTokenExpired: worded(400, 'invalid_grant', 'Refresh token has expired'),
      tokenUnknown: worded(400, 'invalid_token', 'The token is invalid'),
    },
  },
  revocation: { by: 'client', bodies: ['form'], done: { status: 200 }, unknown: 'tokenUnknown' },
  api: {
    unauthorized: {
      status: 401,
      headers: {
        'www-authenticate':
          'Bearer realm="Service", error="invalid_token", error_description="The access token provided is invalid."',
      },
    },
    forbidden: () => ({ status: 403, body: { type: 'error', status: 403, code: 'insufficient_scope' } }),
  },
  owner: {
    account: 'noor@corp.example',
    id: '31800517742',
    login: 'noor@corp.example',
    email: 'noor@corp.example',
    name: 'Noor Haddad',
    givenName: 'Noor',
    familyName: 'Haddad',
  },
  idOf: (digest) => digitsOf(digest, 11),
}

function user({ id, name, email }: Person): Members {
  return {
    type: 'user',
    id,
    name,
    login: email,
    created_at: '2021-03-04T05:06:07-08:00',
    language: 'en',
    timezone: 'Europe/Berlin',
    space_amount: 10_737_418_240,
    status: 'active',
    job_title: 'Analyst',
    avatar_url: `https://app.box.com/api/avatar/large/${id}`,
  }
}
