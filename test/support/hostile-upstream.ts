import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { listenOnLoopback } from '../../lib/local/oauth/loopback-server.ts'
import { readBody } from '../../lib/local/oauth/read-body.ts'
import { type HonestAnswer, type HostileBehaviour, honest } from './hostile-answers.ts'

export type HostileEndpoint = 'discovery' | 'jwks' | 'device' | 'token' | 'userinfo' | 'revocation'

/** What the client sent, tokens included: nothing here is real. */
export interface HostileRequest {
  endpoint: HostileEndpoint | 'authorization'
  method: string
  /** The query and the form, or the JSON in its place, together. */
  params: Record<string, string>
  authorization?: string
  contentType?: string
}

export interface HostileUpstream {
  /** The issuer, `http://127.0.0.1:<port>`. */
  url: string
  endpoints: Record<HostileEndpoint | 'authorization', string>
  /** Answers every request to the endpoint so, or one behaviour per request, then honestly again. */
  script(endpoint: HostileEndpoint, behaviour: HostileBehaviour | readonly HostileBehaviour[]): void
  requests(): HostileRequest[]
  /** An ID token of these claims alone, signed with the server's own key. */
  signIdToken(claims: JWTPayload): Promise<string>
  /** The refresh token that the server takes for this account now; undefined when it has none. */
  currentRefreshToken(account: string): string | undefined
  /** What arrived at the other listener that `redirectElsewhere` leads to. */
  elsewhere(): { path: string; carriedCredentials: boolean }[]
  close(): Promise<void>
}

const PATHS: Record<HostileEndpoint | 'authorization', string> = {
  discovery: '/.well-known/openid-configuration',
  authorization: '/authorize',
  jwks: '/jwks',
  device: '/device',
  token: '/token',
  userinfo: '/userinfo',
  revocation: '/revoke',
}

interface Account {
  name: string
  refreshToken?: string
  accessToken?: string
}

/**
 * Starts an authorization server that answers at each endpoint as scripted. Unscripted it is a minimal honest one for
 * any client: authorize redirects at once with a code (the account is `login_hint`, or mallory), refresh tokens rotate,
 * an id_token comes with the scope `openid`. Devices are allowed at once, for mallory.
 */
