import type { Caller } from '../caller.ts'
import type { Audit, FlowStore, GrantStore, OAuth, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { type Provider, statusReason } from '../providers/provider.ts'
import { FLOW_SECONDS, type Flow } from './flow.ts'
import { sealSecrets } from './flow-secrets.ts'
import { randomSecret } from './secrets.ts'

export interface StartPorts {
  readonly grants: Pick<GrantStore, 'findMember'>
  readonly flows: Pick<FlowStore, 'create'>
  readonly vault: Vault
  readonly oauth: Pick<OAuth, 'authorizationUrl'>
  readonly audit: Audit
}

/** What is decided about a flow before it begins. */
export interface FlowChoice
  extends Pick<Flow, 'key' | 'redirectUri' | 'scopes' | 'completion' | 'returnTo' | 'browser'> {
  readonly state: string
  readonly forceConsent: boolean
}

/** Throws `providerNotActive`, or `sharedConnection` where somebody else's connection is the organization's one. */
export const requireConnectable = async (
  { grants }: Pick<StartPorts, 'grants'>,
  { userId }: Pick<Caller, 'userId'>,
  provider: Provider,
): Promise<void> => {
  if (statusReason(provider) !== 'ok') throw new Problem('providerNotActive')
  if (!provider.shared) return
  const member = await grants.findMember(provider, userId, '')
  if (member && member.userId !== userId) throw new Problem('sharedConnection')
}

/** Keeps a flow of the caller and gives its authorization URL; undefined when the state is in use by another flow. */
export const startFlow = async (
  ports: StartPorts,
  caller: Caller,
  provider: Provider,
  { state, forceConsent, ...choice }: FlowChoice,
): Promise<string | undefined> => {
  const { redirectUri, scopes } = choice
  const owner = { key: choice.key, orgId: caller.orgId, userId: caller.userId }
  const secrets = { codeVerifier: randomSecret(), ...(scopes.includes('openid') && { nonce: randomSecret() }) }
  const flow = {
    ...choice,
    ...owner,
    providerId: provider.id,
    clientId: provider.clientId,
    secrets: await sealSecrets(ports.vault, owner, secrets),
    expiresAt: Date.now() + FLOW_SECONDS * 1000,
  }
  ports.audit.record({ action: 'connect.started', ...caller, providerId: provider.id })
  if (!(await ports.flows.create(flow))) return undefined
  return ports.oauth.authorizationUrl(provider, { redirectUri, state, scopes, forceConsent, ...secrets })
}
