import { api, ok } from '../api.ts'
import { authorize } from '../authorize.ts'
import { onceOrOnPrompt } from '../consent-rules.ts'
import { devicePage } from '../device-page.ts'
import type { Members, ProviderFacts } from '../facts.ts'
import { refusalPage } from '../message.ts'
import { metadataRoutes } from '../openid-metadata.ts'
import { type Person, uuidOf } from '../person.ts'
import { randomText } from '../random-text.ts'
import { exactlyButLoopbackPort } from '../redirect-uris.ts'
import { type Handler, type Route, route } from '../routes.ts'
import { startDevice } from '../start-device.ts'
import { token } from '../token.ts'
import { microsoftErrorBody, microsoftRefusals } from './microsoft-errors.ts'

/** Each cloud's host of sign-in, and those of Graph. */
const CLOUDS: readonly (readonly [signIn: string, ...graph: string[]])[] = [
  ['login.microsoftonline.com', 'graph.microsoft.com'],
  ['login.microsoftonline.us', 'graph.microsoft.us', 'dod-graph.microsoft.us'],
  ['login.partner.microsoftonline.cn', 'microsoftgraph.chinacloudapi.cn'],
]
const SIGN_IN = CLOUDS.map(([signIn]) => signIn)
const GRAPH = CLOUDS.flatMap(([, ...graph]) => graph)
const DAY = 24 * 3600
/** The tenant of everybody here. */
const TENANT = '2f1d7c0a-5b3e-4c86-9a47-6e5d4c3b2a10'
const TENANTS = /^(common|organizations|consumers|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|[a-z\d-]+(\.[a-z\d-]+)+)$/i
const READ_USER = GRAPH.flatMap((host) => ['User.Read', 'User.ReadWrite'].map((name) => `https://${host}/${name}`))

/**
 * Microsoft Entra (v2.0) in its three clouds, for work and personal accounts alike.
 * Facts: MicrosoftDocs/entra-docs, docs/identity-platform: v2-oauth2-auth-code-flow, v2-oauth2-device-code,
 * refresh-tokens, userinfo, reply-url, authentication-national-cloud.
 * Unconfirmed: the status of some errors. Tokens of personal accounts are really opaque.
 */
