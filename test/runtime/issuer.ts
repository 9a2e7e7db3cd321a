import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import { listenOnLoopback } from '../../lib/local/oauth/loopback-server.ts'

/** An identity issuer that a test turns on and off, and whose keys it rotates. */
export interface Issuer {
  readonly url: string
  /** How often each path was asked for. */
  readonly fetched: Readonly<Record<string, number>>
  /** Signs with the newest key; `undefined` removes a claim. */
  token(claims?: Record<string, unknown>, header?: Partial<JWTHeaderParameters>): Promise<string>
  /** Makes a new key, published beside the others unless those are withdrawn. */
  rotate(options?: { withdraw: boolean }): Promise<void>
  /** Answers so, until called without: a status, or no answer. */
  fail(how?: number | 'cut'): void
  publicJwk(): JWK
  close(): Promise<void>
}

export const startIssuer = async (): Promise<Issuer> => {
  const http = await listenOnLoopback(0)
  const fetched: Record<string, number> = {}
  let keys: { kid: string; privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']; jwk: JWK }[] = []
  let failure: number | 'cut' | undefined
  let made = 0

  const rotate: Issuer['rotate'] = async ({ withdraw } = { withdraw: false }) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256')
    const kid = `key-${++made}`
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }
    keys = [{ kid, privateKey, jwk }, ...(withdraw ? [] : keys)]
  }
  await rotate()

  http.server.on('request', (request, response) => {
    const path = request.url ?? ''
    fetched[path] = (fetched[path] ?? 0) + 1
    if (failure === 'cut') {
      request.socket.destroy()
      return
    }
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: http.url, jwks_uri: `${http.url}/jwks` },
      '/jwks': { keys: keys.map(({ jwk }) => jwk) },
    }
    response.writeHead(failure ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(documents[path]))
  })

  const newest = () => {
    const [key] = keys
    if (!key) throw new Error('The issuer has no key')
    return key
  }
  return {
    url: http.url,
    fetched,
    rotate,
    fail: (how) => {
      failure = how
    },
    publicJwk: () => newest().jwk,
    token: (claims = {}, header = {}) => {
      const now = Math.floor(Date.now() / 1000)
      const all = { iss: http.url, aud: 'grantkeeper', sub: 'grace', org_id: 'acme', exp: now + 600, ...claims }
      return new SignJWT(all)
        .setProtectedHeader({ alg: 'RS256', kid: newest().kid, ...header })
        .sign(newest().privateKey)
    },
    close: http.close,
  }
}
