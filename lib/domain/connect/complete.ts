import type { Caller } from '../caller.ts'
import type { GrantAndProvider, Profile } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { withClaim } from './claim.ts'
import { obtainTokens } from './exchange.ts'
import type { Flow } from './flow.ts'
import { flowKey, sealCode } from './flow-secrets.ts'
import { type KeepPorts, keepGrant } from './keep-grant.ts'

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
 * `sharedConnection`, `upstreamUnavailable`, `upstreamAnswer`, `invalidRequest` (`code`).
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
  return finishFlow(ports, provider, flow, request.code)
}

/**
 * Exchanges the code of a flow that has passed every check of who brings it, and keeps the grant.
 * Throws `providerNotActive`, `stateRefused`, `codeRefused`, `sharedConnection`, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const finishFlow = async (
  ports: KeepPorts,
  provider: Provider,
  flow: Flow,
  code: string,
): Promise<GrantAndProvider & { profile: Profile }> => {
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  return withClaim(ports, flow, await sealCode(ports.vault, flow, code), async (claimed) => {
    const client = await openClient(ports, provider)
    const { tokens, profile } = await obtainTokens(ports, client, claimed, code)
    return { ...(await keepGrant(ports, client, claimed, tokens, profile.sub)), profile }
  })
}

/** The caller's own flow for this provider, within its time. Everything else is `stateRefused`, and stays unused. */
const findFlow = async (
  ports: KeepPorts,
  caller: Caller,
  provider: Provider,
  request: CallbackRequest,
): Promise<Flow> => {
  const flow = await ports.flows.get(flowKey(caller.orgId, request.state))
  if (!flow || flow.userId !== caller.userId || !isLive(flow, provider)) {
    ports.audit.record({ action: 'connect.refused', ...caller, providerId: provider.id, reason: 'stateRefused' })
    throw new Problem('stateRefused')
  }
  requireIssuer(provider, request.iss)
  return flow
}

/** Whether a flow is one of this provider, as it was registered when the flow began, and within its time. */
export const isLive = (flow: Flow, provider: Provider): boolean =>
  flow.orgId === provider.orgId &&
  flow.providerId === provider.id &&
  flow.clientId === provider.clientId &&
  flow.expiresAt > Date.now()

/**
 * RFC 9207 section 2.4. Absent is accepted: the redirect URI is the provider's own, which tells issuers apart as well.
 * Throws `issuerRefused`.
 */
export const requireIssuer = ({ settings }: Provider, iss: string | undefined): void => {
  if (iss !== undefined && settings.issuer !== undefined && iss !== settings.issuer) throw new Problem('issuerRefused')
}
