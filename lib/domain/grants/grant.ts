import type * as z from 'zod'
import type { authorizedProvider } from '../../contract/schemas/authorized-provider.ts'
import { isPast } from '../expiry.ts'
import type { Sealed } from '../ports.ts'
import { type Provider, providerView, type StatusReason, statusReason } from '../providers/provider.ts'
import type { NotedFailure } from '../upstream-failure.ts'
import { missingScopes } from './missing-scopes.ts'

/**
 * Why a grant is dead. `refreshOutcomeUnknown`: an earlier answer was lost, and then the token was refused;
 * `userActionRequired`: the token is not said to be bad, but gives nothing until the user has acted at the provider;
 * `tokenRefused`: there is nothing to refresh with, and the provider's own profile endpoint has refused the token twice.
 */
export type DeathReason = 'invalidGrant' | 'refreshOutcomeUnknown' | 'userActionRequired' | 'tokenRefused'

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
  /** The upstream account; where the provider says nowhere who that is, the grant's own id: each consent is its own. */
  readonly sub: string
  /** Its rows stand under an empty account, as those of accounts without an id once did. */
  readonly unnamed?: true
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
  /** How long an access token lives, as the provider last said: what a refresh that says nothing gives. */
  readonly lifetimeSeconds?: number
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
  /** It is being revoked and removed; until then nothing counts on it any more. */
  readonly leavingUntil?: number
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

/**
 * What each state means. `lives`: tokens may still come of it without another consent, so a revocation that would end it
 * too is left out for it. What waits for an admin or for its user lives; what is on its way out, or dead, does not.
 */
const states: Readonly<Record<GrantReason, { readonly status: GrantStatus; readonly lives: boolean }>> = {
  ok: { status: 'active', lives: true },
  adminInactive: { status: 'invalidProviderState', lives: true },
  adminDisabled: { status: 'invalidProviderState', lives: true },
  deleting: { status: 'invalidProviderState', lives: false },
  deletionFailed: { status: 'invalidProviderState', lives: false },
  invalidClient: { status: 'invalidOAuthClient', lives: true },
  clientChanged: { status: 'invalidOAuthClient', lives: false },
  userActionRequired: { status: 'expired', lives: true },
  invalidGrant: { status: 'expired', lives: false },
  refreshOutcomeUnknown: { status: 'expired', lives: false },
  tokenRefused: { status: 'expired', lives: false },
  tokenExpired: { status: 'expired', lives: false },
}

/** All reasons that apply, the one that the status tells of first. */
const reasonsOf = (grant: Grant, provider: Provider, now: number): Exclude<GrantReason, 'ok'>[] => {
  const ofProvider = statusReason(provider)
  return [
    ...(ofProvider === 'ok' ? [] : [ofProvider]),
    ...(provider.clientId === grant.clientId ? [] : (['clientChanged'] as const)),
    ...(grant.deadReason ? [grant.deadReason] : []),
    ...(canRefresh(grant, now) || isUnexpired(grant, now) ? [] : (['tokenExpired'] as const)),
  ]
}

/** The status of a grant, computed at read: the first that applies. */
export const grantStatus = (grant: Grant, provider: Provider, now = Date.now()): GrantStatus =>
  states[statusReasonOf(grant, provider, now) ?? 'ok'].status

/** Why the status of a grant is not `active`; undefined when it is. */
export const statusReasonOf = (
  grant: Grant,
  provider: Provider,
  now = Date.now(),
): Exclude<GrantReason, 'ok'> | undefined => reasonsOf(grant, provider, now)[0]

/** Whether anything of a provider in this state can live. */
export const mayLive = (provider: Provider): boolean => states[statusReason(provider)].lives

/** Whether the grant lives, by every state that it is in; none lives that is past its end or about to go. */
export const isLiving = (grant: Grant, provider: Provider, now = Date.now()): boolean =>
  !isPast(grant, now) &&
  (grant.leavingUntil ?? 0) <= now &&
  reasonsOf(grant, provider, now).every((reason) => states[reason].lives)

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
 * Which authorization server a provider is a client of: its issuer, else its whole revocation endpoint. A host alone may
 * have several, such as the realms of Keycloak.
 */
export const serverOf = ({ settings }: Provider): string =>
  settings.issuer ?? new URL(settings.revocationUri ?? settings.tokenUrl).href

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
