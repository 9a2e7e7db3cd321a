import type * as z from 'zod'
import type { diagnosis } from '../../contract/schemas/diagnosis.ts'
import type { Caller } from '../caller.ts'
import type { GrantAndProvider } from '../ports.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import { isSealBroken } from '../seal-broken.ts'
import { type FailureCodes, UpstreamFailure } from '../upstream-failure.ts'
import { askWhose } from './ask-account.ts'
import { type Cause, causeByReason, causes } from './causes.ts'
import { findGrant, findOwnGrant } from './find-grant.ts'
import { grantStatus, isGoodEnough, statusReasonOf } from './grant.ts'
import { missingScopes } from './missing-scopes.ts'
import type { RefreshPorts } from './refresh.ts'
import { CLIENT_RETRY_MS } from './serve-token.ts'

type Diagnosis = Omit<z.input<typeof diagnosis>, 'reconnectUrl'> & { readonly providerId: string }

/** What is wrong, with what is known of it. Times are milliseconds since the epoch. */
interface Finding {
  readonly cause: Cause
  readonly codes?: FailureCodes | undefined
  readonly at?: number | undefined
  readonly nextTryAt?: number | undefined
}

/**
 * Why the caller's own grant works or does not. Where its state says that it is active, the provider is asked: that a
 * consent was withdrawn shows only there. What the provider says then counts as it does for anybody who asks.
 * Throws `grantNotFound`, `ownerOnly`, `tryAgain`, `notRecorded`.
 */
export const diagnose = async (ports: RefreshPorts, caller: Caller, id: string): Promise<Diagnosis> => {
  const found = await findOwnGrant(ports.grants, caller, id)
  const told = ofState(found)
  const asked = told ? undefined : await ask(ports, found)
  // Asking may have refreshed the grant, or have ended it.
  const current = told ? found : await findGrant(ports.grants, caller, id)
  return view(current, told ?? conclude(current, asked))
}

const conclude = (current: GrantAndProvider, asked: Finding | undefined): Finding => {
  const { grant, provider } = current
  const sealed = asked?.cause === 'sealBroken' ? asked : undefined
  return (
    sealed ??
    ofState(current) ??
    ofRefresh(current, asked) ??
    asked ?? { cause: missingScopes(grant, provider.settings).length > 0 ? 'missingScopes' : 'healthy' }
  )
}

/** What the state tells by itself; undefined where the grant is active. */
const ofState = ({ grant, provider }: GrantAndProvider): Finding | undefined => {
  const reason = statusReasonOf(grant, provider)
  if (reason === undefined) return undefined
  const cause = causeByReason[reason]
  if (cause !== 'clientRejected') {
    return { cause, ...(grant.deadReason && { codes: grant.lastFailure, at: grant.lastFailure?.at }) }
  }
  const { clientFailure, clientRejectedAt = 0, clientRetryAt = 0 } = provider
  const nextTryAt = Math.max(clientRetryAt, clientRejectedAt + CLIENT_RETRY_MS)
  return { cause, codes: clientFailure, at: clientRejectedAt, nextTryAt }
}

/** A refresh that is due and fails, also while the old token still serves. */
const ofRefresh = ({ grant, provider }: GrantAndProvider, asked: Finding | undefined): Finding | undefined => {
  const { lastFailure: codes } = grant
  const isDue = asked?.cause === 'tokenRejected' || !isGoodEnough(grant, 0)
  if (!codes || !isDue) return undefined
  const nextTryAt = Math.max(grant.retryAt ?? 0, provider.retryAt ?? 0)
  return { cause: causeOf(codes.failure), codes, at: codes.at, nextTryAt }
}

const causeOf = (failure: UpstreamFailure['failure']): Cause =>
  failure === 'transient' ? 'upstreamUnavailable' : 'upstreamAnswer'

/** Asks the provider who the account is, and where it refuses the token, for another; undefined when all is well. */
const ask = async (ports: RefreshPorts, found: GrantAndProvider): Promise<Finding | undefined> => {
  try {
    return 'refusal' in (await askWhose(ports, found)) ? { cause: 'tokenRejected' } : undefined
  } catch (error) {
    return ofError(error)
  }
}

/** What problems of serving a token tell; those of the state are told by the state itself. */
const causeByProblem: Readonly<Partial<Record<ProblemCode, Cause>>> = {
  upstreamUnavailable: 'upstreamUnavailable',
  backingOff: 'upstreamUnavailable',
  upstreamAnswer: 'upstreamAnswer',
}
const ofStateItself: readonly ProblemCode[] = ['grantExpired', 'clientUnusable', 'providerUnusable']

const ofError = (error: unknown): Finding | undefined => {
  if (isSealBroken(error)) return { cause: 'sealBroken' }
  if (error instanceof Problem && ofStateItself.includes(error.code)) return undefined
  const cause =
    error instanceof UpstreamFailure
      ? causeOf(error.failure)
      : error instanceof Problem
        ? causeByProblem[error.code]
        : undefined
  if (cause === undefined) throw error
  const { retryAfterSeconds } = error as UpstreamFailure | Problem
  return { cause, ...(retryAfterSeconds !== undefined && { nextTryAt: Date.now() + retryAfterSeconds * 1000 }) }
}

const iso = (at: number): string => new Date(at).toISOString()

const view = ({ grant, provider }: GrantAndProvider, { cause, codes, at, nextTryAt = 0 }: Finding): Diagnosis => ({
  authorizedProviderId: grant.id,
  providerId: provider.id,
  status: grantStatus(grant, provider),
  cause,
  ...causes[cause],
  ...(codes?.error !== undefined && { upstreamError: codes.error }),
  ...(codes?.subErrors && { upstreamSubErrors: [...codes.subErrors] }),
  ...(codes && at !== undefined && { upstreamErrorAt: iso(at) }),
  ...(nextTryAt > Date.now() && { nextTryAt: iso(nextTryAt) }),
  requestedScopes: [...grant.requestedScopes],
  grantedScopes: [...grant.grantedScopes],
  missingScopes: missingScopes(grant, provider.settings),
})
