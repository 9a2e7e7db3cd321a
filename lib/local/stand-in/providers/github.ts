import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { once } from '../consent-rules.ts'
import { devicePage } from '../device-page.ts'
import type { ProviderFacts } from '../facts.ts'
import { digitsOf } from '../person.ts'
import { HEX, randomText } from '../random-text.ts'
import { exactly, isBelow, isLoopback, type RedirectRule } from '../redirect-uris.ts'
import { clientRefusals, worded } from '../refusals.ts'
import { route } from '../routes.ts'
import { startDevice } from '../start-device.ts'
import { token } from '../token.ts'
import { githubAppRoutes } from './github-apps.ts'
import { API, notFound, SERVER_API } from './github-places.ts'
import { emails, user } from './github-users.ts'

const WEB = ['github.com', ':tenant.ghe.com', ':server.ghes.example']
const USER_CODE = 'BCDFGHJKLMNPQRSTVWXZ0123456789'
const OFFLINE = 'offline_access'
const REFRESH_TOKEN_SECONDS = 15_897_600

/** OAuth Apps: the registered host or a subdomain and a path below; on this machine any port. GitHub Apps: exact. */
const redirectUri: RedirectRule = (asked, registered, client) => {
  if (client.kind === 'githubApp') return exactly(asked, registered)
  const [one, other] = [new URL(asked), new URL(registered)]
  const isSameHost = one.host === other.host || one.host.endsWith(`.${other.host}`)
  const isSamePlace = isLoopback(one) ? one.hostname === other.hostname : isSameHost
  return isSamePlace && one.protocol === other.protocol && isBelow(one.pathname, other.pathname)
}

/**
 * GitHub.com, GHE.com and GitHub Enterprise Server (`*.ghes.example`, before 3.23) with OAuth Apps and GitHub Apps.
 * Facts: github/docs, "Authorizing OAuth apps", "Refreshing user access tokens", "Generating a user access token for a
 * GitHub App", "REST API endpoints for OAuth authorizations".
 * Unconfirmed: which of 404 and 422 an unknown and an expired token get; the words of refused devices.
 */
