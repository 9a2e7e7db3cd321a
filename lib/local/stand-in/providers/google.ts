import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { onceOrOnPrompt } from '../consent-rules.ts'
import { devicePage } from '../device-page.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import type { Answer, Call } from '../message.ts'
import { metadataRoutes } from '../openid-metadata.ts'
import { digitsOf, type Person } from '../person.ts'
import { type Played, personIn } from '../played.ts'
import { randomText } from '../random-text.ts'
import { exactly } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { revoke } from '../revoke.ts'
import { route } from '../routes.ts'
import { startDevice } from '../start-device.ts'
import { token } from '../token.ts'

const ACCOUNTS = ['accounts.google.com']
const OAUTH = ['oauth2.googleapis.com']
const LONG = 'https://www.googleapis.com/auth/'
const DAY = 24 * 3600

const metadata = {
  issuer: 'https://accounts.google.com',
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  device_authorization_endpoint: 'https://oauth2.googleapis.com/device/code',
  token_endpoint: 'https://oauth2.googleapis.com/token',
  userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
  revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
  jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
  scopes_supported: ['openid', 'email', 'profile'],
  token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  code_challenge_methods_supported: ['plain', 'S256'],
}

/**
 * Google.
 * Facts: developers.google.com/identity/protocols/oauth2 with its pages on web servers, limited-input devices and
 * OpenID Connect.
 * Unconfirmed: the life of a code; some words of errors.
 */
export const google: ProviderFacts = {
  type: 'google',
  name: 'Google',
  routes: [
    route('authorization', 'GET', ACCOUNTS, '/o/oauth2/v2/auth', authorize),
    route('token', 'POST', OAUTH, '/token', token),
    route('revocation', 'POST', OAUTH, '/revoke', revoke),
    route('device', 'POST', OAUTH, '/device/code', startDevice),
    route('device', 'GET|POST', ['www.google.com'], '/device', devicePage),
    route('api', 'GET', OAUTH, '/tokeninfo', tokeninfo),
    api(
      'GET',
      ['openidconnect.googleapis.com'],
      '/v1/userinfo',
      ['openid', `${LONG}userinfo.email`, `${LONG}userinfo.profile`],
      ({ person, scopes }) => ok(userinfo(person, scopes)),
    ),
    ...metadataRoutes({
      hosts: ACCOUNTS,
      path: '/.well-known/openid-configuration',
      keyHosts: ['www.googleapis.com'],
      keyPath: '/oauth2/v3/certs',
      document: () => metadata,
    }),
  ],
  quirks: {
    rotation: 'none',
    accessTokenSeconds: 3599,
    issParam: true,
    extraCallbackParams: { scope: 'email profile openid', authuser: '0', hd: 'corp.example', prompt: 'consent' },
    revocation: 'userAndClient',
    device: 'google428',
  },
  authorization: {
    required: { response_type: 'code' },
    errors: 'page',
    pkce: { methods: ['S256', 'plain'] },
    redirectUri: exactly,
    consent: onceOrOnPrompt('interaction_required'),
    // Google: an app is for the web or for devices.
    refuseClient: ({ device, readyMade }) => (device && !readyMade ? 'invalid_request' : undefined),
  },
  scopes: {
    separator: ' ',
    known: ['openid', 'email', 'profile', /^https:\/\/(www\.googleapis\.com\/auth\/[\w./-]+|mail\.google\.com\/)$/],
    unknown: 'refuse',
    longName: (scope) => (['email', 'profile'].includes(scope) ? `${LONG}userinfo.${scope}` : scope),
  },
  tokens: {
    clientAuth: ['post', 'basic'],
    bodies: ['form'],
    tokenType: 'Bearer',
    forms: {
      code: { prefix: '4/0A', length: 73 },
      access: () => ({ prefix: 'ya29.a0', length: 220 }),
      refresh: () => ({ prefix: '1//03', length: 103 }),
    },
    // A refresh token comes with the consent page alone: the first time, or with prompt=consent.
    givesRefreshToken: ({ params, consentShown, byDevice }) =>
      byDevice || (params['access_type'] === 'offline' && consentShown),
    refreshTokenSeconds: 180 * DAY,
    most: { kind: 'refresh', count: 100 },
    answer: (standard, { scopes, person, idToken, client }) =>
      scopes.includes('openid')
        ? {
            ...standard,
            id_token: idToken({
              iss: 'https://accounts.google.com',
              azp: client.clientId,
              ...userinfo(person, scopes),
            }),
          }
        : standard,
    refusals: {
      ...clientRefusals(worded(401, 'invalid_client', 'The OAuth client was not found.')),
      secretWrong: worded(401, 'invalid_client', 'Unauthorized'),
      codeBad: worded(400, 'invalid_grant', 'Bad Request'),
      verifierWrong: worded(400, 'invalid_grant', 'Invalid code verifier.'),
      redirectUriMismatch: worded(400, 'redirect_uri_mismatch', 'Bad Request'),
      refreshTokenBad: worded(400, 'invalid_grant', 'Token has been expired or revoked.'),
      refreshTokenExpired: worded(400, 'invalid_grant', 'Token has been expired or revoked.'),
      tokenUnknown: worded(400, 'invalid_token', 'Token expired or revoked'),
      deviceOff: worded(401, 'invalid_client', 'Invalid client type.'),
      devicePending: worded(400, 'authorization_pending', 'Precondition Required'),
    },
  },
  revocation: { by: 'anyone', bodies: ['form'], done: { status: 200, body: {} }, unknown: 'tokenUnknown' },
  device: {
    seconds: 1800,
    intervalSeconds: 5,
    forms: {
      deviceCode: { prefix: 'AH-1Ng0', length: 90 },
      userCode: () => randomText({ prefix: '', length: 8, alphabet: 'BCDFGHJKLMNPQRSTVWXZ' }).replace(/^.{4}/, '$&-'),
    },
    page: () => ({ host: 'www.google.com', path: '/device' }),
    complete: false,
    secret: 'required',
    byDefault: false,
    namesInterval: false,
  },
  api: {
    unauthorized: {
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
      body: { error: 'invalid_request', error_description: 'Invalid Credentials' },
    },
    forbidden: () => ({
      status: 403,
      headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"' },
      body: { error: { code: 403, status: 'PERMISSION_DENIED', message: 'Insufficient Permission' } },
    }),
  },
  owner: {
    account: 'ines@corp.example',
    id: '108240017733559201144',
    login: 'ines',
    email: 'ines@corp.example',
    name: 'Ines Carvalho',
    givenName: 'Ines',
    familyName: 'Carvalho',
  },
  idOf: (digest) => `1${digitsOf(digest, 20)}`,
}

