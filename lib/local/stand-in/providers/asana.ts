import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { once } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { digitsOf, type Person } from '../person.ts'
import { HEX } from '../random-text.ts'
import { exactly } from '../redirect-uris.ts'
import { worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const HOSTS = ['app.asana.com']

/**
 * Asana.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: that the refresh token stays; the words of errors.
 */
export const asana: ProviderFacts = {
  type: 'asana',
  name: 'Asana',
  routes: [
    route('authorization', 'GET', HOSTS, '/-/oauth_authorize', authorize),
    route('token', 'POST', HOSTS, '/-/oauth_token', token),
    route('revocation', 'POST', HOSTS, '/-/oauth_revoke', revoke),
    api('GET', HOSTS, '/api/1.0/users/me', ['default', 'users:read'], ({ person }) => ok({ data: user(person) })),
  ],
  quirks: { rotation: 'none', scopeField: 'none' },
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256'] },
    redirectUri: exactly,
    consent: once,
  },
  scopes: {
    separator: ' ',
    known: ['default', 'openid', 'email', 'profile', /^[a-z_]+:(read|write|delete)$/],
    unknown: 'refuse',
    byDefault: ['default'],
    problem: (scopes) =>
      scopes.includes('default') && scopes.some((scope) => scope.includes(':'))
        ? 'The scope default cannot be combined with others.'
        : undefined,
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: '2/1204/', length: 60, alphabet: HEX },
      access: () => ({ prefix: '2/1204/', length: 78, alphabet: HEX }),
      refresh: () => ({ prefix: '2/1204/', length: 92, alphabet: HEX }),
    },
    givesRefreshToken: () => true,
    answer: (standard, { person: { id, name, email } }) => ({ ...standard, data: { id, gid: id, name, email } }),
    refusals: {
      codeBad: worded(400, 'invalid_grant', 'The code provided was invalid.'),
      refreshTokenBad: worded(400, 'invalid_grant', 'The `refresh_token` provided was invalid.'),
    },
  },
  revocation: { by: 'client', bodies: ['form'], done: { status: 200, body: {} } },
  api: {
    unauthorized: { status: 401, body: { errors: [{ message: 'Not Authorized' }] } },
    forbidden: () => ({ status: 403, body: { errors: [{ message: 'You do not have the required scopes.' }] } }),
  },
  owner: {
    account: 'priya@corp.example',
    id: '1204987654321098',
    login: 'priya',
    email: 'priya@corp.example',
    name: 'Priya Nair',
    givenName: 'Priya',
    familyName: 'Nair',
  },
  idOf: (digest) => digitsOf(digest, 16),
}

function user({ id, name, email }: Person): Members {
  return {
    gid: id,
    email,
    name,
    photo: { image_128x128: 'https://avatar.example.test/priya.png' },
    resource_type: 'user',
    workspaces: [{ gid: '1204000000000001', name: 'Acme Labs', resource_type: 'workspace' }],
  }
}
