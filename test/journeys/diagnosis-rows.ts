import { expect } from 'vitest'
import type { DeathReason, Grant } from '../../lib/domain/grants/grant.ts'
import type { Provider } from '../../lib/domain/providers/provider.ts'
import { answer, type HostileBehaviour, reset } from '../support/hostile-answers.ts'
import type { HostileEndpoint } from '../support/hostile-upstream.ts'

const HOUR = 3_600_000
export const claims = '{"access_token":{"capolids":{"essential":true}}}'

/** What has happened to a grant that was just connected. */
export interface History {
  readonly grant?: { readonly [Name in keyof Grant]?: Grant[Name] | undefined }
  readonly provider?: { readonly [Name in keyof Provider]?: Provider[Name] | undefined }
  /** Whether its access token must be refreshed. */
  readonly aged?: boolean
  readonly answers?: Partial<Record<HostileEndpoint, HostileBehaviour | readonly HostileBehaviour[]>>
}

export interface Row extends History {
  readonly cause: string
  readonly why: string
  readonly status: string
  readonly who: string
  readonly told?: Record<string, unknown>
}

const time = expect.stringMatching(/^20\d\d-.*Z$/)
export const dead = (deadReason: DeathReason) => ({ deadReason, refreshToken: undefined })
const unauthorized = answer(401, { error: 'invalid_token' })
export const refusal = (error: string, more: object = {}) => ({ token: [answer(400, { error, ...more })] })