export const microsoft: ProviderFacts = {
  type: 'microsoft',
  name: 'Microsoft',
  routes: [
    tenantRoute('authorization', 'GET', 'authorize', authorize),
    tenantRoute('token', 'POST', 'token', tokenForServers),
    tenantRoute('device', 'POST', 'devicecode', startDevice),
    route('device', 'GET|POST', ['microsoft.com'], '/devicelogin', devicePage),
    api('GET', GRAPH, '/v1.0/me', READ_USER, ({ person }, { host }) => ok(me(person, host))),
    ...metadataRoutes({
      hosts: SIGN_IN,
      path: '/:tenant/v2.0/.well-known/openid-configuration',
      keyPath: '/:tenant/discovery/v2.0/keys',
      document: ({ host, params }) => metadata(host, params['tenant'] ?? ''),
    }),
    api('GET', GRAPH, '/oidc/userinfo', ['openid'], ({ person }, { host }) => ok(userinfo(person, host))),
  ],
  quirks: {
    rotation: 'replaceKeepOld',
    accessTokenSeconds: 4187,
    bigTokens: { access: 2400, refresh: 1500 },
    revocation: 'none',
  },
  instance: (host) => cloudOf(host)[0],
  authorization: {
    required: { response_type: 'code' },
    errors: 'redirect',
    pkce: { methods: ['S256', 'plain'] },
    redirectUri: exactlyButLoopbackPort,
    consent: onceOrOnPrompt('interaction_required'),
  },
  scopes: {
    separator: ' ',
    known: [
      'openid',
      'profile',
      'email',
      'offline_access',
      /^https:\/\/[^/\s]+\/\.?[\w.]+$/,
      /^[A-Z][\w-]*(\.[\w-]+)+$/,
    ],
    unknown: 'refuse',
    problem: (scopes) =>
      resourcesOf(scopes).size > 1 ? 'AADSTS28000: the scopes are of several resources.' : undefined,
    longName: (scope, host) => (/^[A-Z]/.test(scope) ? `https://${cloudOf(host)[1]}/${scope}` : scope),
    unlisted: ['offline_access'],
  },
  tokens: {
    clientAuth: ['post', 'basic'],
    bodies: ['form'],
    tokenType: 'Bearer',
    forms: {
      code: { prefix: '1.AXoA', length: 800 },
      access: () => ({ prefix: 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.', length: 1500 }),
      refresh: () => ({ prefix: '1.AXoA', length: 1200 }),
    },
    givesRefreshToken: ({ scopes }) => scopes.includes('offline_access'),
    refreshTokenSeconds: 90 * DAY,
    answer: (standard, { scopes, person, host, idToken }) => ({
      ...standard,
      ext_expires_in: standard['expires_in'],
      ...(scopes.includes('openid') ? { id_token: idToken(claims(person, host)) } : {}),
    }),
    refusals: microsoftRefusals,
    errorBody: microsoftErrorBody,
  },
  device: {
    seconds: 900,
    intervalSeconds: 5,
    forms: {
      deviceCode: { prefix: 'FAQABAAE', length: 250 },
      userCode: () => randomText({ prefix: '', length: 9, alphabet: 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789' }),
    },
    page: () => ({ host: 'microsoft.com', path: '/devicelogin' }),
    complete: false,
    secret: 'refused',
    byDefault: false,
    namesInterval: false,
    members: { message: 'To sign in, open the page and enter the code.' },
  },
  api: {
    unauthorized: graphError(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.'),
    forbidden: () =>
      graphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.'),
  },
  owner: {
    account: 'pia@corp.example',
    id: '4b6e2f10-77c1-4f0e-9d52-0a1b2c3d4e5f',
    login: 'pia_corp.example#EXT#@contoso.example',
    email: 'pia@corp.example',
    name: 'Pia Novak',
    givenName: 'Pia',
    familyName: 'Novak',
  },
  idOf: uuidOf,
}

/** An endpoint of a tenant, which is an alias, an id or a verified domain. */
function tenantRoute(kind: Route['kind'], method: string, path: string, handler: Handler): Route {
  return route(kind, method, SIGN_IN, `/:tenant/oauth2/v2.0/${path}`, (played, call) => {
    const { tenant = '' } = call.params
    if (TENANTS.test(tenant)) return handler(played, call)
    const description = `AADSTS90002: Tenant '${tenant}' not found.`
    if (kind === 'authorization') return refusalPage(400, 'invalid_request', description)
    return { status: 400, body: microsoftErrorBody({ error: 'invalid_request', error_description: description }) }
  })
}

/** A redirect URI of the type "web" is for servers: a browser's request says by `Origin` that it is none. */
function tokenForServers(...[played, call]: Parameters<Handler>): ReturnType<Handler> {
  if (call.headers.origin === undefined) return token(played, call)
  const description = "AADSTS9002326: Cross-origin token redemption is permitted only for 'Single-Page Application'."
  return { status: 400, body: microsoftErrorBody({ error: 'invalid_request', error_description: description }) }
}

function cloudOf(host: string): (typeof CLOUDS)[number] {
  const cloud = CLOUDS.find((hosts) => hosts.includes(host)) ?? CLOUDS[0]
  if (!cloud) throw new Error('There is no cloud.')
  return cloud
}

/** What scopes are of; those without a resource are of Graph. */
function resourcesOf(scopes: readonly string[]): Set<string> {
  const named = scopes.flatMap((scope) => URL.parse(scope)?.host ?? (/^[A-Z]/.test(scope) ? 'graph.microsoft.com' : []))
  return new Set(named)
}

/** The issuer of an alias of many tenants is a template. That PKCE is there is not said. */
function metadata(host: string, tenant: string): Members {
  const base = `https://${host}/${tenant}`
  return {
    issuer: `https://${host}/${['common', 'organizations'].includes(tenant) ? '{tenantid}' : TENANT}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    userinfo_endpoint: `https://${cloudOf(host)[1]}/oidc/userinfo`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  }
}

function me({ account, id, login, name, givenName, familyName }: Person, host: string): Members {
  return {
    '@odata.context': `https://${host}/v1.0/$metadata#users/$entity`,
    id,
    displayName: name,
    givenName,
    surname: familyName,
    mail: null,
    userPrincipalName: login.includes('@') ? login : `${account.replace('@', '_')}#EXT#@contoso.example`,
    preferredLanguage: 'sl-SI',
    jobTitle: 'Engineer',
    mobilePhone: null,
    officeLocation: null,
    businessPhones: [],
  }
}

function userinfo({ id, name, givenName, familyName, email }: Person, host: string): Members {
  return {
    // Another one in every application: nobody may take it for the id.
    sub: `pairwise-${id.slice(0, 8)}`,
    name,
    given_name: givenName,
    family_name: familyName,
    picture: `https://${host}/v1.0/me/photo/$value`,
    email,
  }
}

function claims(person: Person, host: string): Members {
  const { sub, name, email } = userinfo(person, host)
  return { iss: `https://${host}/${TENANT}/v2.0`, tid: TENANT, oid: person.id, sub, name, email, ver: '2.0' }
}

function graphError(status: number, code: string, message: string): { status: number; body: unknown } {
  return { status, body: { error: { code, message, innerError: { 'request-id': 'q1' } } } }
}
