import type { Caller } from '../caller.ts'
import type { Audit, AuthorizationRequest, FlowStore, GrantStore, OAuth, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { type BrowserFlow, type CodeFlow, FLOW_SECONDS } from './flow.ts'
import { sealSecrets } from './flow-secrets.ts'
import { refuseTaken } from './refuse-taken.ts'
import { randomSecret } from './secrets.ts'

export interface StartPorts {
  readonly grants: Pick<GrantStore, 'findMember'>
  readonly flows: Pick<FlowStore, 'create'>
  readonly vault: Vault
  readonly oauth: Pick<OAuth, 'authorizationUrl'>
  readonly audit: Audit
}

/** What is decided about a flow before it begins. */
export type NewFlow = Pick<CodeFlow, 'key' | 'redirectUri' | 'scopes' | 'sub' | 'grantName' | 'grantExpiresAt'> &
  Partial<Pick<BrowserFlow, 'completion' | 'returnTo' | 'browser'>>

/** Throws `providerNotActive`, or `sharedConnection` where somebody else's connection is the organization's one. */
export const requireConnectable = async (
  { grants }: Pick<StartPorts, 'grants'>,
  user: Pick<Caller, 'userId'>,
  provider: Provider,
): Promise<void> => {
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  await refuseTaken(grants, provider, user)
}

/** Keeps a flow of the caller and gives its authorization URL; undefined when the state is in use by another flow. */
export const startFlow = async (
  ports: StartPorts,
  caller: Caller,
  provider: Provider,
  flow: NewFlow,
  request: Pick<AuthorizationRequest, 'state' | 'forceConsent' | 'claims'>,
): Promise<string | undefined> => {
  const { key, redirectUri, scopes } = flow
  const owner = { key, orgId: caller.orgId, userId: caller.userId }
  const secrets = { codeVerifier: randomSecret(), ...(wantsNonce(provider, scopes) && { nonce: randomSecret() }) }
  const sealed = await sealSecrets(ports.vault, owner, secrets)
  ports.audit.record({ action: 'connect.started', ...caller, providerId: provider.id })
  const created = await ports.flows.create({
    ...flow,
    ...owner,
    providerId: provider.id,
    clientId: provider.clientId,
    secrets: sealed,
    expiresAt: Date.now() + FLOW_SECONDS * 1000,
  })
  return created ? ports.oauth.authorizationUrl(provider, { ...request, redirectUri, scopes, ...secrets }) : undefined
}

/** Whether an ID token is to be bound to the request: one is asked for, and the server gives its nonce back. */
export const wantsNonce = ({ settings }: Provider, scopes: readonly string[]): boolean =>
  scopes.includes('openid') && settings.nonce !== false
