import type * as z from 'zod'
import type { namedTypes, provider as providerSchema, providerType } from '../../contract/schemas/provider.ts'
import type { FailureCodes } from '../upstream-failure.ts'
import type { ProviderSettings } from './settings.ts'

export type { ProviderSettings } from './settings.ts'

export type ProviderType = z.output<typeof providerType>
/** A type that the catalogue describes. */
export type NamedType = (typeof namedTypes)[number]

/** Which server of a named provider is meant. */
export interface ProviderMetadata {
  /** A self-hosted server, or another cloud: a host, or a URL with the path that the server stands under. */
  readonly host?: string | undefined
  readonly tenant?: string | undefined
  /** On the local stack: which provider the stand-in plays. */
  readonly plays?: NamedType | undefined
}

/** A registered OAuth provider, as stored. Times are milliseconds since the epoch. */
export interface Provider {
  readonly orgId: string
  readonly id: string
  readonly type: ProviderType
  readonly name: string
  readonly slug: string
  readonly clientId: string
  /** The id of the sealed client secret (`secureConfigId`), stable when the secret changes. */
  readonly secretId: string
  readonly secretVersion: number
  readonly scopes: readonly string[]
  readonly redirectUris: readonly string[]
  readonly skipConsent: boolean
  readonly shared: boolean
  readonly programmaticConnect: boolean
  readonly apiBaseUri?: string
  readonly appInstallUrl?: string
  readonly metadata?: ProviderMetadata
  /**
   * Of a named type: what the admin has set otherwise than the catalogue. The rest is read from the catalogue each time,
   * so that an upgrade that follows a change of the provider mends those that are registered.
   */
  readonly overrides?: Partial<ProviderSettings>
  readonly settings: ProviderSettings
  /** What an admin has decided, or how far deletion is. */
  readonly state: 'active' | 'adminInactive' | 'adminDisabled' | 'deleting' | 'deletionFailed'
  /** When the token endpoint last answered `invalid_client` to the current secret; absent while it is accepted. */
  readonly clientRejectedAt?: number
  /** What it said then. */
  readonly clientFailure?: FailureCodes
  /** While the client is rejected: when one caller may try again. */
  readonly clientRetryAt?: number
  /** Timeouts of the token endpoint in a row, and until when nobody asks it. */
  readonly timeouts?: number
  readonly retryAt?: number
  /** The job that deletes it. */
  readonly jobId?: string
  readonly createdAt: number
  readonly updatedAt: number
}

export type StatusReason = z.output<typeof providerSchema>['statusReason']

/** Why the provider is as it is; `ok` only when everything may be used. */
export const statusReason = ({ state, clientRejectedAt }: Provider): StatusReason => {
  if (state !== 'active') return state
  return clientRejectedAt === undefined ? 'ok' : 'invalidClient'
}

const statusByReason = {
  ok: 'active',
  invalidClient: 'inactive',
  adminInactive: 'inactive',
  adminDisabled: 'disabled',
  deleting: 'deleted',
  deletionFailed: 'deleted',
} as const satisfies Record<StatusReason, string>

/** The redirect URI that is a provider's own, so that two providers can never be mistaken for each other. */
export const callbackUrl = (publicBaseUrl: string, providerId: string): string =>
  `${publicBaseUrl}/oauth2/callback/${providerId}`

/** Where flows end that name no redirect URI: the only one that an admin has named, else the provider's own. */
export const usualRedirectUri = ({ id, redirectUris }: Provider, publicBaseUrl: string): string => {
  const [single, ...others] = redirectUris
  return single !== undefined && others.length === 0 ? single : callbackUrl(publicBaseUrl, id)
}

/** The redirect URI of providers that were registered with one for all. */
export const sharedCallbackUrl = (publicBaseUrl: string): string => `${publicBaseUrl}/oauth2/callback`

const iso = (at: number): string => new Date(at).toISOString()

/** The provider as the API shows it. */
export const providerView = (provider: Provider, publicBaseUrl: string): z.input<typeof providerSchema> => {
  const { settings } = provider
  const reason = statusReason(provider)
  return {
    id: provider.id,
    orgId: provider.orgId,
    type: provider.type,
    name: provider.name,
    slug: provider.slug,
    clientId: provider.clientId,
    secureConfigId: provider.secretId,
    status: statusByReason[reason],
    statusReason: reason,
    skipConsent: provider.skipConsent,
    scopes: [...provider.scopes],
    redirectUris: [...provider.redirectUris],
    callbackUrl: callbackUrl(publicBaseUrl, provider.id),
    shared: provider.shared,
    programmaticConnect: provider.programmaticConnect,
    metadata: {
      host: hostOf(provider),
      ...(provider.metadata?.tenant && { tenant: provider.metadata.tenant }),
      ...(provider.metadata?.plays && { plays: provider.metadata.plays }),
      ...(settings.settingsUrl && { settingsUrl: settings.settingsUrl }),
    },
    ...(settings.issuer && { issuer: settings.issuer }),
    ...(apiBaseUriOf(provider) && { apiBaseUri: apiBaseUriOf(provider) }),
    ...(settings.revocationUri && { revocationUri: settings.revocationUri }),
    ...(provider.appInstallUrl && { appInstallUrl: provider.appInstallUrl }),
    createdAt: iso(provider.createdAt),
    updatedAt: iso(provider.updatedAt),
  }
}

/** `host[:port]` of the provider, in lower case. */
export const hostOf = ({ settings }: Provider): string => new URL(settings.issuer ?? settings.authorizationUrl).host

/** Where the provider's API begins, if that is known. */
export const apiBaseUriOf = ({ apiBaseUri, settings }: Provider): string | undefined =>
  apiBaseUri ?? settings.apiBaseUri