export const github: ProviderFacts = {
  type: 'github',
  name: 'GitHub',
  routes: [
    route('authorization', 'GET', WEB, '/login/oauth/authorize', authorize),
    route('token', 'POST', WEB, '/login/oauth/access_token', token),
    route('device', 'POST', WEB, '/login/device/code', startDevice),
    route('device', 'GET|POST', WEB, '/login/device', devicePage),
    ...[API, SERVER_API].flatMap(({ hosts, base }) => [
      api('GET', hosts, `${base}/user`, [], ({ person, scopes }) =>
        ok(user(person), { 'x-oauth-scopes': scopes.join(', ') }),
      ),
      api('GET', hosts, `${base}/user/emails`, [], ({ person, scopes, client }, _call, { quirks }) => {
        // A GitHub App reads them by a permission, which the ones played here have.
        const may = client.kind === 'githubApp' || scopes.includes('user:email') || scopes.includes('user')
        return may && quirks.emailsEndpoint ? ok(emails(person)) : notFound
      }),
      ...githubAppRoutes(hosts, base),
    ]),
  ],
  quirks: {
    errorsAs200: true,
    formUnlessAcceptJson: true,
    rotation: 'singleUseKillAccess',
    accessTokenSeconds: 28_800,
    issParam: true,
    scopeJoin: ',',
    revocation: 'token',
    device: 'github200',
  },
  instance: (host) => host.replace(/^api\.(?=github\.com$|[^.]+\.ghe\.com$)/, ''),
  issuer: (host) => (host.endsWith('.ghes.example') ? undefined : `https://${host}/login/oauth`),
  authorization: {
    required: {},
    errors: 'redirect',
    pkce: { methods: ['S256'] },
    redirectUri,
    consent: once,
  },
  scopes: {
    fixed: ({ kind }) => (kind === 'githubApp' ? [] : undefined),
    separator: ' ',
    known: [OFFLINE, /^(repo|user|gist|notifications|workflow|project|codespace|copilot)$/, /^[a-z_]+:[a-z_]+$/],
    unknown: 'refuse',
    byDefault: [],
    unlisted: [OFFLINE],
  },
  tokens: {
    clientAuth: ['post'],
    bodies: ['form', 'json'],
    tokenType: 'bearer',
    forms: {
      code: { prefix: '', length: 20, alphabet: HEX },
      access: ({ kind }) => ({ prefix: kind === 'githubApp' ? 'ghu_' : 'gho_', length: 40 }),
      refresh: () => ({ prefix: 'ghr_', length: 76 }),
    },
    givesRefreshToken: (grant, client) =>
      client.expiring || (grant.scopes.includes(OFFLINE) && !grant.instance.endsWith('.ghes.example')),
    expires: (grant, client) =>
      client.expiring || (grant.scopes.includes(OFFLINE) && !grant.instance.endsWith('.ghes.example')),
    refreshTokenSeconds: REFRESH_TOKEN_SECONDS,
    most: { kind: 'access', count: 10, sameScopes: true },
    answer: (standard) =>
      'refresh_token' in standard ? { ...standard, refresh_token_expires_in: REFRESH_TOKEN_SECONDS } : standard,
    refusals: {
      ...clientRefusals(
        worded(400, 'incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.'),
      ),
      codeBad: worded(400, 'bad_verification_code', 'The code passed is incorrect or expired.'),
      verifierWrong: worded(400, 'bad_verification_code', 'The code passed is incorrect or expired.'),
      redirectUriMismatch: worded(
        400,
        'redirect_uri_mismatch',
        'The redirect_uri MUST match the registered callback URL for this application.',
      ),
      refreshTokenBad: worded(400, 'bad_refresh_token', 'The refresh token passed is incorrect or expired.'),
      refreshTokenExpired: worded(400, 'bad_refresh_token', 'The refresh token passed is incorrect or expired.'),
      deviceOff: worded(400, 'device_flow_disabled', 'Device Flow must be explicitly enabled for this App.'),
      deviceCodeBad: worded(400, 'incorrect_device_code', 'The device_code provided is not valid.'),
      devicePending: worded(400, 'authorization_pending', 'The authorization request is still pending.'),
      deviceCodeExpired: worded(400, 'expired_token', 'This device_code has expired.'),
      deviceDenied: worded(400, 'access_denied', 'The authorization request was denied.'),
    },
    errorBody: (standard) => ({ ...standard, error_uri: 'https://docs.github.com/apps/x' }),
  },
  device: {
    seconds: 900,
    intervalSeconds: 5,
    forms: {
      deviceCode: { prefix: '', length: 40, alphabet: HEX },
      userCode: () => randomText({ prefix: '', length: 8, alphabet: USER_CODE }).replace(/^.{4}/, '$&-'),
    },
    page: (host) => ({ host, path: '/login/device' }),
    complete: false,
    secret: 'optional',
    byDefault: false,
    namesInterval: true,
  },
  api: {
    unauthorized: {
      status: 401,
      body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest', status: '401' },
    },
    forbidden: () => ({ status: 403, body: { message: 'Resource not accessible by integration', status: '403' } }),
    // "Request forbidden by administrative rules": every request must say what sends it.
    guard: ({ headers }) =>
      headers['user-agent']
        ? undefined
        : { status: 403, headers: { 'content-type': 'text/html' }, body: 'Please send a User-Agent header.' },
  },
  owner: {
    account: 'mira-okafor',
    id: '7340021',
    login: 'mira-okafor',
    email: 'mira@work.example',
    name: 'Mira Okafor',
    givenName: 'Mira',
    familyName: 'Okafor',
  },
  idOf: (digest) => digitsOf(digest, 8),
}
