import type * as z from 'zod'
import {
  type device,
  type externalAuth,
  type externalAuths,
  type installation,
  ZERO_TIME,
} from '../../contract/schemas/external-auth.ts'
import type { StartedDevice } from '../device/start.ts'
import type { Grant } from '../grants/grant.ts'
import { isRevocable } from '../grants/revoke.ts'
import type { Installation, Profile } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'

type ExternalAuths = z.input<typeof externalAuths>
type Account = NonNullable<z.input<typeof externalAuth>['user']>

const iso = (at: number | undefined): string => (at === undefined ? ZERO_TIME : new Date(at).toISOString())

/** A link as surface 2 shows it; `refusal` says why it is not good. */
export const linkView = (grant: Grant, refusal: string | undefined): ExternalAuths['links'][number] => ({
  provider_id: grant.providerId,
  created_at: iso(grant.createdAt),
  updated_at: iso(grant.updatedAt),
  has_refresh_token: grant.refreshToken !== undefined,
  expires: iso(grant.accessTokenExpiresAt),
  authenticated: refusal === undefined,
  validate_error: refusal ?? '',
})

/** What stands in the place of a link where there is none. */
export const noLink: ExternalAuths['links'][number] = {
  provider_id: '',
  created_at: ZERO_TIME,
  updated_at: ZERO_TIME,
  has_refresh_token: false,
  expires: ZERO_TIME,
  authenticated: false,
  validate_error: '',
}

/** What a provider can do, as both answers about it say. */
export const abilities = (provider: Provider) => ({
  device: provider.settings.deviceUrl !== undefined,
  display_name: provider.name,
  supports_revocation: isRevocable(provider),
})

/** A provider in the list. */
export const linkProviderView = (provider: Provider): ExternalAuths['providers'][number] => ({
  id: provider.id,
  type: provider.type,
  ...abilities(provider),
  display_icon: '',
  allow_refresh: true,
  allow_validate: provider.settings.userInfoUrl !== undefined,
})

/** Clients read the id as an integer: 0 for what is none, or none that JavaScript can tell apart from its neighbours. */
export const accountNumber = (id: unknown): number => {
  const number = typeof id === 'string' && /^\d+$/.test(id) ? Number(id) : id
  return Number.isSafeInteger(number) ? Number(number) : 0
}

/** Who an account is, as surface 2 says it. */
export const accountView = (profile: Profile): Account => ({
  id: accountNumber(profile.sub),
  login: profile.nickName ?? profile.email,
  name: profile.name ?? '',
  avatar_url: profile.picture ?? '',
  profile_url: profile.profileUrl ?? '',
})

/** Where the app is installed, as surface 2 says it. */
export const installationView = ({ id, account, settingsUrl }: Installation): z.input<typeof installation> => ({
  id: accountNumber(id),
  account: {
    id: accountNumber(account.id),
    login: account.login,
    name: account.name,
    avatar_url: account.picture,
    profile_url: account.profileUrl,
  },
  configure_url: settingsUrl,
})

/** What a device is told, in the names of RFC 8628 section 3.2. */
export const deviceView = (started: StartedDevice): z.input<typeof device> => ({
  device_code: started.handle,
  user_code: started.userCode,
  verification_uri: started.verificationUri,
  ...(started.verificationUriComplete !== undefined && { verification_uri_complete: started.verificationUriComplete }),
  expires_in: started.expiresInSeconds,
  interval: started.intervalSeconds,
})
