import type { Grant } from '../grants/grant.ts'
import { revokeUnsaved } from '../grants/revoke.ts'
import { openAccessToken, openRefreshToken, sealTokens } from '../grants/seal-tokens.ts'
import { newId } from '../ids.ts'
import type {
  Audit,
  Client,
  FlowStore,
  GrantAndProvider,
  GrantStore,
  OAuth,
  ProviderStore,
  TokenSet,
  Vault,
} from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Flow } from './flow.ts'

export interface KeepPorts {
  readonly providers: ProviderStore
  readonly grants: GrantStore
  readonly flows: FlowStore
  readonly vault: Vault
  readonly oauth: OAuth
  readonly audit: Audit
}

/** How often a grant that changes under our hands is read again. */
const TRIES = 5

/**
 * Keeps the tokens of a claimed flow: the first consent of an account makes a grant, a further one renews it under the
 * same id. One transaction makes sure that the provider is still active, and ends the flow; if it is refused, the fresh
 * tokens are revoked. Throws `providerNotActive`, `sharedConnection`, `stateRefused`, `tryAgain`.
 */
export const keepGrant = async (
  ports: KeepPorts,
  client: Client,
  flow: Flow,
  tokens: TokenSet,
  sub: string,
): Promise<GrantAndProvider> => {
  const { provider } = client
  for (let tries = 0; tries < TRIES; tries++) {
    const member = await ports.grants.findMember(provider, flow.userId, sub)
    if (provider.shared && member && (member.userId !== flow.userId || member.sub !== sub)) {
      return giveUp(ports, client, flow, tokens, sub, new Problem('sharedConnection'))
    }
    const previous = member && (await ports.grants.get(flow.orgId, member.grantId))
    const grant = await newGrant(ports, client, flow, tokens, sub, previous)

    ports.audit.record({ action: 'connect.completed', ...whose(grant) })
    const outcome = await ports.grants.connect(grant, previous, provider, flow)
    if (outcome === 'saved') {
      if (previous) await revokeReplaced(ports, client, previous, tokens)
      return { grant, provider }
    }
    if (outcome === 'providerNotActive') {
      return giveUp(ports, client, flow, tokens, sub, new Problem('providerNotActive'))
    }
    if (outcome === 'flowGone') return giveUp(ports, client, flow, tokens, sub, new Problem('stateRefused'))
  }
  throw new Problem('tryAgain')
}

const whose = (grant: Grant) => ({
  orgId: grant.orgId,
  userId: grant.userId,
  providerId: grant.providerId,
  grantId: grant.id,
})

const newGrant = async (
  { vault }: KeepPorts,
  { provider }: Client,
  flow: Flow,
  tokens: TokenSet,
  sub: string,
  previous: Grant | undefined,
): Promise<Grant> => {
  const now = Date.now()
  const owner = {
    orgId: flow.orgId,
    id: previous?.id ?? newId(now),
    userId: flow.userId,
    providerId: provider.id,
    clientId: provider.clientId,
    credentialId: previous?.credentialId ?? newId(now),
    sub,
  }
  const tokenVersion = (previous?.tokenVersion ?? 0) + 1
  // A provider that stays silent about the refresh token on a second consent has not taken the first one back.
  const kept = previous && tokens.refreshToken === undefined ? await openRefreshToken(vault, previous) : undefined
  return {
    ...owner,
    requestedScopes: flow.scopes,
    generation: (previous?.generation ?? 0) + 1,
    tokenVersion,
    ...(await sealTokens(vault, owner, tokenVersion, provider, tokens, {
      refreshToken: kept,
      refreshTokenExpiresAt: previous?.refreshTokenExpiresAt,
      scopes: flow.scopes,
    })),
    failures: 0,
    refreshCount: previous?.refreshCount ?? 0,
    refreshFailureCount: previous?.refreshFailureCount ?? 0,
    createdAt: previous?.createdAt ?? now,
    updatedAt: now,
  }
}

/** The tokens cannot be kept, so they must not live on. */
const giveUp = async (
  ports: KeepPorts,
  client: Client,
  flow: Flow,
  tokens: TokenSet,
  sub: string,
  problem: Problem,
): Promise<never> => {
  await revokeUnsaved(
    ports,
    client,
    { orgId: flow.orgId, id: '', userId: flow.userId, providerId: flow.providerId, sub },
    tokens,
  )
  await ports.flows.remove(flow)
  throw problem
}

/** Ends the tokens that a new consent has replaced, where revoking them cannot reach the new ones. */
const revokeReplaced = async (ports: KeepPorts, client: Client, previous: Grant, tokens: TokenSet): Promise<void> => {
  if (client.provider.settings.revocationScope !== 'token' || tokens.refreshToken === undefined) return
  try {
    const accessToken = await openAccessToken(ports.vault, previous)
    await revokeUnsaved(ports, client, previous, {
      accessToken,
      refreshToken: await openRefreshToken(ports.vault, previous),
    })
  } catch {
    // The old tokens cannot be opened any more, so nobody can use them from here.
  }
}