export async function startHostileUpstream(): Promise<HostileUpstream> {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const publicJwk = { ...(await exportJWK(publicKey)), kid: 'hostile', alg: 'RS256', use: 'sig' }
  const main = await listenOnLoopback(0)
  const other = await listenOnLoopback(0)
  const endpoints = Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, main.url + path])) as Record<
    keyof typeof PATHS,
    string
  >
  const scripts = new Map<HostileEndpoint, HostileBehaviour | HostileBehaviour[]>()
  const seen: HostileRequest[] = []
  const seenElsewhere: { path: string; carriedCredentials: boolean }[] = []
  const accounts = new Map<string, Account>()
  const codes = new Map<string, { account: Account; params: Record<string, string> }>()

  function nextBehaviour(endpoint: HostileEndpoint): HostileBehaviour {
    const script = scripts.get(endpoint)
    return (Array.isArray(script) ? script.shift() : script) ?? honest()
  }

  const signIdToken = (claims: JWTPayload): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'hostile' }).sign(privateKey)

  async function tokens(account: Account, request: Record<string, string>): Promise<HonestAnswer> {
    account.refreshToken = randomBytes(24).toString('base64url')
    account.accessToken = randomBytes(24).toString('base64url')
    const { scope = 'openid', nonce, client_id } = request
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: main.url, sub: account.name, aud: client_id ?? '', iat: now, exp: now + 3600 }
    return json(200, {
      access_token: account.accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: account.refreshToken,
      scope,
      ...(scope.split(' ').includes('openid')
        ? { id_token: await signIdToken({ ...claims, ...(nonce !== undefined && { nonce }) }) }
        : {}),
    })
  }

  const work: Record<HostileEndpoint, (request: HostileRequest) => Promise<HonestAnswer>> = {
    discovery: async () =>
      json(200, {
        issuer: main.url,
        authorization_endpoint: endpoints.authorization,
        token_endpoint: endpoints.token,
        userinfo_endpoint: endpoints.userinfo,
        revocation_endpoint: endpoints.revocation,
        jwks_uri: endpoints.jwks,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      }),
    jwks: async () => json(200, { keys: [publicJwk] }),
    device: async () =>
      json(200, {
        device_code: randomBytes(16).toString('base64url'),
        user_code: 'HOST-ILE1',
        verification_uri: `${main.url}/device`,
        expires_in: 600,
      }),
    token: async ({ params }) => {
      const issued = codes.get(params.code ?? '')
      if (params.grant_type === 'authorization_code' && issued) {
        codes.delete(params.code ?? '')
        return tokens(issued.account, issued.params)
      }
      if (params.grant_type?.endsWith(':device_code')) {
        const account = accounts.get('mallory') ?? { name: 'mallory' }
        accounts.set('mallory', account)
        return tokens(account, { scope: 'profile' })
      }
      const holder = [...accounts.values()].find(({ refreshToken }) => refreshToken === params.refresh_token)
      const refreshed = params.grant_type === 'refresh_token' && params.refresh_token !== undefined && holder
      return refreshed ? tokens(holder, { scope: 'profile' }) : json(400, { error: 'invalid_grant' })
    },
    userinfo: async ({ authorization = '' }) => {
      const holder = [...accounts.values()].find(({ accessToken }) => authorization === `Bearer ${accessToken}`)
      return holder ? json(200, { sub: holder.name, name: holder.name }) : json(401, { error: 'invalid_token' })
    },
    revocation: async ({ params }) => {
      for (const account of accounts.values()) {
        if (params.token !== account.refreshToken && params.token !== account.accessToken) continue
        delete account.refreshToken
        delete account.accessToken
      }
      return { status: 200, headers: {}, body: undefined }
    },
  }

  function authorize(params: Record<string, string>, response: ServerResponse): void {
    const { redirect_uri: redirectUri = '', state, login_hint: name = 'mallory' } = params
    if (!URL.canParse(redirectUri)) {
      response.writeHead(400).end('redirect_uri is missing')
      return
    }
    const account = accounts.get(name) ?? { name }
    accounts.set(name, account)
    const code = randomBytes(16).toString('base64url')
    codes.set(code, { account, params })
    const location = new URL(redirectUri)
    location.searchParams.set('code', code)
    if (state !== undefined) location.searchParams.set('state', state)
    response.writeHead(303, { location: location.href }).end()
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', main.url)
    const endpoint = (Object.keys(PATHS) as (keyof typeof PATHS)[]).find((name) => PATHS[name] === url.pathname)
    const params = { ...Object.fromEntries(url.searchParams), ...readParams(request, await readBody(request)) }
    if (!endpoint) {
      response.writeHead(404).end()
      return
    }
    const { authorization, 'content-type': contentType } = request.headers
    const received = {
      endpoint,
      method: request.method ?? '',
      params,
      ...(authorization ? { authorization } : {}),
      ...(contentType ? { contentType } : {}),
    }
    seen.push(received)
    if (endpoint === 'authorization') {
      authorize(params, response)
      return
    }
    const exchange = { request, response, work: () => work[endpoint](received), elsewhere: `${other.url}/elsewhere` }
    await nextBehaviour(endpoint)(exchange)
  }

  main.server.on('request', (request, response) => {
    // A fault of this server must fail the test that meets it and not hang it.
    serve(request, response).catch(() => request.socket.destroy())
  })
  other.server.on('request', async (request, response) => {
    const carried = `${request.headers.authorization ?? ''}${request.url}${await readBody(request)}`
    seenElsewhere.push({
      path: request.url ?? '',
      carriedCredentials: /Basic|Bearer|secret|token|code=/i.test(carried),
    })
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })

  return {
    url: main.url,
    endpoints,
    script: (endpoint, behaviour) =>
      void scripts.set(endpoint, typeof behaviour === 'function' ? behaviour : [...behaviour]),
    requests: () => [...seen],
    signIdToken,
    currentRefreshToken: (account) => accounts.get(account)?.refreshToken,
    elsewhere: () => [...seenElsewhere],
    close: async () => {
      await main.close()
      await other.close()
    },
  }
}

function readParams({ headers }: IncomingMessage, body: string): Record<string, string> {
  const isJson = headers['content-type']?.startsWith('application/json')
  return isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
}

function json(status: number, body: Record<string, unknown>): HonestAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body }
}
