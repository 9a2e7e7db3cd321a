import { api, guarded, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { always } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { type Person, uuidOf } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const HOSTS = ['api.notion.com']
const BOT = '7f03dda0-f132-49d7-b8b2-29c9ed1b1f0e'
const WORKSPACE = {
  workspace_id: '94115f70-b23e-45e1-8d3f-8c3f0e4d5a6b',
  workspace_name: 'Acme Labs',
  workspace_icon: null,
}

/**
 * Notion. Its access tokens have no stated end; a refresh token may be null.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: that refreshing rotates; that the version is demanded at the token endpoint too.
 */
export const notion: ProviderFacts = {
  type: 'notion',
  name: 'Notion',
  routes: [
    route('authorization', 'GET', HOSTS, '/v1/oauth/authorize', authorize),
    route('token', 'POST', HOSTS, '/v1/oauth/token', guarded(token)),
    route('revocation', 'POST', HOSTS, '/v1/oauth/revoke', guarded(revoke)),
    api('GET', HOSTS, '/v1/users/me', [], ({ person }) =>
      ok({
        object: 'user',
        id: BOT,
        name: 'Broker',
        avatar_url: null,
        type: 'bot',
        bot: { owner: owner(person), workspace_name: WORKSPACE.workspace_name },
      }),
    ),
  ],
  quirks: { rotation: 'singleUse', accessTokenSeconds: null, scopeField: 'none' },
  authorization: {
    required: { response_type: 'code', owner: 'user' },
    errors: 'redirect',
    redirectUri: exactly,
    consent: always,
  },
  scopes: { fixed: () => [], separator: ' ', known: [], unknown: 'ignore' },
  tokens: {
    clientAuth: ['basic'],
    bodies: ['json'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: '03', length: 40 },
      access: () => ({ prefix: 'ntn_', length: 50 }),
      refresh: () => ({ prefix: 'nrt_', length: 60 }),
    },
    givesRefreshToken: () => true,
    answer: (standard, { person }) => ({
      ...standard,
      bot_id: BOT,
      ...WORKSPACE,
      owner: owner(person),
      duplicated_template_id: null,
    }),
    refusals: { bodyUnreadable: worded(400, 'invalid_request', 'The body must be JSON.') },
  },
  revocation: { by: 'client', bodies: ['json'], done: { status: 200, body: {} } },
  api: {
    unauthorized: {
      status: 401,
      body: { object: 'error', status: 401, code: 'unauthorized', message: 'API token is invalid.' },
    },
    forbidden: () => ({ status: 403, body: { object: 'error', status: 403, code: 'restricted_resource' } }),
    guard: ({ headers }) =>
      /^\d{4}-\d\d-\d\d$/.test(String(headers['notion-version']))
        ? undefined
        : {
            status: 400,
            body: {
              object: 'error',
              status: 400,
              code: 'missing_version',
              message: 'Notion-Version header failed validation: Notion-Version header should be defined.',
            },
          },
  },
  owner: {
    account: 'amara@corp.example',
    id: 'd40e767c-d7af-4b18-a86d-55c61f1e39a4',
    login: 'amara',
    email: 'amara@corp.example',
    name: 'Amara Diallo',
    givenName: 'Amara',
    familyName: 'Diallo',
  },
  idOf: uuidOf,
}

function owner({ id, name, email }: Person): Members {
  const user = {
    object: 'user',
    id,
    name,
    avatar_url: 'https://avatar.example.test/amara.png',
    type: 'person',
    person: { email },
  }
  return { type: 'user', user }
}
