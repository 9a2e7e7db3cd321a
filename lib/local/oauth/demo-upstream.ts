import { join } from 'node:path'
import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type Behaviour, defaultBehaviour } from './behaviour.ts'
import { addControlRoutes } from './control-routes.ts'
import { CLAIMS_BY_SCOPE, demoAccount } from './demo-account.ts'
import { deviceFlow } from './device-flow.ts'
import { addDevicePace } from './device-pace.ts'
import { FileStore } from './file-store.ts'
import { addInteractionRoutes, interactionPath } from './interaction-routes.ts'
import { listenOnLoopback } from './loopback-server.ts'
import { errorPage, PAGE_HEADERS } from './pages.ts'
import { addRequestLog, ENDPOINT_ROUTES, type UpstreamRequest } from './request-log.ts'
import { loadServerSecrets, type ServerSecrets } from './server-secrets.ts'
import { createUpstreamControl, GRANT_TYPES, type UpstreamControl } from './upstream-control.ts'

/** An upstream OAuth and OpenID Connect server whose accounts users connect, with anybody as its user. */
export interface DemoUpstream {
  /** `http://127.0.0.1:<port>` */
  issuer: string
  /** A client that may use any redirect URI on this machine. */
  client: { clientId: string; clientSecret: string }
  control: UpstreamControl
  close(): Promise<void>
}

const CLIENT_ID = 'grantkeeper-demo'
const DAY_SECONDS = 24 * 3600

/**
 * Starts the demo upstream; its keys, clients, grants and tokens live in `<dataDir>/upstream`. Port 0 takes a free
 * port. It is strict: PKCE with S256, refresh tokens that rotate and whose reuse ends the grant, as does a code's.
 */
export async function startDemoUpstream(options: {
  dataDir: string
  port: number
  publicBaseUrl?: string | undefined
}): Promise<DemoUpstream> {
  const folder = join(options.dataDir, 'upstream')
  const secrets = await loadServerSecrets(folder)
  const store = new FileStore(join(folder, 'state.jsonl'))
  const behaviour = defaultBehaviour()
  const log: UpstreamRequest[] = []
  const client = { clientId: CLIENT_ID, clientSecret: secrets.clientSecret }

  const http = await listenOnLoopback(options.port, options.publicBaseUrl)
  const provider = new Provider(http.url, configuration({ url: http.url, secrets, store, behaviour }))
  const control = createUpstreamControl({ provider, store, behaviour, log, readyMadeClientId: CLIENT_ID })
  allowLoopbackRedirects(provider)
  addControlRoutes(provider, control, client)
  addRequestLog(provider, log, behaviour)
  addDevicePace(provider, behaviour)
  addInteractionRoutes(provider)
  revokeSiblings(provider, control, behaviour)
  forgetLogin(provider)
  http.server.on('request', provider.callback())

  return {
    issuer: http.url,
    client,
    control,
    close: async () => {
      await http.close()
      store.close()
    },
  }
}

function configuration(parts: {
  url: string
  secrets: ServerSecrets
  store: FileStore
  behaviour: Behaviour
}): Configuration {
  const { url, secrets, store, behaviour } = parts
  const { port } = new URL(url)
  return {
    adapter: (model) => store.model(model),
    jwks: { keys: [secrets.signingKey] },
    cookies: {
      keys: secrets.cookieKeys,
      // Cookies do not know ports, and several upstreams may run on this host.
      names: { session: `session_${port}`, interaction: `interaction_${port}`, resume: `resume_${port}` },
    },
    clients: [
      {
        client_id: CLIENT_ID,
        client_name: 'Grantkeeper',
        client_secret: secrets.clientSecret,
        redirect_uris: ['http://127.0.0.1/oauth2/callback'],
        grant_types: [...GRANT_TYPES],
        response_types: ['code'],
      },
    ],
    allowOmittingSingleRegisteredRedirectUri: false,
    routes: { ...ENDPOINT_ROUTES, jwks: '/jwks' },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'read', 'write'],
    claims: CLAIMS_BY_SCOPE,
    findAccount: (_ctx, name) => ({ accountId: name, claims: () => demoAccount(name) }),
    interactions: { url: (_ctx, interaction) => interactionPath(interaction.uid) },
    // Each consent is a grant of its own, also for an account and client that have one.
    loadExistingGrant: async ({ oidc }) => {
      const grantId = oidc.result?.consent?.grantId
      return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId)
    },
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: (_ctx, _client, source) =>
      behaviour.refreshTokens === 'withOfflineAccess' ? source.scopes.has('offline_access') : behaviour.refreshTokens,
    expiresWithSession: () => false,
    revokeGrantPolicy: () => true,
    clientBasedCORS: () => false,
    renderError: (ctx, { error, error_description }) => {
      ctx.set(PAGE_HEADERS)
      ctx.body = errorPage({ error, description: error_description ?? 'The request cannot be answered.' })
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      // Its authorization requests come to one endpoint and are all in the log.
      pushedAuthorizationRequests: { enabled: false },
      deviceFlow,
      dPoP: { enabled: false },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => client.clientId === token.clientId },
    },
    ttl: {
      AccessToken: () => behaviour.accessTokenSeconds,
      AuthorizationCode: 60,
      DeviceCode: () => behaviour.deviceCodeSeconds,
      // A grant lives as long as its refresh tokens go on rotating.
      Grant: 3650 * DAY_SECONDS,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 30 * DAY_SECONDS,
      Session: 600,
    },
  }
}

/**
 * The ready-made client serves providers whose ids are in their redirect URIs and not known beforehand, so for it
 * alone any http URI on a loopback host is as good as registered. Every other client is matched exactly.
 */
function allowLoopbackRedirects(provider: Provider): void {
  const { prototype } = provider.Client
  const matchExactly = prototype.redirectUriAllowed
  prototype.redirectUriAllowed = function (uri) {
    return this.clientId === CLIENT_ID ? isLoopbackUri(uri) : matchExactly.call(this, uri)
  }
}

function isLoopbackUri(uri: string): boolean {
  const parsed = URL.parse(uri)
  if (parsed?.protocol !== 'http:' || parsed.hash !== '' || parsed.username !== '' || parsed.password !== '')
    return false
  return ['127.0.0.1', '[::1]', 'localhost'].includes(parsed.hostname)
}

/** Plays servers where revoking one token takes the user's whole consent to the client with it. */
function revokeSiblings(provider: Provider, control: UpstreamControl, behaviour: Behaviour): void {
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    await next()
    if (ctx.path !== ENDPOINT_ROUTES.revocation || behaviour.revocation !== 'userAndApp') return
    const token = ctx.oidc?.entities.RefreshToken ?? ctx.oidc?.entities.AccessToken
    if (!token || token.clientId !== ctx.oidc.client?.clientId) return
    for (const grant of await control.liveGrants()) {
      if (grant.account === token.accountId && grant.clientId === token.clientId)
        await control.revokeGrant(grant.grantId)
    }
  })
}

/** Ends the login with each answer to a client, and with each device that is connected, so that one browser can connect several accounts in turn. */
function forgetLogin(provider: Provider): void {
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    await next()
    const { session, route } = ctx.oidc ?? {}
    const location: string | undefined = ctx.response.get('location')
    const isOver = route === 'resume' ? location && !location.startsWith('/') : route === 'device_resume' && !location
    if (isOver) await session?.destroy()
  })
}
