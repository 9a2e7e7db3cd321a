import type { Caller } from '../caller.ts'
import type { Profile } from '../ports.ts'
import { upstreamProblem } from '../upstream-problem.ts'
import { askAccount } from './ask-account.ts'
import { findOwnGrant } from './find-grant.ts'
import type { RefreshPorts } from './refresh.ts'

/**
 * The profile of the account behind the caller's own grant, asked of the provider with a fresh token, and put on record
 * before it is handed out. Throws `grantNotFound`, `ownerOnly`, `tokenRefused`, `upstreamUnavailable`,
 * `upstreamAnswer`, `notRecorded`, and what `serveToken` throws.
 */
export const discloseProfile = async (ports: RefreshPorts, caller: Caller, id: string): Promise<Profile> => {
  const found = await findOwnGrant(ports.grants, caller, id)
  const { profile, provider } = await askAccount(ports, found).catch((error: unknown) => {
    throw upstreamProblem(error)
  })
  const { id: providerId, type: providerType } = provider
  ports.audit.record({ action: 'profile.disclosed', ...caller, providerId, providerType, grantId: id })
  return profile
}
