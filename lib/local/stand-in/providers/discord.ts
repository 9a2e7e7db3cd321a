import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { digitsOf, type Person } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const HOSTS = ['discord.com']

/**
 * Discord, which looks at the User-Agent of every call and takes forms alone.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: that the refresh token rotates; the words of errors.
 */
export const discord: ProviderFacts = {
  type: 'discord',
  name: 'Discord',
  routes: [
    route('authorization', 'GET', HOSTS, '/oauth2/authorize', authorize),
    route('token', 'POST', HOSTS, '/api{/v10}?/oauth2/token', token),
    route('revocation', 'POST', HOSTS, '/api{/v10}?/oauth2/token/revoke', revoke),
    api('GET', HOSTS, '/api/v10/users/@me', ['identify'], ({ person, scopes }) => ok(user(person, scopes))),
  ],
  quirks: { rotation: 'singleUse', accessTokenSeconds: 604_800, revocation: 'userAndClient' },
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256'] },
    redirectUri: exactly,
    // The page is shown each time unless the app asks for none.
    consent: (query, granted) => (granted && query.get('prompt') === 'none' ? 'skip' : 'show'),
  },
  scopes: {
    separator: ' ',
    known: ['identify', 'email', 'openid', 'connections', 'guilds', 'bot', /^[a-z_]+(\.[a-z_]+)+$/],
    unknown: 'refuse',
  },
  tokens: {
    clientAuth: ['basic', 'post'],
    bodies: ['form'],
    tokenType: 'Bearer',
    forms: {
      code: { prefix: '', length: 30 },
      access: () => ({ prefix: '', length: 30 }),
      refresh: () => ({ prefix: '', length: 30 }),
    },
    givesRefreshToken: () => true,
    refusals: {
      ...clientRefusals(worded(401, 'invalid_client')),
      codeBad: worded(400, 'invalid_grant', 'Invalid "code" in request.'),
      redirectUriMismatch: worded(400, 'invalid_grant', 'Invalid "redirect_uri" in request.'),
      verifierWrong: worded(400, 'invalid_grant', 'Invalid "code_verifier" in request.'),
      refreshTokenBad: worded(400, 'invalid_grant', 'Invalid "refresh_token" in request.'),
    },
  },
  revocation: { by: 'client', bodies: ['form'], done: { status: 200, body: {} } },
  api: {
    unauthorized: { status: 401, body: { message: '401: Unauthorized', code: 0 } },
    forbidden: () => ({ status: 403, body: { message: 'Missing Access', code: 50_001 } }),
    guard: ({ headers }) =>
      headers['user-agent']
        ? undefined
        : { status: 403, headers: { 'content-type': 'text/html' }, body: '<html><title>Access denied</title></html>' },
  },
  owner: {
    account: 'noemi',
    id: '804355090123456789',
    login: 'noemi',
    email: 'noemi@corp.example',
    name: 'Noemi Keller',
    givenName: 'Noemi',
    familyName: 'Keller',
  },
  // Beyond what a JSON number holds exactly, so it is text.
  idOf: (digest) => digitsOf(digest, 18),
}

function user({ id, login, name, email }: Person, scopes: readonly string[]): Members {
  return {
    id,
    username: login,
    discriminator: '0',
    global_name: name,
    avatar: '8342729096ea3675442027381ff50dfe',
    locale: 'de',
    mfa_enabled: true,
    premium_type: 0,
    ...(scopes.includes('email') ? { email, verified: true } : {}),
  }
}
