import * as z from 'zod'

/** What a time is that is not known: clients of this surface read Go's zero time, and no null. */
export const ZERO_TIME = '0001-01-01T00:00:00Z'

/** RFC 3339, UTC. */
const time = z.iso.datetime().meta({ format: 'date-time' })

/** A user's connection to a provider. */
const link = z.object({
  provider_id: z.string(),
  created_at: time,
  updated_at: time,
  has_refresh_token: z.boolean(),
  expires: time.describe(`When the access token ends; ${ZERO_TIME} when that is not known.`),
  authenticated: z.boolean().describe('The provider was asked just now, and takes the token.'),
  validate_error: z.string().describe('Why not; empty when authenticated.'),
})

const linkProvider = z
  .object({
    id: z.string(),
    type: z.string(),
    device: z.boolean().describe('Whether an account can be connected by the device flow.'),
    display_name: z.string(),
    display_icon: z.string(),
    allow_refresh: z.boolean(),
    allow_validate: z.boolean(),
    supports_revocation: z.boolean(),
  })
  .meta({ id: 'ExternalAuthLinkProvider' })

/** All providers and links, and beside them the members of the newest link: some clients read the one, some the other. */
export const externalAuths = z
  .object({
    ...link.shape,
    providers: z.array(linkProvider),
    links: z.array(link.meta({ id: 'ExternalAuthLink' })).describe('The newest first, one for each provider.'),
  })
  .meta({ id: 'ListUserExternalAuthResponse' })

const account = z
  .object({
    id: z.int().describe("The account's number; 0 for one that is told by something else."),
    login: z.string(),
    name: z.string(),
    avatar_url: z.string(),
    profile_url: z.string(),
  })
  .meta({ id: 'ExternalAuthUser' })

export const installation = z
  .object({ id: z.int(), account, configure_url: z.string() })
  .meta({ id: 'ExternalAuthAppInstallation' })

/** A provider, and the caller's connection to it. */
export const externalAuth = z
  .object({
    authenticated: z.boolean(),
    device: z.boolean(),
    display_name: z.string(),
    supports_revocation: z.boolean(),
    user: account.nullable(),
    app_installable: z.boolean(),
    installations: z.array(installation),
    app_install_url: z.string(),
  })
  .meta({ id: 'ExternalAuth' })

/** What came of the revocation that precedes the removal of a link. */
export const unlinked = z
  .object({
    token_revoked: z.boolean(),
    token_revocation_error: z.string().describe('Why the tokens may live on; empty when they were revoked.'),
  })
  .meta({ id: 'DeleteExternalAuthByIDResponse' })

/** RFC 8628 section 3.2. */
export const device = z
  .object({
    device_code: z.string().describe('An opaque handle; the code of the provider is kept sealed.'),
    user_code: z.string(),
    verification_uri: z.string(),
    verification_uri_complete: z.string().optional(),
    expires_in: z.int().describe('Seconds.'),
    interval: z.int().describe('Seconds between two polls.'),
  })
  .meta({ id: 'ExternalAuthDevice' })

export const deviceExchange = z
  .object({ device_code: z.string().min(1, 'must not be empty').max(512) })
  .meta({ id: 'ExternalAuthDeviceExchange' })
