import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { once } from '../consent-rules.ts'
import { devicePage } from '../device-page.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { metadataRoutes } from '../openid-metadata.ts'
import { digitsOf, type Person } from '../person.ts'
import { HEX, randomText } from '../random-text.ts'
import { exactly } from '../redirect-uris.ts'
import { worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { startDevice } from '../start-device.ts'
import { token } from '../token.ts'

/** GitLab.com, and any `gitlab.<name>.example`, there also below a relative root. */
const HOSTS = ['gitlab.com', 'gitlab.:name.example']
const ROOT = '{/gitlab}?'
const METADATA = '/.well-known/openid-configuration'
const TOKEN = { prefix: '', length: 64, alphabet: HEX }
const READ_USER = ['read_user', 'api', 'read_api']

/**
 * GitLab.com and self-managed GitLab.
 * Facts: gitlabhq doc/api/oauth2.md, doc/integration/oauth_provider.md and its Doorkeeper initializers.
 * Unconfirmed: that consent follows Doorkeeper's rule; that a refresh token has no end.
 */
export const gitlab: ProviderFacts = {
  type: 'gitlab',
  name: 'GitLab',
  routes: [
    route('authorization', 'GET', HOSTS, `${ROOT}/oauth/authorize`, authorize),
    route('token', 'POST', HOSTS, `${ROOT}/oauth/token`, token),
    route('revocation', 'POST', HOSTS, `${ROOT}/oauth/revoke`, revoke),
    route('device', 'POST', HOSTS, `${ROOT}/oauth/authorize_device`, startDevice),
    route('device', 'GET|POST', HOSTS, `${ROOT}/oauth/device`, devicePage),
    api('GET', HOSTS, `${ROOT}/oauth/token/info`, [], ({ token, client, person }, _call, { books }) =>
      ok({
        resource_owner_id: Number(person.id),
        scope: token.scopes,
        expires_in: token.expiresAt === undefined ? null : Math.floor((token.expiresAt - books.clock.now()) / 1000),
        application: { uid: client.clientId },
        created_at: Math.floor(token.issuedAt / 1000),
      }),
    ),
    api('GET', HOSTS, `${ROOT}/api/v4/user`, READ_USER, ({ person }) => ok(user(person))),
    ...metadataRoutes({
      hosts: HOSTS,
      path: `${ROOT}${METADATA}`,
      keyPath: `${ROOT}/oauth/discovery/keys`,
      document: ({ host, path }) => metadata(`https://${host}${path.replace(METADATA, '')}`),
    }),
    api('GET', HOSTS, `${ROOT}/oauth/userinfo`, ['openid'], ({ person }) => ok(userinfo(person))),
  ],
  quirks: {
    wwwAuthenticateOnTokenError: true,
    rotation: 'singleUseKillAccess',
    accessTokenSeconds: 7200,
    revocation: 'grant',
  },
  instance: (host) => host,
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256'] },
    redirectUri: exactly,
    consent: once,
  },
  scopes: {
    separator: ' ',
    known: ['openid', 'profile', 'email', 'sudo', 'ai_features', ...READ_USER, /^(read|write)_[a-z_]+$/],
    unknown: 'refuse',
    byDefault: ['api'],
  },
  tokens: {
    clientAuth: ['basic', 'post'],
    bodies: ['form', 'json'],
    tokenType: 'Bearer',
    forms: { code: TOKEN, access: () => TOKEN, refresh: () => TOKEN },
    givesRefreshToken: () => true,
    answer: (standard, { now, scopes, person, host, idToken }) => ({
      ...standard,
      created_at: now,
      ...(scopes.includes('openid') ? { id_token: idToken({ iss: `https://${host}`, ...userinfo(person) }) } : {}),
    }),
    refusals: {
      // Doorkeeper's words, which do not tell an unknown client from a wrong secret.
      secretWrong: worded(
        401,
        'invalid_client',
        'Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.',
      ),
      deviceCodeBad: worded(400, 'invalid_grant'),
    },
  },
  revocation: { by: 'client', bodies: ['form', 'json'], done: { status: 200, body: {} } },
  device: {
    seconds: 300,
    intervalSeconds: 5,
    forms: {
      deviceCode: { prefix: '', length: 43 },
      userCode: () => randomText({ prefix: '', length: 8, alphabet: 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789' }),
    },
    page: (host) => ({ host, path: '/oauth/device' }),
    complete: true,
    secret: 'optional',
    byDefault: true,
    namesInterval: false,
  },
  api: {
    unauthorized: {
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="Protected by OAuth 2.0", error="invalid_token"' },
      body: { error: 'invalid_token', error_description: 'Token was revoked. You have to re-authorize from the user.' },
    },
    forbidden: (needed) => ({
      status: 403,
      body: {
        error: 'insufficient_scope',
        error_description: 'The request requires higher privileges than provided by the access token.',
        scope: needed.join(' '),
      },
    }),
  },
  owner: {
    account: 't.lindqvist',
    id: '40917',
    login: 't.lindqvist',
    email: 'tuva@corp.example',
    name: 'Tuva Lindqvist',
    givenName: 'Tuva',
    familyName: 'Lindqvist',
  },
  idOf: (digest) => digitsOf(digest, 7),
}

/** Every endpoint is below the URL of the instance, which is the issuer. */
function metadata(issuer: string): Members {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    device_authorization_endpoint: `${issuer}/oauth/authorize_device`,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    jwks_uri: `${issuer}/oauth/discovery/keys`,
    scopes_supported: ['api', 'read_api', 'read_user', 'openid', 'profile', 'email'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
  }
}

function user({ id, login, name, email }: Person): Members {
  return {
    id: Number(id),
    username: login,
    name,
    state: 'active',
    locked: false,
    avatar_url: `https://gitlab.example/uploads/-/system/user/avatar/${id}/a.png`,
    web_url: `https://gitlab.example/${login}`,
    bio: 'SRE',
    location: 'Umea',
    public_email: '',
    email,
    commit_email: email,
    two_factor_enabled: true,
  }
}

function userinfo({ id, login, name, email }: Person): Members {
  return {
    sub: id,
    sub_legacy: '9c1b0e',
    name,
    nickname: login,
    preferred_username: login,
    email,
    email_verified: true,
    profile: `https://gitlab.example/${login}`,
    picture: 'https://gitlab.example/a.png',
    groups: ['platform'],
  }
}
