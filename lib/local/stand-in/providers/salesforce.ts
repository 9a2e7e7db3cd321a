import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { onceOrOnPrompt } from '../consent-rules.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import type { Person } from '../person.ts'
import { exactly } from '../redirect-uris.ts'
import { worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { token } from '../token.ts'

/** Sign-in for production and sandboxes, and the My Domain of each. */
const HOSTS = [
  'login.salesforce.com',
  'test.salesforce.com',
  ':domain.my.salesforce.com',
  ':domain.sandbox.my.salesforce.com',
]
const ORGANIZATION = '00D5i000000InvENT1'
const OFFLINE = ['refresh_token', 'offline_access']

/**
 * Salesforce with an External Client App whose org demands PKCE.
 * Facts: the catalogues of nango, next-auth, better-auth and grant, two or more agreeing.
 * Unconfirmed: the org's session of two hours; the words of errors.
 */
export const salesforce: ProviderFacts = {
  type: 'salesforce',
  name: 'Salesforce',
  routes: [
    route('authorization', 'GET', HOSTS, '/services/oauth2/authorize', authorize),
    route('token', 'POST', HOSTS, '/services/oauth2/token', token),
    route('revocation', 'POST', HOSTS, '/services/oauth2/revoke', revoke),
    api('GET|POST', HOSTS, '/services/oauth2/userinfo', ['openid', 'id', 'full'], ({ person }, { host }) =>
      ok(userinfo(person, isSandbox(host))),
    ),
  ],
  // A session of the org's policy, of which the answer says nothing.
  quirks: { rotation: 'none', accessTokenSeconds: 7200 },
  instance: (host) => (isSandbox(host) ? 'test.salesforce.com' : 'login.salesforce.com'),
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256'], required: true },
    redirectUri: exactly,
    consent: onceOrOnPrompt('interaction_required'),
  },
  scopes: {
    separator: ' ',
    known: ['api', 'web', 'full', 'id', 'openid', 'profile', 'email', 'address', 'phone', ...OFFLINE, /^[a-z]+_api$/],
    unknown: 'refuse',
    byDefault: ['id', 'api'],
  },
  tokens: {
    clientAuth: ['post', 'basic'],
    bodies: ['form'],
    tokenType: 'Bearer',
    forms: {
      code: { prefix: 'aPrx', length: 90 },
      access: () => ({ prefix: `${ORGANIZATION.slice(0, 15)}!AQ`, length: 112 }),
      refresh: () => ({ prefix: '5Aep861', length: 87 }),
    },
    givesRefreshToken: ({ scopes }) => scopes.some((scope) => OFFLINE.includes(scope)),
    answer: ({ expires_in: _, ...standard }, { person, host, now, scopes, idToken }) => {
      const { sub } = userinfo(person, isSandbox(host))
      return {
        ...standard,
        signature: 'UHb0xInv3ntedSignature=',
        instance_url: instanceUrl(isSandbox(host)),
        id: sub,
        issued_at: String(now * 1000),
        ...(scopes.includes('openid') ? { id_token: idToken({ iss: `https://${host}`, sub }) } : {}),
      }
    },
    refusals: {
      clientMissing: worded(400, 'invalid_client', 'invalid client credentials'),
      clientUnknown: worded(400, 'invalid_client_id', 'client identifier invalid'),
      secretWrong: worded(400, 'invalid_client', 'invalid client credentials'),
      codeBad: worded(400, 'invalid_grant', 'expired authorization code'),
      redirectUriMismatch: worded(400, 'redirect_uri_mismatch', 'redirect_uri must match configuration'),
      verifierWrong: worded(400, 'invalid_grant', 'invalid code verifier'),
      refreshTokenBad: worded(400, 'invalid_grant', 'expired access/refresh token'),
      refreshTokenExpired: worded(400, 'invalid_grant', 'expired access/refresh token'),
      tokenUnknown: worded(400, 'unsupported_token_type', 'this token type is not supported'),
    },
  },
  revocation: { by: 'anyone', bodies: ['form'], done: { status: 200 }, unknown: 'tokenUnknown' },
  api: {
    unauthorized: {
      status: 401,
      body: [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
    },
    forbidden: () => ({ status: 403, body: [{ message: 'insufficient access', errorCode: 'INSUFFICIENT_ACCESS' }] }),
  },
  owner: {
    account: 'olga@corp.example',
    id: '0055i00000InvENTED',
    login: 'olga@corp.example',
    email: 'olga@corp.example',
    name: 'Olga Petrova',
    givenName: 'Olga',
    familyName: 'Petrova',
  },
  idOf: (digest) => `0055i000${digest.slice(0, 10).toUpperCase()}`,
}

function isSandbox(host: string): boolean {
  return host === 'test.salesforce.com' || host.endsWith('.sandbox.my.salesforce.com')
}

/** Where the API of the org is. */
function instanceUrl(sandbox: boolean): string {
  return sandbox ? 'https://acme--dev.sandbox.my.salesforce.com' : 'https://acme.my.salesforce.com'
}

function userinfo({ id, login, email, name, givenName, familyName }: Person, sandbox: boolean): Members {
  const signIn = sandbox ? 'test.salesforce.com' : 'login.salesforce.com'
  return {
    sub: `https://${signIn}/id/${ORGANIZATION}/${id}`,
    user_id: id,
    organization_id: ORGANIZATION,
    preferred_username: login,
    nickname: login.split('@')[0],
    name,
    given_name: givenName,
    family_name: familyName,
    email,
    email_verified: true,
    zoneinfo: 'Europe/Sofia',
    picture: 'https://avatar.example.test/olga.png',
    language: 'en_US',
    locale: 'en_US',
    active: true,
  }
}
