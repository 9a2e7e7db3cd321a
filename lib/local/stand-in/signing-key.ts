import { createPrivateKey, createPublicKey, type JsonWebKey, sign } from 'node:crypto'
import { loadServerSecrets } from '../oauth/server-secrets.ts'
import type { Members } from './facts.ts'

/** The key with which every played issuer signs. */
export interface SigningKey {
  /** An RS256 JWT. */
  readonly sign: (claims: Members) => string
  /** What its JWKS has (RFC 7517). */
  readonly publicKey: Members
}

/** The key kept in the folder, made when there is none. */
export async function loadSigningKey(folder: string): Promise<SigningKey> {
  const { signingKey } = await loadServerSecrets(folder)
  const { kid } = signingKey
  const key = createPrivateKey({ key: signingKey as JsonWebKey, format: 'jwk' })
  return {
    sign: (claims) => {
      const input = `${part({ alg: 'RS256', kid, typ: 'JWT' })}.${part(claims)}`
      return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`
    },
    publicKey: { ...createPublicKey(key).export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
  }
}

function part(content: Members): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}
