import type { Caller } from '../caller.ts'
import type { ProviderStore } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { callbackUrl, type Provider } from '../providers/provider.ts'
import { flowKey } from './flow-secrets.ts'
import { randomSecret } from './secrets.ts'
import { requireConnectable, type StartPorts, startFlow } from './start-flow.ts'

export interface AuthorizePorts extends StartPorts {
  readonly providers: ProviderStore
  readonly publicBaseUrl: string
}

/** What the caller may choose; everything is optional. */
export interface AuthorizeRequest {
  readonly state?: string | undefined
  readonly redirectUri?: string | undefined
  readonly skipConsent?: boolean | undefined
  readonly scopes?: readonly string[] | undefined
}

/**
 * Begins to connect an account: keeps a flow that only this caller can finish and answers the authorization URL, which
 * carries the same state as the answer. Throws `providerNotFound`, `providerNotActive`, `sharedConnection`,
 * `invalidRequest` (`redirect_uri`, `skip_consent`, `state`).
 */
export const authorize = async (
  ports: AuthorizePorts,
  caller: Caller,
  providerId: string,
  request: AuthorizeRequest,
): Promise<{ redirectUrl: string; state: string }> => {
  const provider = await ports.providers.get(caller.orgId, providerId)
  if (!provider) throw new Problem('providerNotFound')
  const redirectUri = chooseRedirectUri(provider, request.redirectUri, ports.publicBaseUrl)
  const forceConsent = !decideSkipConsent(provider, request.skipConsent)
  await requireConnectable(ports, caller, provider)

  const state = request.state ?? randomSecret()
  const redirectUrl = await startFlow(ports, caller, provider, {
    key: flowKey(caller.orgId, state),
    state,
    redirectUri,
    forceConsent,
    scopes: request.scopes?.length ? request.scopes : provider.scopes,
  })
  if (redirectUrl === undefined) {
    throw invalid('state', 'is in use by another flow: choose a new one for each, or leave it out')
  }
  return { state, redirectUrl }
}

/** Exact string comparison against the allow-list, query string included (RFC 9700 section 2.1). */
const chooseRedirectUri = (provider: Provider, asked: string | undefined, publicBaseUrl: string): string => {
  const own = callbackUrl(publicBaseUrl, provider.id)
  const [single, ...others] = provider.redirectUris
  if (asked === undefined) return single !== undefined && others.length === 0 ? single : own
  if (asked !== own && !provider.redirectUris.includes(asked)) {
    throw invalid(
      'redirect_uri',
      "must equal the provider's callbackUrl or one of its redirectUris, character by character",
    )
  }
  return asked
}

/** A caller may only narrow what the admin has allowed. */
const decideSkipConsent = (provider: Provider, asked: boolean | undefined): boolean => {
  if (asked && !provider.skipConsent) throw invalid('skip_consent', 'needs a provider with skipConsent: true')
  return asked ?? provider.skipConsent
}