export const rows: readonly Row[] = [
  { cause: 'healthy', why: 'the provider takes the token', status: 'active', who: 'nobody' },
  { cause: 'healthy', why: 'the provider gives another token', status: 'active', who: 'nobody', aged: true },
  {
    cause: 'healthy',
    why: 'the provider takes another token than the one it refused',
    status: 'active',
    who: 'nobody',
    grant: { obtainedAt: Date.now() - HOUR },
    answers: { userinfo: [unauthorized] },
  },
  {
    cause: 'healthy',
    why: 'a replica hears of the token a little later',
    status: 'active',
    who: 'nobody',
    answers: { userinfo: [unauthorized], token: refusal('invalid_grant').token },
  },
  {
    cause: 'missingScopes',
    why: 'less was granted than asked for',
    status: 'active',
    who: 'user',
    grant: { requestedScopes: ['profile', 'read'], grantedScopes: ['profile'] },
    told: { requestedScopes: ['profile', 'read'], grantedScopes: ['profile'], missingScopes: ['read'] },
  },
  {
    cause: 'grantDead',
    why: 'the refresh token is refused now',
    status: 'expired',
    who: 'user',
    aged: true,
    answers: refusal('invalid_grant', { error_codes: [700082] }),
    told: { upstreamError: 'invalid_grant', upstreamSubErrors: ['AADSTS700082'], upstreamErrorAt: time },
  },
  {
    cause: 'grantDead',
    why: 'the consent was withdrawn though the token still has time',
    status: 'expired',
    who: 'user',
    grant: { obtainedAt: Date.now() - HOUR },
    answers: { userinfo: unauthorized, ...refusal('invalid_grant') },
    told: { upstreamError: 'invalid_grant', upstreamErrorAt: time },
  },
  {
    cause: 'refreshOutcomeUnknown',
    why: 'an answer was lost once',
    status: 'expired',
    who: 'user',
    grant: dead('refreshOutcomeUnknown'),
  },
  {
    cause: 'userActionRequired',
    why: 'the provider wants its user',
    status: 'expired',
    who: 'user',
    aged: true,
    answers: refusal('interaction_required', { suberror: 'basic_action', claims }),
    told: { upstreamError: 'interaction_required', upstreamSubErrors: ['basic_action'], upstreamErrorAt: time },
  },
  {
    cause: 'tokenExpired',
    why: 'there is no refresh token',
    status: 'expired',
    who: 'user',
    aged: true,
    grant: { refreshToken: undefined },
  },
  {
    cause: 'tokenRejected',
    why: 'the API refuses the token twice, and there is none to be had',
    status: 'expired',
    who: 'user',
    grant: { refreshToken: undefined, obtainedAt: Date.now() - HOUR },
    answers: { userinfo: unauthorized },
    told: { upstreamErrorAt: time },
  },
  {
    cause: 'healthy',
    why: 'the API refuses the token once, and takes it a second later',
    status: 'active',
    who: 'nobody',
    grant: { refreshToken: undefined, obtainedAt: Date.now() - HOUR },
    answers: { userinfo: [unauthorized] },
  },
  {
    cause: 'tokenRejected',
    why: 'the API refuses the new token as well',
    status: 'active',
    who: 'user',
    grant: { obtainedAt: Date.now() - HOUR },
    answers: { userinfo: unauthorized },
  },
  {
    cause: 'clientRejected',
    why: 'the secret is refused now',
    status: 'invalidOAuthClient',
    who: 'admin',
    aged: true,
    answers: { token: [answer(401, { error: 'invalid_client', error_codes: [7000222] })] },
    told: {
      upstreamError: 'invalid_client',
      upstreamSubErrors: ['AADSTS7000222'],
      upstreamErrorAt: time,
      nextTryAt: time,
    },
  },
  {
    cause: 'clientChanged',
    why: 'the provider has another client id',
    status: 'invalidOAuthClient',
    who: 'user',
    provider: { clientId: 'another' },
  },
  {
    cause: 'providerPaused',
    why: 'an admin has paused it',
    status: 'invalidProviderState',
    who: 'admin',
    provider: { state: 'adminInactive' },
    grant: { lastFailure: { at: 1, failure: 'transient', error: 'server_error' } },
  },
  {
    cause: 'providerDisabled',
    why: 'an admin has switched it off',
    status: 'invalidProviderState',
    who: 'admin',
    provider: { state: 'adminDisabled' },
  },
  {
    cause: 'providerDeleting',
    why: 'its job is at work',
    status: 'invalidProviderState',
    who: 'nobody',
    provider: { state: 'deleting' },
  },
  {
    cause: 'providerDeletionFailed',
    why: 'its job has failed',
    status: 'invalidProviderState',
    who: 'admin',
    provider: { state: 'deletionFailed' },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'the refresh fails for now',
    status: 'active',
    who: 'provider',
    aged: true,
    answers: { token: [answer(503, { error: 'temporarily_unavailable' })] },
    told: { upstreamError: 'temporarily_unavailable', upstreamErrorAt: time, nextTryAt: time },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'a refresh has failed a moment ago',
    status: 'active',
    who: 'provider',
    aged: true,
    grant: { failures: 1, retryAt: Date.now() + HOUR, lastFailure: { at: 1, failure: 'transient' } },
    told: { upstreamErrorAt: '1970-01-01T00:00:00.001Z', nextTryAt: time },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'nobody asks the provider for a while',
    status: 'active',
    who: 'provider',
    aged: true,
    provider: { retryAt: Date.now() + HOUR },
    told: { nextTryAt: time },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'the API is limited by 429',
    status: 'active',
    who: 'provider',
    answers: { userinfo: answer(429, {}, { 'retry-after': '30' }) },
    told: { nextTryAt: time },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'the API is limited by 403',
    status: 'active',
    who: 'provider',
    answers: { userinfo: answer(403, {}, { 'x-ratelimit-remaining': '0' }) },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'the API cuts the connection',
    status: 'active',
    who: 'provider',
    answers: { userinfo: reset('beforeWork') },
  },
  {
    cause: 'upstreamUnavailable',
    why: 'the API refuses the token, and the refresh fails for now',
    status: 'active',
    who: 'provider',
    grant: { obtainedAt: Date.now() - HOUR },
    answers: { userinfo: unauthorized, token: [answer(500, '')] },
    told: { upstreamErrorAt: time, nextTryAt: time },
  },
  {
    cause: 'upstreamAnswer',
    why: 'the refresh is answered with an error that means nothing here',
    status: 'active',
    who: 'admin',
    aged: true,
    answers: refusal('invalid_scope'),
    told: { upstreamError: 'invalid_scope', upstreamErrorAt: time, nextTryAt: time },
  },
  {
    cause: 'upstreamAnswer',
    why: 'the profile is none',
    status: 'active',
    who: 'admin',
    answers: { userinfo: answer(200, []) },
  },
  {
    cause: 'upstreamAnswer',
    why: 'the profile is forbidden',
    status: 'active',
    who: 'admin',
    answers: { userinfo: answer(403, { message: 'no' }) },
  },
  {
    cause: 'sealBroken',
    why: 'the access token was altered',
    status: 'active',
    who: 'operator',
    grant: { accessToken: new Uint8Array(80) },
  },
  {
    cause: 'sealBroken',
    why: 'the refresh token was altered',
    status: 'active',
    who: 'operator',
    aged: true,
    grant: { refreshToken: new Uint8Array(80) },
  },
]
