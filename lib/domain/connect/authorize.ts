import type { Caller } from '../caller.ts'
import { isPast } from '../expiry.ts'
import type { Grant } from '../grants/grant.ts'
import type { GrantStore, ProviderStore } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { callbackUrl, type Provider, usualRedirectUri } from '../providers/provider.ts'
import { flowKey } from './flow-secrets.ts'
import { randomSecret } from './secrets.ts'
import { requireConnectable, type StartPorts, startFlow } from './start-flow.ts'

export interface AuthorizePorts extends StartPorts {
  readonly providers: ProviderStore
  readonly grants: Pick<GrantStore, 'findMember' | 'get'>
  readonly publicBaseUrl: string
}

/** What the caller may choose; everything is optional. */
export interface AuthorizeRequest {
  readonly state?: string | undefined
  readonly redirectUri?: string | undefined
  readonly skipConsent?: boolean | undefined
  readonly scopes?: readonly string[] | undefined
  /** A grant of the caller's that is to be renewed by the same account. */
  readonly reconnects?: string | undefined
  /** What the grant is to be called, and when it is to be deleted and revoked. */
  readonly grantName?: string | undefined
  readonly grantExpiresAt?: number | undefined
  /** What the caller's API calls the redirect URI, for its error; `redirect_uri` unless said. */
  readonly redirectUriField?: string
}

/**
 * Begins to connect an account: keeps a flow that only this caller can finish and answers the authorization URL, which
 * carries the same state as the answer. Where a grant is to be renewed, everything that it was given for is asked for
 * again, with the consent screen and with what the provider wanted of the user, and no other account is taken.
 * Throws `providerNotFound`, `grantNotFound`, `providerNotActive`, `sharedConnection`, `invalidRequest` (`redirect_uri`,
 * `skip_consent`, `state`).
 */
export const authorize = async (
  ports: AuthorizePorts,
  caller: Caller,
  providerId: string,
  request: AuthorizeRequest,
): Promise<{ redirectUrl: string; state: string }> => {
  const provider = await ports.providers.get(caller.orgId, providerId)
  if (!provider) throw new Problem('providerNotFound')
  const grant =
    request.reconnects === undefined ? undefined : await ownGrant(ports, caller, provider, request.reconnects)
  const redirectUri = chooseRedirectUri(provider, request, ports.publicBaseUrl)
  const skipConsent = decideSkipConsent(provider, request.skipConsent)
  await requireConnectable(ports, caller, provider)

  const state = request.state ?? randomSecret()
  const asked = request.scopes?.length ? request.scopes : provider.scopes
  const scopes = grant ? [...new Set([...grant.requestedScopes, ...asked])] : asked
  const claims = grant?.lastFailure?.claims
  const flow = {
    key: flowKey(caller.orgId, state),
    redirectUri,
    scopes,
    ...(grant && { sub: grant.sub }),
    ...(request.grantName !== undefined && { grantName: request.grantName }),
    ...(request.grantExpiresAt !== undefined && { grantExpiresAt: request.grantExpiresAt }),
  }
  const redirectUrl = await startFlow(ports, caller, provider, flow, {
    state,
    // Without its screen a provider may give no refresh token, or what it gave before.
    forceConsent: !skipConsent || grant !== undefined,
    ...(claims !== undefined && { claims }),
  })
  if (redirectUrl === undefined) {
    throw invalid('state', 'is in use by another flow: choose a new one for each, or leave it out')
  }
  return { state, redirectUrl }
}

const ownGrant = async ({ grants }: AuthorizePorts, caller: Caller, provider: Provider, id: string): Promise<Grant> => {
  const grant = await grants.get(caller.orgId, id)
  const mine = grant?.userId === caller.userId && grant.providerId === provider.id
  if (!mine || isPast(grant)) throw new Problem('grantNotFound')
  return grant
}

/** Exact string comparison against the allow-list, query string included (RFC 9700 section 2.1). */
const chooseRedirectUri = (
  provider: Provider,
  { redirectUri: asked, redirectUriField = 'redirect_uri' }: AuthorizeRequest,
  publicBaseUrl: string,
): string => {
  if (asked === undefined) return usualRedirectUri(provider, publicBaseUrl)
  if (asked !== callbackUrl(publicBaseUrl, provider.id) && !provider.redirectUris.includes(asked)) {
    throw invalid(
      redirectUriField,
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
