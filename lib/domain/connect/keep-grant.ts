import { pause } from '../deadline.ts'
import { isPast } from '../expiry.ts'
import type { Grant } from '../grants/grant.ts'
import { revokeUnsaved } from '../grants/revoke.ts'
import { openAccessToken, openRefreshToken, sealTokens } from '../grants/seal-tokens.ts'
import { newId } from '../ids.ts'
import type {
  Audit,
  Claimed,
  Client,
  ConnectOutcome,
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
import { sealTokenSet } from './flow-secrets.ts'

export interface KeepPorts {
  readonly providers: ProviderStore
  readonly grants: GrantStore
  readonly flows: FlowStore
  readonly vault: Vault
  readonly oauth: OAuth
  readonly audit: Audit
}

/** How often a grant that changes under our hands is read again. */
const TRIES = 15

export type ClaimedFlow = Claimed<Flow>

/** When the sweeper takes up tokens that a new consent has replaced and nobody has revoked. */
const REPLACED_MS = 60_000

/**
 * Keeps the tokens of a claimed flow: the first consent of an account makes a grant, a further one renews it under the
 * same id. One transaction makes sure that the provider is still active, and ends the flow; if it is refused, the fresh
 * tokens are revoked, and so are those of another account than the one that was to be reconnected.
 * Throws `accountMismatch`, `providerNotActive`, `sharedConnection`, `stateRefused`, `tryAgain`.
 */
export const keepGrant = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow,
  tokens: TokenSet,
  told: string,
): Promise<GrantAndProvider> => {
  const { provider } = client
  // An account that nobody can name is a grant of its own, which only its reconnection renews.
  const newGrantId = newId()
  const sub = told || flow.sub || newGrantId
  if (flow.sub !== undefined && flow.sub !== sub) {
    return giveUp(ports, client, flow, tokens, sub, new Problem('accountMismatch'))
  }
  for (let tries = 0; tries < TRIES; tries++) {
    // Of several consents of one account at once each try has one winner: those who lost come back apart.
    if (tries > 0) await pause(Math.random() * 40 * tries)
    const member = await ports.grants.findMember(provider, flow.userId, sub)
    if (provider.shared && member && (member.userId !== flow.userId || member.sub !== sub)) {
      return giveUp(ports, client, flow, tokens, sub, new Problem('sharedConnection'))
    }
    const previousId = member?.grantId ?? (told ? undefined : flow.sub)
    const previous = previousId === undefined ? undefined : await ports.grants.get(flow.orgId, previousId)
    const grant = await newGrant(ports, client, flow, tokens, { id: told ? newGrantId : sub, sub }, previous)
    const replaced = previous && (await replacedTokens(ports, client, previous, tokens))
    const noted = replaced && {
      tokens: await sealTokenSet(ports.vault, flow, replaced),
      dueAt: Date.now() + REPLACED_MS,
    }

    ports.audit.record({ action: 'connect.completed', ...whose(grant) })
    const outcome = await connectSurely(ports, grant, () =>
      ports.grants.connect(grant, previous, provider, flow, noted),
    )
    if (outcome === 'saved') {
      if (replaced) await revokeReplaced(ports, client, flow, grant, replaced)
      return { grant, provider }
    }
    if (outcome === 'providerNotActive') {
      return giveUp(ports, client, flow, tokens, sub, new Problem('providerNotActive'))
    }
    // Whoever took the flow over has its tokens as well.
    if (outcome === 'flowGone') throw new Problem('stateRefused')
  }
  throw new Problem('tryAgain')
}

/**
 * Writes the grant. Where the answer is lost, or the write fails for now, the grant itself tells whether it is kept; else
 * it is written once more.
 */
