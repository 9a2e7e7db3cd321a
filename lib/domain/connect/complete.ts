import type { Caller } from '../caller.ts'
import { pause, remainingMs } from '../deadline.ts'
import type { Client, GrantAndProvider, Profile, Sealed, TokenSet } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import type { Reason } from '../reasons.ts'
import { isRefusal, UpstreamFailure } from '../upstream-failure.ts'
import { failureProblem } from '../upstream-problem.ts'
import { finishFlow, refuseClient } from './finish-flow.ts'
import { type CodeFlow, type Flow, isDeviceFlow, isDirectFlow } from './flow.ts'
import { flowKey, openSecrets } from './flow-secrets.ts'
import type { ClaimedFlow, KeepPorts } from './keep-grant.ts'
import { ending, refusing, type Whose } from './refusing.ts'

/** So often it is looked whether somebody else is through with a flow. */
const LOOK_MS = 300

/** What the redirect brought, as the application hands it on. */
export interface CallbackRequest {
  /** Where the application does not know it, the flow does. */
  readonly providerId?: string | undefined
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
  const whose: Whose = { ...caller }
  return refusing(ports, whose, async () => {
    const { flow, provider } = await findFlow(ports, caller, request, whose)
    if (request.error !== undefined) throw ending(refusedConsent(request.error), () => ports.flows.remove(flow))
    if (request.code === undefined) throw invalid('code', 'is required unless there is an error')
    return finishCode(ports, provider, flow, request.code)
  })
}

/**
 * Exchanges the code of a flow that has passed every check of who brings it, and keeps the grant.
 * Throws `providerNotActive`, `stateRefused`, and what `finishFlow` and `exchangeOnce` throw.
 */
export const finishCode = async (
  ports: KeepPorts,
  provider: Provider,
  flow: CodeFlow,
  code: string,
): Promise<GrantAndProvider & { profile: Profile }> => {
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  for (let current: Flow | undefined = flow; current && !whyOver(current, provider); ) {
    const finished = await finishFlow(ports, provider, current as CodeFlow, code, (client, claimed) =>
      exchangeOnce(ports, client, claimed, code),
    )
    if (finished) return finished
    // Whoever has the claim ends the flow; or has died with it, and the same call goes on when the claim is over.
    if (remainingMs() <= LOOK_MS) throw new Problem('tryAgain')
    await pause(LOOK_MS)
    current = await ports.flows.get(flow.key)
  }
  throw new Problem('stateRefused')
}

/**
 * The caller's own flow for the provider that is named, or else for its own, within its time. Everything else is
 * `stateRefused`, and stays unused; a provider that is named and unknown is `providerNotFound`.
 */
const findFlow = async (
  ports: KeepPorts,
  caller: Caller,
  request: CallbackRequest,
  whose: Whose,
): Promise<{ flow: CodeFlow; provider: Provider }> => {
  const flow = await ports.flows.get(flowKey(caller.orgId, request.state))
  const providerId = request.providerId ?? flow?.providerId
  const provider = providerId === undefined ? undefined : await ports.providers.get(caller.orgId, providerId)
  if (!provider && request.providerId !== undefined) throw new Problem('providerNotFound')
  whose.providerId = provider?.id
  // All of them are answered alike, so that nobody learns which states there are.
  if (!flow || isDeviceFlow(flow) || isDirectFlow(flow)) throw new Problem('stateRefused', { reason: 'stateUnknown' })
  if (flow.userId !== caller.userId) throw new Problem('stateRefused', { reason: 'stateOfAnotherUser' })
  const over = whyOver(flow, provider)
  if (!provider || over) throw new Problem('stateRefused', { reason: over })
  requireIssuer(provider, request.iss)
  return { flow, provider }
}

/** Why nobody goes on with a flow: it is not of this provider, as that was registered when it began, or past its time. */
export const whyOver = (flow: Flow, provider: Provider | undefined): Reason | undefined => {
  const same = flow.orgId === provider?.orgId && flow.providerId === provider.id && flow.clientId === provider.clientId
  if (!same) return 'stateOfAnotherProvider'
  const end = Math.min(flow.expiresAt, flow.grantExpiresAt ?? Number.POSITIVE_INFINITY)
  return end > Date.now() ? undefined : 'stateExpired'
}

/**
 * RFC 9207 section 2.4. Absent is accepted: the redirect URI is the provider's own, which tells issuers apart as well.
 * Throws `issuerRefused`.
 */
export const requireIssuer = ({ settings }: Provider, iss: string | undefined): void => {
  if (iss !== undefined && settings.issuer !== undefined && iss !== settings.issuer) throw new Problem('issuerRefused')
}

/** An error code as the standards write them; what looks otherwise is not repeated. */
const plainCode = (error: string): string | undefined => (/^[a-z0-9_]{1,64}$/i.test(error) ? error : undefined)

/** RFC 6749 section 4.1.2.1: these are about the request, and nobody was asked. */
const aboutRequest = ['invalid_request', 'unauthorized_client', 'unsupported_response_type', 'invalid_scope']

/** What the error of a redirect is: the person, or else the provider, has not granted access. */
export const refusedConsent = (error: string): Problem =>
  new Problem('consentDenied', {
    error: plainCode(error),
    ...(aboutRequest.includes(error) && { reason: 'requestRefused' }),
  })

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
      // The code is spent; what is wrong is the answer that it was spent for, if there was one.
      const problem = unusable
        ? failureProblem(unusable)
        : new Problem('codeRefused', { cause: error, error: error.error })
      throw ending(problem, () => ports.flows.remove(flow, flow.claimId))
    }
    if (error.failure === 'clientRejected') return refuseClient(ports, client, error)
    throw error
  }
}
