import type { ExportedJWKSCache } from 'openid-client'
import { UpstreamFailure } from '../domain/upstream-failure.ts'
import { call, limits } from './call.ts'
import { failureOf } from './failure.ts'
import type { Outbound } from './outbound/outbound.ts'

/** The keys with which an issuer signs its ID tokens, as openid-client keeps them. Throws `UpstreamFailure`. */
export const signingKeys = async (outbound: Outbound, url: string): Promise<ExportedJWKSCache> => {
  const request = { method: 'GET', headers: { accept: 'application/json' } }
  const response = await call(outbound, url, request, limits.ordinary)
  if (response.status !== 200) throw failureOf(response)
  const jwks = (await response.json().catch(() => undefined)) as ExportedJWKSCache['jwks'] | undefined
  if (!Array.isArray(jwks?.keys)) {
    throw new UpstreamFailure('badAnswer', { message: 'The signing keys of the issuer cannot be read' })
  }
  return { jwks, uat: Math.floor(Date.now() / 1000) }
}
