import type { GrantAndProvider, Profile } from '../ports.ts'
import { Problem } from '../problem.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import type { RefreshPorts } from './refresh.ts'
import { openAccessToken } from './seal-tokens.ts'
import { serveToken } from './serve-token.ts'

/**
 * The profile of a connected account, asked of the provider with a fresh token.
 * Throws what `serveToken` throws, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const readProfile = async (ports: RefreshPorts, found: GrantAndProvider): Promise<Profile> => {
  const { grant, provider } = await serveToken(ports, found)
  const accessToken = await openAccessToken(ports.vault, grant)
  const profile = await ports.oauth.profile(provider, { accessToken, extra: {} }).catch((error: unknown) => {
    if (!(error instanceof UpstreamFailure)) throw error
    if (error.failure === 'transient') throw new Problem('upstreamUnavailable', { cause: error })
    throw new Problem('upstreamAnswer', { cause: error })
  })
  ports.audit.record({
    action: 'profile.disclosed',
    orgId: grant.orgId,
    userId: grant.userId,
    providerId: provider.id,
    grantId: grant.id,
  })
  return profile
}
