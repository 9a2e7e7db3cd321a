import type { Caller } from '../caller.ts'
import type { Profile } from '../ports.ts'
import { upstreamProblem } from '../upstream-problem.ts'
import { askProfile } from './ask-profile.ts'
import { findOwnGrant } from './find-grant.ts'
import type { RefreshPorts } from './refresh.ts'
import { serveToken } from './serve-token.ts'

/**
 * The profile of the account behind the caller's own grant, asked of the provider with a fresh token, and put on record
 * before it is handed out. Throws `grantNotFound`, `ownerOnly`, `upstreamUnavailable`, `upstreamAnswer`, `notRecorded`,
 * and what `serveToken` throws.
 */
export const discloseProfile = async (ports: RefreshPorts, caller: Caller, id: string): Promise<Profile> => {
  const served = await serveToken(ports, await findOwnGrant(ports.grants, caller, id))
  const profile = await askProfile(ports, served).catch((error: unknown) => {
    throw upstreamProblem(error)
  })
  const { id: providerId, type: providerType } = served.provider
  ports.audit.record({ action: 'profile.disclosed', ...caller, providerId, providerType, grantId: id })
  return profile
}