const connectSurely = async (
  { grants }: KeepPorts,
  grant: Grant,
  connect: () => Promise<ConnectOutcome>,
): Promise<ConnectOutcome> => {
  const read = (): Promise<Grant | undefined> => grants.get(grant.orgId, grant.id)
  const isKept = async (): Promise<boolean> => {
    const current = await read().catch(read)
    return current !== undefined && Buffer.from(current.accessToken).equals(grant.accessToken)
  }
  try {
    return await connect()
  } catch {
    if (await isKept()) return 'saved'
    const outcome = await connect()
    return outcome !== 'saved' && (await isKept()) ? 'saved' : outcome
  }
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
  fresh: { readonly id: string; readonly sub: string },
  previous: Grant | undefined,
): Promise<Grant> => {
  const now = Date.now()
  const id = previous?.id ?? fresh.id
  const owner = {
    orgId: flow.orgId,
    id,
    credentialId: previous?.credentialId ?? id,
    userId: flow.userId,
    providerId: provider.id,
    clientId: provider.clientId,
    sub: fresh.sub,
    ...(previous?.unnamed && { unnamed: true as const }),
  }
  const tokenVersion = (previous?.tokenVersion ?? 0) + 1
  // A provider that stays silent about the refresh token on a second consent has not taken the first one back.
  const kept = previous && tokens.refreshToken === undefined ? await openRefreshToken(vault, previous) : undefined
  return {
    ...owner,
    ...saidOf(flow, previous),
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
    ...(previous && { renewedAt: now }),
    createdAt: previous?.createdAt ?? now,
    updatedAt: now,
  }
}

/**
 * What was said of the grant at its latest consent that said anything. An end that is past by now has been reached: who
 * connects the account again has not asked for it.
 */
const saidOf = (flow: Flow, previous: Grant | undefined): Pick<Grant, 'name' | 'expiresAt' | 'number'> => {
  const name = flow.grantName ?? previous?.name
  const expiresAt = flow.grantExpiresAt ?? (previous && !isPast(previous) ? previous.expiresAt : undefined)
  return {
    ...(name !== undefined && { name }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(previous?.number !== undefined && { number: previous.number }),
  }
}

/** The tokens cannot be kept, so they must not live on: those that cannot be revoked now are left to the sweeper. */
export const giveUp = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow,
  tokens: TokenSet,
  sub: string | undefined,
  problem: Problem,
): Promise<never> => {
  const { orgId, userId, providerId } = flow
  const outcome = await revokeUnsaved(ports, client, { orgId, id: '', userId, providerId, sub }, tokens)
  if (outcome !== 'failed') await ports.flows.remove(flow, flow.claimId).catch(() => undefined)
  throw problem
}

/** The tokens that a new consent replaces, where revoking them cannot reach the new ones. */
const replacedTokens = async (
  { vault }: KeepPorts,
  { provider }: Client,
  previous: Grant,
  tokens: TokenSet,
): Promise<TokenSet | undefined> => {
  if (provider.settings.revocationScope !== 'token' || tokens.refreshToken === undefined) return undefined
  try {
    const accessToken = await openAccessToken(vault, previous)
    const refreshToken = await openRefreshToken(vault, previous)
    // Some providers give the same token again.
    if (refreshToken === tokens.refreshToken || accessToken === tokens.accessToken) return undefined
    return { accessToken, ...(refreshToken !== undefined && { refreshToken }), sub: previous.sub, extra: {} }
  } catch (error) {
    // Tokens that cannot be opened any more cannot be used from here either.
    if (error instanceof Error && error.name === 'SealBroken') return undefined
    throw error
  }
}

const revokeReplaced = async (
  ports: KeepPorts,
  client: Client,
  flow: ClaimedFlow,
  grant: Grant,
  replaced: TokenSet,
): Promise<void> => {
  const outcome = await revokeUnsaved(ports, client, grant, replaced)
  // The grant is kept, whatever becomes of this; what is left over is the sweeper's.
  if (outcome !== 'failed') await ports.flows.remove(flow, flow.claimId).catch(() => undefined)
}
