import type { Caller } from '../caller.ts'
import { remainingMs } from '../deadline.ts'
import type { Client, GrantAndProvider, Profile, Sealed, TokenSet } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { isRefusal, UpstreamFailure } from '../upstream-failure.ts'
import { finishFlow, refuseClient } from './finish-flow.ts'
import { type CodeFlow, isDeviceFlow, isDirectFlow } from './flow.ts'
import { flowKey, openSecrets } from './flow-secrets.ts'
import type { ClaimedFlow, KeepPorts } from './keep-grant.ts'

/** What the redirect brought, as the application hands it on. */
export interface CallbackRequest {
  readonly providerId: string
  readonly state: string
  readonly code?: string | undefined
  readonly iss?: string | undefined
  readonly error?: string | undefined
}

/**
 * Finishes to connect an account. Every check precedes the token request; the flow is claimed by one caller, and is the
 * journal of what happened, so that a repeated call takes up what a failure broke off.
 * Throws `providerNotFound`, `stateRefused`, `issuerRefused`, `consentDenied`, `providerNotActive`, `codeRefused`,
 * `sharedConnection`, `accountMismatch`, `upstreamUnavailable`, `upstreamAnswer`, `invalidRequest` (`code`).
 */
export const complete = async (
  ports: KeepPorts,
  caller: Caller,
  request: CallbackRequest,
): Promise<GrantAndProvider & { profile: Profile }> => {
  const provider = await ports.providers.get(caller.orgId, request.providerId)
  if (!provider) throw new Problem('providerNotFound')
  const flow = await findFlow(ports, caller, provider, request)
  if (request.error !== undefined) {
    ports.audit.record({ action: 'connect.refused', ...caller, providerId: provider.id, reason: 'consentDenied' })
    await ports.flows.remove(flow)
    throw new Problem('consentDenied')
  }
  if (request.code === undefined) throw invalid('code', 'is required unless there is an error')
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')

  const { code } = request
  const finished = await finishFlow(ports, provider, flow, code, (client, claimId) =>
    exchangeOnce(ports, client, { ...flow, claimId }, code),
  )
  if (!finished) throw new Problem('stateRefused')
  return finished
}

/** The caller's own flow for this provider, within its time. Everything else is `stateRefused`, and stays unused. */
const findFlow = async (
  ports: KeepPorts,
  caller: Caller,
  provider: Provider,
  request: CallbackRequest,
): Promise<CodeFlow> => {
  const flow = await ports.flows.get(flowKey(caller.orgId, request.state))
  const mine =
    flow !== undefined &&
    !isDeviceFlow(flow) &&
    !isDirectFlow(flow) &&
    flow.orgId === caller.orgId &&
    flow.userId === caller.userId &&
    flow.providerId === provider.id &&
    flow.clientId === provider.clientId &&
    flow.expiresAt > Date.now()
  if (!mine) {
    ports.audit.record({ action: 'connect.refused', ...caller, providerId: provider.id, reason: 'stateRefused' })
    throw new Problem('stateRefused')
  }
  // RFC 9207 section 2.4. Absent is accepted: the redirect URI is the provider's own, which tells issuers apart as well.
  if (request.iss !== undefined && provider.settings.issuer !== undefined && request.iss !== provider.settings.issuer) {
    throw new Problem('issuerRefused')
  }
  return flow
}

/** Exchanges the code of a claimed flow. Throws `codeRefused`, `providerNotActive`, `UpstreamFailure`. */
export const exchangeOnce = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow & { readonly secrets: Sealed; readonly redirectUri: string },
  code: string,
): Promise<TokenSet> => {
  const secrets = await openSecrets(ports.vault, flow)
  const request = { ...secrets, code, redirectUri: flow.redirectUri }
  let unusable: UpstreamFailure | undefined
  try {
    return await ports.oauth.exchangeCode(client, request).catch((error: unknown) => {
      // An answer was lost, or is none to build on. The same code again either succeeds, or makes the server revoke what
      // it gave (RFC 6749 section 4.1.2); both leave no token that nobody knows of.
      const lost = error instanceof UpstreamFailure && error.outcomeUnknown && remainingMs() > 1000
      if (!lost) throw error
      if (error.failure === 'badAnswer') unusable = error
      return ports.oauth.exchangeCode(client, request)
    })
  } catch (error) {
    if (!(error instanceof UpstreamFailure)) throw error
    if (isRefusal(error)) {
      await ports.flows.remove(flow, flow.claimId)
      // The code is spent; what is wrong is the answer that it was spent for, if there was one.
      throw unusable ?? new Problem('codeRefused', { cause: error })
    }
    if (error.failure === 'clientRejected') return refuseClient(ports, client, error)
    throw error
  }
}
