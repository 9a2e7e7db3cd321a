import { api } from '../api.ts'
import { authorize } from '../authorize.ts'
import { onceOrOnPrompt } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { type Answer, type Call, jsonBody } from '../message.ts'
import { type Person, uuidOf } from '../person.ts'
import { HEX } from '../random-text.ts'
import { exactly } from '../redirect-uris.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

const API = ['api.linear.app']

/**
 * Linear, where every app's tokens expire and rotate since 2026-04-01 and all of the API is GraphQL.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing; checked against Linear's
 * pages of 2026.
 * Unconfirmed: who may revoke; that the API answers a bad token with 400.
 */
export const linear: ProviderFacts = {
  type: 'linear',
  name: 'Linear',
  routes: [
    route('authorization', 'GET', ['linear.app'], '/oauth/authorize', authorize),
    route('token', 'POST', API, '/oauth/token', token),
    route('revocation', 'POST', API, '/oauth/revoke', revoke),
    api('POST', API, '/graphql', ['read'], ({ person }, call) => graphql(person, call)),
  ],
  quirks: { rotation: 'singleUse', accessTokenSeconds: 86_400 },
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256', 'plain'] },
    redirectUri: exactly,
    consent: onceOrOnPrompt('consent_required'),
  },
  scopes: {
    separator: ',',
    known: ['read', 'write', 'admin', /^[a-zA-Z]+:[a-zA-Z]+$/],
    unknown: 'refuse',
    byDefault: ['read'],
    implied: ['read'],
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['form'],
    tokenType: 'Bearer',
    forms: {
      code: { prefix: '', length: 40, alphabet: HEX },
      access: () => ({ prefix: 'lin_oauth_', length: 74, alphabet: HEX }),
      refresh: () => ({ prefix: 'lin_refresh_', length: 76, alphabet: HEX }),
    },
    givesRefreshToken: () => true,
    refusals: {},
  },
  revocation: { by: 'anyone', bodies: ['form'], done: { status: 200 } },
  api: {
    unauthorized: graphqlError('Authentication required, not authenticated', 'AUTHENTICATION_ERROR'),
    forbidden: () => graphqlError('Invalid scope', 'FORBIDDEN'),
  },
  owner: {
    account: 'kenji@corp.example',
    id: 'b7a5c0de-1f2e-4d3c-9b8a-7c6d5e4f3a2b',
    login: 'kenji',
    email: 'kenji@corp.example',
    name: 'Kenji Watanabe',
    givenName: 'Kenji',
    familyName: 'Watanabe',
  },
  idOf: uuidOf,
}

/** Answers `{ viewer { ... } }` with the fields that it names; GraphQL refuses a field that is not there. */
function graphql(person: Person, call: Call): Answer {
  const body = jsonBody(call)
  const query = typeof body === 'object' && body !== null && 'query' in body ? String(body.query) : ''
  const [, selection] = /^\s*(?:query\s*\w*)?\s*\{\s*viewer\s*\{([\s\w,]+)\}\s*\}\s*$/.exec(query) ?? []
  if (selection === undefined) return graphqlError('Syntax Error', 'GRAPHQL_PARSE_FAILED')
  const known = viewer(person)
  const fields = selection.split(/[\s,]+/).filter((field) => field !== '')
  const unknown = fields.find((field) => !(field in known))
  if (unknown !== undefined)
    return graphqlError(`Cannot query field "${unknown}" on type "User".`, 'GRAPHQL_VALIDATION_FAILED')
  return { status: 200, body: { data: { viewer: Object.fromEntries(fields.map((field) => [field, known[field]])) } } }
}

function viewer({ id, name, login, email }: Person): Members {
  return {
    id,
    name,
    displayName: login,
    email,
    avatarUrl: 'https://avatar.example.test/kenji.png',
    description: null,
    timezone: 'Asia/Tokyo',
    active: true,
    admin: false,
    url: `https://linear.app/acme-labs/profiles/${login}`,
    createdAt: '2023-04-05T06:07:08.000Z',
  }
}

function graphqlError(message: string, code: string): Answer {
  return { status: 400, body: { errors: [{ message, extensions: { code, userPresentableMessage: message } }] } }
}
