import type { Caller } from '../caller.ts'
import type { GrantAndProvider } from '../ports.ts'
import { findOwnGrant } from './find-grant.ts'
import type { RefreshPorts } from './refresh.ts'
import { openAccessToken } from './seal-tokens.ts'
import { serveToken } from './serve-token.ts'

/**
 * A fresh access token of the caller's own grant, put on record before it is handed out.
 * Throws `grantNotFound`, `ownerOnly`, `notRecorded`, and what `serveToken` throws.
 */
export const discloseToken = async (
  ports: RefreshPorts,
  caller: Caller,
  id: string,
  minimumSeconds?: number,
): Promise<GrantAndProvider & { accessToken: string }> => {
  const found = await findOwnGrant(ports.grants, caller, id)
  const served = await serveToken(ports, found, { minimumSeconds })
  const accessToken = await openAccessToken(ports.vault, served.grant)
  const { id: providerId, type: providerType } = served.provider
  ports.audit.record({ action: 'token.disclosed', ...caller, providerId, providerType, grantId: id })
  return { ...served, accessToken }
}
