import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { always } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import type { Person } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { worded } from '../refusals.ts'
import { endByToken } from '../revoke.ts'
import { type Handler, route } from '../routes.ts'
import { token } from '../token.ts'

/** `slack-gov.com` is GovSlack. */
export const HOSTS = ['slack.com', 'slack-gov.com']
export const TEAM = { id: 'T04INVENT', name: 'Acme Labs' }
const SCOPE = /^[a-z_]+(\.[a-z_]+)*:[a-z_.:]+$/

/** The flow without a bot: what it asks for in `scope` is the user's. */
const authorizeUser: Handler = (played, call) => {
  const { scope, ...rest } = Object.fromEntries(call.query)
  return authorize(played, { ...call, query: new URLSearchParams({ ...rest, user_scope: scope ?? '', flow: 'user' }) })
}

/**
 * Slack apps (OAuth v2) with tokens of a bot and of a user, in Slack and GovSlack.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing; checked against Slack's
 * pages of 2026.
 * Unconfirmed: the answer of the flow without a bot; exact redirect URIs; the life of a code.
 */
export const slackApps: ProviderFacts = {
  type: 'slack',
  name: 'Slack',
  routes: [
    route('authorization', 'GET', HOSTS, '/oauth/v2/authorize', authorize),
    route('authorization', 'GET', HOSTS, '/oauth/v2_user/authorize', authorizeUser),
    route('token', 'POST', HOSTS, '/api/oauth.v2.access', token),
    route('token', 'POST', HOSTS, '/api/oauth.v2.user.access', token),
    api('GET|POST', HOSTS, '/api/auth.test', [], ({ person, token }) =>
      ok({
        ok: true,
        url: 'https://acme-labs.slack.example/',
        team: TEAM.name,
        user: person.login,
        team_id: TEAM.id,
        user_id: token.label === 'user' ? person.id : 'U0BROKER00',
      }),
    ),
    api('GET|POST', HOSTS, '/api/users.info', ['users:read'], ({ person, scopes }, { query }) =>
      query.get('user') === person.id
        ? ok({ ok: true, user: user(person, scopes) })
        : ok({ ok: false, error: 'user_not_found' }),
    ),
    {
      ...api('GET|POST', HOSTS, '/api/auth.revoke', [], ({ token }, _call, played) => {
        endByToken(played, token)
        return ok({ ok: true, revoked: true })
      }),
      kind: 'revocation',
    },
  ],
  quirks: {
    errorsAs200: true,
    rotation: 'singleUse',
    accessTokenSeconds: 43_200,
    scopeJoin: ',',
    revocation: 'token',
  },
  instance: (host) => host,
  authorization: {
    required: {},
    errors: 'page',
    redirectUri: exactly,
    consent: always,
  },
  scopes: { parameters: ['scope', 'user_scope'], separator: ',', known: [SCOPE], unknown: 'refuse' },
  tokens: {
    clientAuth: ['basic', 'post'],
    bodies: ['form'],
    tokenType: 'bot',
    forms: {
      code: { prefix: '', length: 90, alphabet: '0123456789abcdef.' },
      access: ({ expiring }, label) => ({
        prefix: `${expiring ? 'xoxe.' : ''}${label === 'user' ? 'xoxp' : 'xoxb'}-1-`,
        length: expiring ? 160 : 76,
      }),
      refresh: () => ({ prefix: 'xoxe-1-', length: 146 }),
    },
    // Token rotation is a setting of the app.
    givesRefreshToken: (_grant, { expiring }) => expiring,
    expires: (_grant, { expiring }) => expiring,
    sets: ({ params, scopes }) => {
      const ofUser = (params['user_scope'] ?? '').split(',').filter((scope) => scope !== '')
      const ofBot = scopes.filter((scope) => (params['scope'] ?? '').split(',').includes(scope))
      return [
        ...(ofBot.length > 0 ? [{ label: 'bot', scopes: ofBot }] : []),
        ...(ofUser.length > 0 ? [{ label: 'user', scopes: ofUser }] : []),
      ]
    },
    answer: (standard, { label, others, person, grant, grantType }) => {
      const app = { ok: true, app_id: 'A0BROKER', team: TEAM, enterprise: null, is_enterprise_install: false }
      const isWhole = grant.params['flow'] === 'user' || grantType === 'refresh_token'
      if (label === 'user' && isWhole) return { ...app, ...ofUser(standard), authed_user: { id: person.id } }
      const [user] = label === 'user' ? [standard] : others
      const authedUser = { id: person.id, ...(user ? ofUser(user) : {}) }
      if (label === 'user') return { ...app, authed_user: authedUser }
      return { ...app, ...standard, bot_user_id: 'U0BROKER00', authed_user: authedUser }
    },
    refusals: {
      parameterMissing: worded(400, 'invalid_arguments'),
      bodyUnreadable: worded(400, 'invalid_post_type'),
      clientMissing: worded(400, 'bad_client_secret'),
      clientUnknown: worded(400, 'invalid_client_id'),
      secretWrong: worded(400, 'bad_client_secret'),
      grantTypeUnsupported: worded(400, 'invalid_grant_type'),
      codeBad: worded(400, 'invalid_code'),
      redirectUriMismatch: worded(400, 'bad_redirect_uri'),
      refreshTokenBad: worded(400, 'invalid_refresh_token'),
      refreshTokenExpired: worded(400, 'invalid_refresh_token'),
    },
    errorBody: ({ error, ...rest }) => ({ ok: false, error, ...rest }),
  },
  api: {
    unauthorized: { status: 200, body: { ok: false, error: 'invalid_auth' } },
    forbidden: (needed) => ({ status: 200, body: { ok: false, error: 'missing_scope', needed: needed.join(',') } }),
  },
  owner: {
    account: 'lena.brandt',
    id: 'U07LENA4242',
    login: 'lena.brandt',
    email: 'lena@corp.example',
    name: 'Lena Brandt',
    givenName: 'Lena',
    familyName: 'Brandt',
  },
  idOf: (digest) => `U${digest.slice(0, 10).toUpperCase()}`,
}

function ofUser(standard: Members): Members {
  return { ...standard, token_type: 'user' }
}

function user({ id, login, name, email, givenName, familyName }: Person, scopes: readonly string[]): Members {
  return {
    id,
    team_id: TEAM.id,
    name: login,
    real_name: name,
    tz: 'Europe/Berlin',
    profile: {
      real_name: name,
      display_name: login,
      first_name: givenName,
      last_name: familyName,
      image_192: `https://avatars.example.test/${id}_192.png`,
      ...(scopes.includes('users:read.email') ? { email } : {}),
    },
    is_bot: false,
    deleted: false,
  }
}
