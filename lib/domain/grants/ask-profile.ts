import type { GrantAndProvider, Profile } from '../ports.ts'
import { openClient } from '../providers/client-secret.ts'
import type { RefreshPorts } from './refresh.ts'
import { despiteReplicas } from './replicas.ts'
import { openAccessToken } from './seal-tokens.ts'

/** Asks the provider, with the token of a grant that was just served, who the account is. Throws `UpstreamFailure`. */
export const askProfile = async (
  ports: Pick<RefreshPorts, 'providers' | 'vault' | 'oauth'>,
  { grant, provider }: GrantAndProvider,
): Promise<Profile> => {
  const accessToken = await openAccessToken(ports.vault, grant)
  const client = provider.settings.userInfoAuth === 'client' ? await openClient(ports, provider) : { provider }
  const profile = await despiteReplicas(grant.obtainedAt, () => ports.oauth.profile(client, { accessToken, extra: {} }))
  // A provider without a userinfo endpoint has told at consent who the account is, if at all.
  return { ...profile, sub: profile.sub || grant.sub }
}
