import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { onceOrOnPrompt } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import type { Person } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { worded } from '../refusals.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const AUTH = ['auth.atlassian.com']
const API = ['api.atlassian.com']
const DAY = 24 * 3600
const JWT = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.'

/**
 * Atlassian (3LO).
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing; checked against Atlassian's
 * pages of 2026.
 * Unconfirmed: the status of errors other than a dead refresh token's.
 */
export const atlassian: ProviderFacts = {
  type: 'atlassian',
  name: 'Atlassian',
  routes: [
    route('authorization', 'GET', AUTH, '/authorize', authorize),
    route('token', 'POST', AUTH, '/oauth/token', token),
    api('GET', API, '/me', ['read:me'], ({ person }) => ok(me(person))),
    api('GET', API, '/oauth/token/accessible-resources', [], ({ scopes }) =>
      ok([
        {
          id: '1324a887-45db-4bf4-8e99-ef0ff456d421',
          name: 'acme-labs',
          url: 'https://acme-labs.atlassian.example',
          scopes,
          avatarUrl: 'https://avatar.example.test/site.png',
        },
      ]),
    ),
  ],
  quirks: { rotation: { grace: 600 }, reuseEndsGrant: true, revocation: 'none' },
  authorization: {
    required: { response_type: 'code', audience: 'api.atlassian.com' },
    errors: 'redirect',
    redirectUri: exactly,
    consent: onceOrOnPrompt('consent_required'),
  },
  scopes: {
    separator: ' ',
    known: ['offline_access', /^[a-z]+:[a-z.-]+(:[a-z-]+)?$/],
    unknown: 'refuse',
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['json', 'form'],
    tokenType: 'Bearer',
    forms: {
      code: { prefix: JWT, length: 400 },
      access: () => ({ prefix: JWT, length: 900 }),
      refresh: () => ({ prefix: JWT, length: 700 }),
    },
    givesRefreshToken: ({ scopes }) => scopes.includes('offline_access'),
    refreshTokenSeconds: 90 * DAY,
    grantSeconds: 365 * DAY,
    refusals: {
      refreshTokenBad: worded(403, 'invalid_grant', 'Unknown or invalid refresh token.'),
      refreshTokenExpired: worded(403, 'invalid_grant', 'Unknown or invalid refresh token.'),
    },
  },
  api: {
    unauthorized: { status: 401, body: { code: 401, message: 'Unauthorized' } },
    forbidden: () => ({ status: 403, body: { code: 403, message: 'The app is not allowed to do that.' } }),
  },
  owner: {
    account: 'ravi@corp.example',
    id: '712020:0d4c9a1e-6b2f-4c7d-8e5a-3f1b2c4d5e6f',
    login: 'ravi',
    email: 'ravi@corp.example',
    name: 'Ravi Menon',
    givenName: 'Ravi',
    familyName: 'Menon',
  },
  idOf: (digest) => `712020:${digest.slice(0, 32)}`,
}

function me({ id, email, name, login }: Person): Members {
  return {
    account_type: 'atlassian',
    account_id: id,
    email,
    name,
    nickname: login,
    picture: 'https://avatar.example.test/ravi.png',
    account_status: 'active',
    zoneinfo: 'Asia/Kolkata',
    locale: 'en-GB',
    job_title: 'Architect',
  }
}
