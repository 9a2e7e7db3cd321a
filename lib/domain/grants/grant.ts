import type * as z from 'zod'
import type { authorizedProvider } from '../../contract/schemas/authorized-provider.ts'
import type { Sealed } from '../ports.ts'
import { type Provider, providerView, type StatusReason, statusReason } from '../providers/provider.ts'
import type { NotedFailure } from '../upstream-failure.ts'
import { missingScopes } from './missing-scopes.ts'

/**
 * Why a grant is dead. `refreshOutcomeUnknown`: an earlier answer was lost, and then the token was refused;
 * `userActionRequired`: the token is not said to be bad, but gives nothing until the user has acted at the provider.
 */
export type DeathReason = 'invalidGrant' | 'refreshOutcomeUnknown' | 'userActionRequired'

/** One upstream account of one user, with its tokens. Times are milliseconds since the epoch. */
export interface Grant {
  readonly orgId: string
  readonly id: string
  readonly userId: string
  readonly providerId: string
  /** The provider's client id at consent (`oauthClientId`). */
  readonly clientId: string
  /** The id under which the tokens are sealed; that of the grant, so that either finds both. */
  readonly credentialId: string
  /** The upstream account; empty where the provider does not tell. */
  readonly sub: string
  /** What the user calls it, and when it is to be deleted and revoked, where that was said at consent. */
  readonly name?: string
  readonly expiresAt?: number
  /** Its number for clients that know grants by numbers only; given at first sight, and never to another. */
  readonly number?: number
  readonly requestedScopes: readonly string[]
  readonly grantedScopes: readonly string[]
  /** Counts consents. */
  readonly generation: number
  /** Counts saved token sets; a token is sealed with the version it was saved as. */
  readonly tokenVersion: number
  readonly accessToken: Sealed
  readonly obtainedAt: number
  readonly accessTokenExpiresAt?: number
  readonly refreshToken?: Sealed
  readonly refreshTokenExpiresAt?: number
  /** Who refreshes at the moment, and until when that is believed. */
  readonly leaseId?: string
  readonly leaseUntil?: number
  /** The token version last sent to the provider whose answer never came. */
  readonly attemptVersion?: number
  /** Failures in a row, and until when nobody asks the provider. */
  readonly failures: number
  readonly retryAt?: number
  readonly deadReason?: DeathReason
  /** What the token endpoint said when it was last asked in vain; gone once it gives tokens again. */
  readonly lastFailure?: NotedFailure
  /** When the token was last refreshed because its API had refused it before its time. */
  readonly refusedAt?: number
  /** Counted for the statistics job by the very write that saves a refresh or a failure. */
  readonly refreshCount: number
  readonly refreshFailureCount: number
  /** When the owner last consented anew; absent while the first consent stands. */
  readonly renewedAt?: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** Why the status of a grant is what it is. */
export type GrantReason = StatusReason | DeathReason | 'tokenExpired' | 'clientChanged'

export type GrantStatus = z.output<typeof authorizedProvider>['status']

/** The status of a grant, computed at read: the first that applies. */
export const grantStatus = (grant: Grant, provider: Provider, now = Date.now()): GrantStatus => {
  const reason = statusReason(provider)
  if (reason !== 'ok' && reason !== 'invalidClient') return 'invalidProviderState'
  if (reason === 'invalidClient' || provider.clientId !== grant.clientId) return 'invalidOAuthClient'
  return isDead(grant, now) ? 'expired' : 'active'
}

/** Whether no token can come of this grant any more. */
export const isDead = (grant: Grant, now = Date.now()): boolean =>
  grant.deadReason !== undefined || (!canRefresh(grant, now) && !isUnexpired(grant, now))

/** Whether there is a refresh token that its provider has not said to be past. */
export const canRefresh = (grant: Grant, now = Date.now()): boolean =>
  grant.refreshToken !== undefined && (grant.refreshTokenExpiresAt ?? Number.POSITIVE_INFINITY) > now

/** Whether the access token's own time is not over. */
export const isUnexpired = ({ accessTokenExpiresAt = Number.POSITIVE_INFINITY }: Grant, now = Date.now()): boolean =>
  accessTokenExpiresAt > now

/** Whether the stored access token may be handed out: good for min(60 s, a quarter of its life), or as asked. */
export const isGoodEnough = (grant: Grant, minimumSeconds: number, now = Date.now()): boolean => {
  if (grant.accessTokenExpiresAt === undefined) return true
  const life = grant.accessTokenExpiresAt - grant.obtainedAt
  // More than half of a lifetime cannot be asked for, or a short-lived token would be refreshed on every call.
  const wanted = Math.max(Math.min(60_000, life / 4), Math.min(minimumSeconds * 1000, life / 2))
  return grant.accessTokenExpiresAt - now > wanted
}

/**
 * Who shares an upstream grant: the same account at the same client of the same authorization server. The server is told
 * by the origin of its token endpoint, whose path may change with its version.
 */
export const sharesUpstream = (
  provider: Provider,
  sub: string,
): readonly [server: string, clientId: string, sub: string] => [
  new URL(provider.settings.tokenUrl).origin,
  provider.clientId,
  sub,
]

/** Why the status of a grant is not `active`; undefined when it is. */
export const statusReasonOf = (grant: Grant, provider: Provider): Exclude<GrantReason, 'ok'> | undefined => {
  const status = grantStatus(grant, provider)
  if (status === 'active') return undefined
  if (status === 'expired') return grant.deadReason ?? 'tokenExpired'
  const reason = statusReason(provider)
  return reason === 'ok' ? 'clientChanged' : reason
}

const iso = (at: number): string => new Date(at).toISOString()

/** The grant as the API shows it. */
export const grantView = (
  grant: Grant,
  provider: Provider,
  publicBaseUrl: string,
): z.input<typeof authorizedProvider> => {
  const reason = statusReasonOf(grant, provider)
  return {
    id: grant.id,
    orgId: grant.orgId,
    userId: grant.userId,
    status: grantStatus(grant, provider),
    ...(reason !== undefined && { statusReason: reason }),
    oauthClientId: grant.clientId,
    credentialId: grant.credentialId,
    accountId: grant.sub,
    scopes: [...grant.grantedScopes],
    requestedScopes: [...grant.requestedScopes],
    grantedScopes: [...grant.grantedScopes],
    missingScopes: missingScopes(grant, provider.settings),
    ...(grant.refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt: iso(grant.refreshTokenExpiresAt) }),
    provider: providerView(provider, publicBaseUrl),
    createdAt: iso(grant.createdAt),
    updatedAt: iso(grant.updatedAt),
  }
}
