import { join } from 'node:path'
import { importJWK, SignJWT } from 'jose'
import { Provider } from 'oidc-provider'
import { FileStore } from './file-store.ts'
import { listenOnLoopback } from './loopback-server.ts'
import { loadServerSecrets } from './server-secrets.ts'

/** Who a token is for. */
export interface TokenClaims {
  /** Becomes `sub`. */
  user: string
  /** Becomes `org_id`. */
  org: string
  roles?: string[]
  /** 3600 unless told; negative makes a token that has expired. */
  expiresInSeconds?: number
  /** Further claims; they win over the others, so that tests can make wrong tokens. */
  extra?: Record<string, unknown>
}

/** The customer's identity issuer of the local stack: it serves discovery and JWKS, and mints callers' JWTs. */
export interface IdentityIssuer {
  /** `http://127.0.0.1:<port>` */
  issuer: string
  audience: string
  /** An RS256 JWT that the API accepts. */
  token(claims: TokenClaims): Promise<string>
  close(): Promise<void>
}

const AUDIENCE = 'grantkeeper'

/** Starts the identity issuer; its key lives in `<dataDir>/identity`. Port 0 takes a free port. */
export async function startIdentityIssuer(options: {
  dataDir: string
  port: number
  publicBaseUrl?: string | undefined
}): Promise<IdentityIssuer> {
  const folder = folderIn(options.dataDir)
  const { signingKey, cookieKeys } = await loadServerSecrets(folder)
  const store = new FileStore(join(folder, 'state.jsonl'))
  const http = await listenOnLoopback(options.port, options.publicBaseUrl)
  const provider = new Provider(http.url, {
    adapter: (model) => store.model(model),
    jwks: { keys: [signingKey] },
    cookies: { keys: cookieKeys },
    features: { devInteractions: { enabled: false } },
    // Nobody looks at its pages.
    renderError: (ctx, { error }) => {
      ctx.body = error
    },
  })
  http.server.on('request', provider.callback())

  return {
    issuer: http.url,
    audience: AUDIENCE,
    token: (claims) => mintToken({ dataDir: options.dataDir, issuer: http.url, audience: AUDIENCE, ...claims }),
    close: async () => {
      await http.close()
      store.close()
    },
  }
}

/** Signs a caller's JWT with the key kept in the data folder; the issuer itself need not be running. */
export async function mintToken(
  options: TokenClaims & { dataDir: string; issuer: string; audience: string },
): Promise<string> {
  const { signingKey } = await loadServerSecrets(folderIn(options.dataDir))
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: options.issuer,
    aud: options.audience,
    sub: options.user,
    org_id: options.org,
    roles: options.roles ?? [],
    iat: now,
    nbf: now,
    exp: now + (options.expiresInSeconds ?? 3600),
    ...options.extra,
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: signingKey.kid, typ: 'JWT' })
    .sign(await importJWK(signingKey, 'RS256'))
}

function folderIn(dataDir: string): string {
  return join(dataDir, 'identity')
}
