import { setTimeout as delay } from 'node:timers/promises'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { type Behaviour, type EndpointName, endpointName, type Failure, takeDrop, takeFailure } from './behaviour.ts'
import { readBody } from './read-body.ts'

/** One request that the upstream got; it never has a token or a secret. */
export interface UpstreamRequest {
  /** When it arrived, ISO. */
  at: string
  endpoint: EndpointName
  /** Of token requests, e.g. `refresh_token`. */
  grantType?: string
  clientId?: string
  /** The HTTP status of the answer, also of one that was dropped. */
  status: number
  /** The OAuth error code of the answer. */
  error?: string
  account?: string
  /** The work was done and the connection then cut. */
  dropped?: true
}

type OidcContext = KoaContextWithOIDC['oidc']

/** The paths of the endpoints, in oidc-provider's terms. */
export const ENDPOINT_ROUTES = {
  authorization: '/authorize',
  device_authorization: '/device/auth',
  token: '/token',
  revocation: '/revoke',
  userinfo: '/userinfo',
} as const satisfies Record<EndpointName, string>

/** Old requests are dropped from a log longer than this. */
const LOG_LIMIT = 50_000

/** Logs each request to an endpoint as soon as its work is done, and plays the faults of `behaviour` on it. */
export function addRequestLog(provider: Provider, log: UpstreamRequest[], behaviour: Behaviour): void {
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    const endpoint = endpointName.options.find((name) => ENDPOINT_ROUTES[name] === ctx.path)
    if (!endpoint || ctx.method === 'OPTIONS') return next()
    const at = new Date().toISOString()
    const failure = takeFailure(behaviour, endpoint)
    const facts = failure?.beforeWork ? await unreadFacts(ctx) : await next().then(() => workedFacts(ctx))
    if (failure) fail(ctx, failure)

    const dropped = endpoint === 'token' && !failure && takeDrop(behaviour)
    if (log.length >= LOG_LIMIT) log.shift()
    log.push({ at, endpoint, ...facts, status: ctx.status, ...errorOf(ctx), ...(dropped ? { dropped } : {}) })

    if (endpoint === 'token' && behaviour.tokenDelayMs > 0) {
      // Not referenced: a server that is closed meanwhile must not keep its process.
      await delay(behaviour.tokenDelayMs, undefined, { ref: false })
    }
    if (dropped) {
      ctx.respond = false
      ctx.req.socket.destroy()
    }
  })
}

function workedFacts(ctx: KoaContextWithOIDC): Partial<UpstreamRequest> {
  const oidc: OidcContext | undefined = ctx.oidc
  const { Client, Account, RefreshToken, AccessToken } = oidc?.entities ?? {}
  const account = Account?.accountId ?? RefreshToken?.accountId ?? AccessToken?.accountId
  return {
    ...grantType(ctx.path === ENDPOINT_ROUTES.token ? oidc?.params?.grant_type : undefined),
    ...(Client ? { clientId: Client.clientId } : {}),
    ...(account === undefined ? {} : { account }),
  }
}

/** The same from a request that the provider does not get to see. */
async function unreadFacts(ctx: KoaContextWithOIDC): Promise<Partial<UpstreamRequest>> {
  const form = new URLSearchParams(await readBody(ctx.req))
  const [, basic] = /^Basic (.+)$/i.exec(ctx.get('authorization')) ?? []
  const [basicId] = Buffer.from(basic ?? '', 'base64')
    .toString('utf8')
    .split(':')
  const clientId = form.get('client_id') ?? decodeURIComponent(basicId ?? '')
  return { ...grantType(form.get('grant_type')), ...(clientId === '' ? {} : { clientId }) }
}

function grantType(value: unknown): Partial<UpstreamRequest> {
  return typeof value === 'string' ? { grantType: value } : {}
}

function errorOf(ctx: KoaContextWithOIDC): Partial<UpstreamRequest> {
  const location = ctx.response.get('location')
  const sentBack = URL.parse(location)?.searchParams.get('error')
  if (sentBack) return { error: sentBack }
  const body: unknown = ctx.body
  const named = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  return typeof named === 'string' ? { error: named } : {}
}

function fail(ctx: KoaContextWithOIDC, failure: Failure): void {
  ctx.status = failure.status
  ctx.body = failure.body ?? ''
  ctx.set({ 'content-type': 'application/json', ...failure.headers })
}
