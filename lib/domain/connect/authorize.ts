import { randomBytes } from 'node:crypto'
import type { Caller } from '../caller.ts'
import { isPast } from '../expiry.ts'
import type { Grant } from '../grants/grant.ts'
import type { Audit, FlowStore, GrantStore, OAuth, ProviderStore, Vault } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { callbackUrl, type Provider, statusReason } from '../providers/provider.ts'
import { FLOW_SECONDS } from './flow.ts'
import { flowKey, sealSecrets } from './flow-secrets.ts'
import { refuseTaken } from './refuse-taken.ts'

export interface AuthorizePorts {
  readonly providers: ProviderStore
  readonly grants: Pick<GrantStore, 'findMember' | 'get'>
  readonly flows: FlowStore
  readonly vault: Vault
  readonly oauth: Pick<OAuth, 'authorizationUrl'>
  readonly audit: Audit
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

const random = (): string => randomBytes(32).toString('base64url')

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
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  await refuseTaken(ports.grants, provider, caller)

  const state = request.state ?? random()
  const asked = request.scopes?.length ? request.scopes : provider.scopes
  const scopes = grant ? [...new Set([...grant.requestedScopes, ...asked])] : asked
  const secrets = { codeVerifier: random(), ...(scopes.includes('openid') && { nonce: random() }) }
  const owner = { key: flowKey(caller.orgId, state), orgId: caller.orgId, userId: caller.userId }
  const flow = {
    ...owner,
    providerId,
    clientId: provider.clientId,
    redirectUri,
    scopes,
    ...(grant && { sub: grant.sub }),
    secrets: await sealSecrets(ports.vault, owner, secrets),
    expiresAt: Date.now() + FLOW_SECONDS * 1000,
    ...(request.grantName !== undefined && { grantName: request.grantName }),
    ...(request.grantExpiresAt !== undefined && { grantExpiresAt: request.grantExpiresAt }),
  }
  ports.audit.record({ action: 'connect.started', ...caller, providerId })
  if (!(await ports.flows.create(flow))) {
    throw invalid('state', 'is in use by another flow: choose a new one for each, or leave it out')
  }
  const claims = grant?.lastFailure?.claims
  return {
    state,
    redirectUrl: ports.oauth.authorizationUrl(provider, {
      redirectUri,
      state,
      scopes,
      // Without its screen a provider may give no refresh token, or what it gave before.
      forceConsent: !skipConsent || grant !== undefined,
      ...(claims !== undefined && { claims }),
      ...secrets,
    }),
  }
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
  const own = callbackUrl(publicBaseUrl, provider.id)
  const [single, ...others] = provider.redirectUris
  if (asked === undefined) return single !== undefined && others.length === 0 ? single : own
  if (asked !== own && !provider.redirectUris.includes(asked)) {
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
