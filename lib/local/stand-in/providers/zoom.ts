import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { once } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import type { Person } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const WEB = ['zoom.us']
const DAY = 24 * 3600
const JWT = 'eyJzdiI6IjAwMDAwMSIsImFsZyI6IkhTNTEyIn0.'

/**
 * Zoom, whose scopes are settings of the app.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: that an unused refresh token lives 90 days; the words of errors.
 */
export const zoom: ProviderFacts = {
  type: 'zoom',
  name: 'Zoom',
  routes: [
    route('authorization', 'GET', WEB, '/oauth/authorize', authorize),
    route('token', 'POST', WEB, '/oauth/token', token),
    route('revocation', 'POST', WEB, '/oauth/revoke', revoke),
    api('GET', ['api.zoom.us'], '/v2/users/me', ['user:read:user'], ({ person }) => ok(user(person))),
  ],
  quirks: { rotation: 'singleUse', accessTokenSeconds: 3599 },
  authorization: {
    required: { response_type: 'code' },
    errors: 'page',
    pkce: { methods: ['S256', 'plain'] },
    redirectUri: exactly,
    consent: once,
  },
  scopes: { fixed: () => ['user:read:user', 'meeting:read:meeting'], separator: ' ', known: [], unknown: 'ignore' },
  tokens: {
    clientAuth: ['basic'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: '', length: 40 },
      access: () => ({ prefix: JWT, length: 640 }),
      refresh: () => ({ prefix: JWT, length: 640 }),
    },
    givesRefreshToken: () => true,
    refreshTokenSeconds: 90 * DAY,
    answer: (standard) => ({ ...standard, api_url: 'https://api.zoom.us' }),
    refusals: {
      ...clientRefusals(worded(401, 'invalid_client', 'Invalid client_id or client_secret')),
      codeBad: worded(400, 'invalid_grant', 'Invalid authorization code'),
      redirectUriMismatch: worded(400, 'invalid_request', 'Redirect URI mismatch.'),
      refreshTokenBad: worded(400, 'invalid_grant', 'Invalid Token!'),
      refreshTokenExpired: worded(400, 'invalid_grant', 'Invalid Token!'),
    },
    errorBody: ({ error, error_description: reason }) => ({ reason, error }),
  },
  revocation: { by: 'client', bodies: ['form'], done: { status: 200, body: { status: 'success' } } },
  api: {
    unauthorized: { status: 401, body: { code: 124, message: 'Access token is expired.' } },
    forbidden: (needed) => ({
      status: 400,
      body: { code: 4711, message: `Invalid access token, does not contain scopes:[${needed.join(', ')}].` },
    }),
  },
  owner: {
    account: 'hana@corp.example',
    id: 'KDcuGIm1QgePTO8WbOqwIQ',
    login: 'hana',
    email: 'hana@corp.example',
    name: 'Hana Novotna',
    givenName: 'Hana',
    familyName: 'Novotna',
  },
  idOf: (digest) => Buffer.from(digest, 'hex').toString('base64url').slice(0, 22),
}

function user({ id, email, name, givenName, familyName }: Person): Members {
  return {
    id,
    first_name: givenName,
    last_name: familyName,
    display_name: name,
    email,
    type: 2,
    role_name: 'Member',
    pmi: 6_543_210_987,
    timezone: 'Europe/Prague',
    verified: 1,
    language: 'en-US',
    pic_url: 'https://avatar.example.test/hana.png',
    account_id: 'q6gBJVO5TzexKYTb_I2rpg',
    job_title: 'Producer',
    status: 'active',
  }
}
