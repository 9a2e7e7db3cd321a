import type { Caller } from '../caller.ts'
import type { Profile } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { findOwnGrant } from './find-grant.ts'
import type { RefreshPorts } from './refresh.ts'
import { openAccessToken } from './seal-tokens.ts'
import { serveToken } from './serve-token.ts'

/**
 * The profile of the account behind the caller's own grant, asked of the provider with a fresh token, and put on record
 * before it is handed out. Throws `grantNotFound`, `ownerOnly`, `upstreamUnavailable`, `upstreamAnswer`, `notRecorded`,
 * and what `serveToken` throws.
 */
export const discloseProfile = async (ports: RefreshPorts, caller: Caller, id: string): Promise<Profile> => {
  const found = await findOwnGrant(ports.grants, caller, id)
  const { grant, provider } = await serveToken(ports, found)
  const accessToken = await openAccessToken(ports.vault, grant)
  const client = provider.settings.userInfoAuth === 'client' ? await openClient(ports, provider) : { provider }
  const profile = await ports.oauth.profile(client, { accessToken, extra: {} }).catch((error: unknown) => {
    if (!(error instanceof UpstreamFailure)) throw error
    throw new Problem(error.failure === 'transient' ? 'upstreamUnavailable' : 'upstreamAnswer', { cause: error })
  })
  ports.audit.record({ action: 'profile.disclosed', ...caller, providerId: provider.id, grantId: id })
  // A provider without a userinfo endpoint has told at consent who the account is, if at all.
  return { ...profile, sub: profile.sub || grant.sub }
}
