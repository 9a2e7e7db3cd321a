import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { once } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { type Person, uuidOf } from '../person.ts'
import { orBelow } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const WEB = ['bitbucket.org']
const API = ['api.bitbucket.org']
const DAY = 24 * 3600
const TOKEN = { prefix: '', length: 88 }

/**
 * Bitbucket Cloud as it is since 2026-05-04.
 * Facts: developer.atlassian.com, "OAuth on Bitbucket Cloud" and the announcement of those changes; how long a used
 * refresh token goes on and how large tokens are, from git-credential-manager.
 * Unconfirmed: the life of a code; that it always shows consent once; most words of errors.
 */
export const bitbucketCloud: ProviderFacts = {
  type: 'bitbucket',
  name: 'Bitbucket',
  routes: [
    route('authorization', 'GET', WEB, '/site/oauth2/authorize', authorize),
    route('token', 'POST', WEB, '/site/oauth2/access_token', token),
    api('GET', API, '/2.0/user', ['account'], ({ person, scopes }) =>
      ok(user(person), { 'x-oauth-scopes': scopes.join(' ') }),
    ),
    api('GET', API, '/2.0/user/emails', ['email'], ({ person }, { query }, { quirks }) =>
      quirks.emailsEndpoint ? ok(emails(person, query)) : { status: 404 },
    ),
  ],
  quirks: {
    rotation: { grace: 600 },
    accessTokenSeconds: 7200,
    bigTokens: { access: 2600, refresh: 2600 },
  },
  instance: (host) => (host.endsWith('.example') ? host : 'bitbucket.org'),
  authorization: { required: { response_type: 'code' }, errors: 'redirect', redirectUri: orBelow, consent: once },
  // They are settings of the consumer; the parameter is ignored.
  scopes: { fixed: () => ['account', 'email'], separator: ' ', known: [], unknown: 'ignore' },
  tokens: {
    clientAuth: ['basic'],
    bodies: ['form'],
    tokenType: 'bearer',
    forms: { code: { prefix: '', length: 18 }, access: () => TOKEN, refresh: () => TOKEN },
    givesRefreshToken: () => true,
    refreshTokenSeconds: 90 * DAY,
    answer: (standard, { grantType }) => ({ ...standard, state: grantType }),
    refusals: {
      ...clientRefusals(worded(400, 'unauthorized_client', 'Client authentication required')),
      bodyUnreadable: worded(400, 'unsupported_grant_type', 'Unsupported grant type'),
      grantTypeUnsupported: worded(400, 'unsupported_grant_type', 'Unsupported grant type'),
      codeBad: worded(400, 'invalid_grant', 'The specified code is not valid.'),
      refreshTokenBad: worded(400, 'invalid_grant', 'Invalid refresh_token'),
      refreshTokenExpired: worded(400, 'invalid_grant', 'Invalid refresh_token'),
    },
  },
  api: {
    unauthorized: {
      status: 401,
      body: {
        type: 'error',
        error: { message: 'Access token expired. Use your refresh token to obtain a new access token.' },
      },
    },
    forbidden: (required) => ({
      status: 403,
      body: {
        type: 'error',
        error: { message: 'Your credentials lack one or more required privilege scopes.', detail: { required } },
      },
    }),
  },
  owner: {
    account: 'yarslan',
    id: '{6d0f2c84-3b1e-4f5a-9c77-1e2d3c4b5a69}',
    login: 'yarslan',
    email: 'yusuf@corp.example',
    name: 'Yusuf Arslan',
    givenName: 'Yusuf',
    familyName: 'Arslan',
  },
  idOf: (digest) => `{${uuidOf(digest)}}`,
}

function user({ id, login, name }: Person): Members {
  return {
    type: 'user',
    uuid: id,
    account_id: `557058:${id.slice(1, -1)}`,
    display_name: name,
    nickname: login,
    created_on: '2019-02-03T04:05:06.000000+00:00',
    links: {
      avatar: { href: 'https://avatar.example.test/YA-5.png' },
      html: { href: `https://bitbucket.org/${encodeURIComponent(id)}/` },
    },
  }
}

/** A page of the addresses; the one that counts comes last. */
function emails({ email }: Person, query: URLSearchParams): Members {
  const all = [
    { type: 'email', email: `old.${email}`, is_primary: false, is_confirmed: false },
    { type: 'email', email, is_primary: true, is_confirmed: true },
  ]
  const [page, pagelen] = [Number(query.get('page') ?? 1), Number(query.get('pagelen') ?? 10)]
  return { pagelen, page, size: all.length, values: all.slice((page - 1) * pagelen, page * pagelen) }
}
