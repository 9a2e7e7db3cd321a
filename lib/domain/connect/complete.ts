import type { Caller } from '../caller.ts'
import { remainingMs } from '../deadline.ts'
import { newId } from '../ids.ts'
import type { Client, GrantAndProvider, Profile, TokenSet } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import type { Flow } from './flow.ts'
import { flowKey, openSecrets, openTokenSet, sealCode, sealTokenSet } from './flow-secrets.ts'
import { type ClaimedFlow, giveUp, type KeepPorts, keepGrant } from './keep-grant.ts'

/** What the redirect brought, as the application hands it on. */
export interface CallbackRequest {
  /** Where the application does not know it, the flow does. */
  readonly providerId?: string | undefined
  readonly state: string
  readonly code?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
}

/** As long as a request may last: then whoever had the claim is no longer exchanging. */
const CLAIM_MS = 30_000
/** When the sweeper takes up a code that was sent and never accounted for; tokens that were noted wait for the flow's end. */
const SETTLE_MS = 60_000

/**
 * Finishes to connect an account. Every check precedes the token request; the flow is claimed by one caller, and is the
 * journal of what happened, so that a repeated call takes up what a failure broke off.
 * Throws `providerNotFound`, `stateRefused`, `issuerRefused`, `consentDenied`, `providerNotActive`, `codeRefused`,
 * `sharedConnection`, `upstreamUnavailable`, `upstreamAnswer`, `invalidRequest` (`code`).
 */
export const complete = async (
  ports: KeepPorts,
  caller: Caller,
  request: CallbackRequest,
): Promise<GrantAndProvider & { profile: Profile }> => {
  const { flow, provider } = await findFlow(ports, caller, request)
  if (request.error !== undefined) {
    ports.audit.record({ action: 'connect.refused', ...caller, providerId: provider.id, reason: 'consentDenied' })
    await ports.flows.remove(flow)
    throw new Problem('consentDenied', { error: plainCode(request.error) })
  }
  if (request.code === undefined) throw invalid('code', 'is required unless there is an error')
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')

  const claimId = newId()
  const now = Date.now()
  const code = await sealCode(ports.vault, flow, request.code)
  if (!(await ports.flows.claim(flow, { id: claimId, until: now + CLAIM_MS, code, dueAt: now + SETTLE_MS }))) {
    throw new Problem('stateRefused')
  }
  const claimed = { ...flow, claimId }
  try {
    const client = await openClient(ports, provider)
    const tokens = (await openTokenSet(ports.vault, flow)) ?? (await exchange(ports, client, claimed, request.code))
    const profile = await readProfile(ports, client, tokens)
    return { ...(await keepGrant(ports, client, claimed, tokens, profile.sub)), profile }
  } catch (error) {
    if (!isFinal(error)) await ports.flows.release(claimed, claimId).catch(() => undefined)
    throw asProblem(error)
  }
}

/**
 * The caller's own flow for the provider that is named, or else for its own, within its time. Everything else is
 * `stateRefused`, and stays unused; a provider that is named and unknown is `providerNotFound`.
 */
const findFlow = async (
  ports: KeepPorts,
  caller: Caller,
  request: CallbackRequest,
): Promise<{ flow: Flow; provider: Provider }> => {
  const flow = await ports.flows.get(flowKey(caller.orgId, request.state))
  const providerId = request.providerId ?? flow?.providerId
  const provider = providerId === undefined ? undefined : await ports.providers.get(caller.orgId, providerId)
  if (!provider && request.providerId !== undefined) throw new Problem('providerNotFound')
  const mine =
    flow !== undefined &&
    flow.orgId === caller.orgId &&
    flow.userId === caller.userId &&
    flow.providerId === provider?.id &&
    flow.clientId === provider.clientId &&
    Math.min(flow.expiresAt, flow.grantExpiresAt ?? Number.POSITIVE_INFINITY) > Date.now()
  if (!mine) {
    ports.audit.record({ action: 'connect.refused', ...caller, providerId: provider?.id, reason: 'stateRefused' })
    throw new Problem('stateRefused')
  }
  // RFC 9207 section 2.4. Absent is accepted: the redirect URI is the provider's own, which tells issuers apart as well.
  if (request.iss !== undefined && provider.settings.issuer !== undefined && request.iss !== provider.settings.issuer) {
    throw new Problem('issuerRefused')
  }
  return { flow, provider }
}

/** An error code as the standards write them; what looks otherwise is not repeated. */
const plainCode = (error: string): string | undefined => (/^[a-z0-9_]{1,64}$/i.test(error) ? error : undefined)

/** Exchanges the code and writes the tokens into the flow before anything else can fail. */
const exchange = async (ports: KeepPorts, client: Client, flow: ClaimedFlow, code: string): Promise<TokenSet> => {
  const secrets = await openSecrets(ports.vault, flow)
  const request = { ...secrets, code, redirectUri: flow.redirectUri }
  let unusable: UpstreamFailure | undefined
  try {
    const tokens = await ports.oauth.exchangeCode(client, request).catch((error: unknown) => {
      // An answer was lost, or is none to build on. The same code again either succeeds, or makes the server revoke what
      // it gave (RFC 6749 section 4.1.2); both leave no token that nobody knows of.
      const lost = error instanceof UpstreamFailure && error.outcomeUnknown && remainingMs() > 1000
      if (!lost) throw error
      if (error.failure === 'badAnswer') unusable = error
      return ports.oauth.exchangeCode(client, request)
    })
    const sealed = await sealTokenSet(ports.vault, flow, tokens)
    if (await ports.flows.keepTokens(flow, flow.claimId, sealed, flow.expiresAt)) return tokens
    // The flow was ended meanwhile, so nobody would look after these tokens.
    return giveUp(ports, client, flow, tokens, tokens.sub, new Problem('stateRefused'))
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    if (error.failure === 'grantDead') {
      await ports.flows.remove(flow, flow.claimId)
      // The code is spent; what is wrong is the answer that it was spent for, if there was one.
      throw unusable ?? new Problem('codeRefused', { cause: error, error: error.error })
    }
    if (error.failure === 'clientRejected') {
      await ports.providers.rejectClient(client.provider)
      ports.audit.record({ action: 'client.rejected', orgId: flow.orgId, providerId: flow.providerId })
      throw new Problem('providerNotActive', { detail: 'It refuses the registered client secret.', cause: error })
    }
    throw error
  }
}

/** Who the account is. The ID token and the profile must agree (OpenID Connect Core section 5.3.2). */
const readProfile = async (ports: KeepPorts, client: Client, tokens: TokenSet): Promise<Profile> => {
  const profile = await ports.oauth.profile(client, tokens)
  if (tokens.sub !== undefined && tokens.sub !== profile.sub) {
    throw new UpstreamFailure('badAnswer', { message: 'The profile is of another account than the ID token' })
  }
  return profile
}

/** After these the flow is over; after anything else the same call may be made again. */
const isFinal = (error: unknown): boolean =>
  error instanceof Problem && (error.code === 'codeRefused' || error.code === 'sharedConnection')

const asProblem = (error: unknown): unknown => {
  if (!(error instanceof UpstreamFailure)) return error
  if (error.failure === 'badAnswer' || error.failure === 'grantDead')
    return new Problem('upstreamAnswer', { cause: error })
  return new Problem('upstreamUnavailable', {
    cause: error,
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  })
}