/** The claims that the scopes give. */
function userinfo(person: Person, scopes: readonly string[]): Members {
  const { id, name, givenName, familyName, email } = person
  const profile = {
    name,
    given_name: givenName,
    family_name: familyName,
    picture: 'https://lh3.example.test/a/AA=s96-c',
  }
  return {
    sub: id,
    ...(scopes.includes(`${LONG}userinfo.profile`) ? profile : {}),
    ...(scopes.includes(`${LONG}userinfo.email`) ? { email, email_verified: true, hd: email.split('@')[1] } : {}),
  }
}

/** Says what an access token is good for; numbers are texts. The one place where a token may be in the query. */
function tokeninfo(played: Played, { query }: Call): Answer {
  const { books, facts } = played
  const token = books.token(query.get('access_token') ?? '')
  const grant = token && books.grant(token.grantId)
  if (token?.kind !== 'access' || grant?.provider !== facts.type || !books.isLive(token))
    return { status: 400, body: { error: 'invalid_token', error_description: 'Invalid Value' } }
  const end = Math.floor((token.expiresAt ?? 0) / 1000)
  return ok({
    azp: grant.clientId,
    aud: grant.clientId,
    sub: personIn(played, grant.account).id,
    scope: token.scopes.join(' '),
    exp: String(end),
    expires_in: String(end - Math.floor(books.clock.now() / 1000)),
    access_type: grant.params['access_type'] ?? 'online',
  })
}
