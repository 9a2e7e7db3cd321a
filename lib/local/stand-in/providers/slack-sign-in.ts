import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import type { Person } from '../person.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'
import { HOSTS, slackApps, TEAM } from './slack-apps.ts'

/**
 * Sign in with Slack (OpenID Connect), which has endpoints and scopes of its own.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: all but the endpoints.
 */
export const slackSignIn: ProviderFacts = {
  ...slackApps,
  routes: [
    route('authorization', 'GET', HOSTS, '/openid/connect/authorize', authorize),
    route('token', 'POST', HOSTS, '/api/openid.connect.token', token),
    api('GET|POST', HOSTS, '/api/openid.connect.userInfo', ['openid'], ({ person }) =>
      ok({ ok: true, ...userinfo(person) }),
    ),
  ],
  authorization: { ...slackApps.authorization, required: { response_type: 'code' } },
  scopes: { separator: ' ', known: ['openid', 'email', 'profile'], unknown: 'refuse' },
  tokens: {
    ...slackApps.tokens,
    tokenType: 'Bearer',
    sets: ({ scopes }) => [{ label: 'user', scopes }],
    answer: ({ scope: _, ...standard }, { person, idToken }) => ({
      ok: true,
      ...standard,
      id_token: idToken({ iss: 'https://slack.com', ...userinfo(person) }),
    }),
  },
}

function userinfo({ id, email, name, givenName, familyName }: Person): Members {
  return {
    sub: id,
    'https://slack.com/user_id': id,
    'https://slack.com/team_id': TEAM.id,
    email,
    email_verified: true,
    name,
    picture: `https://avatars.example.test/${id}_192.png`,
    given_name: givenName,
    family_name: familyName,
    locale: 'en-US',
  }
}
