import { withDeadline } from '../deadline.ts'
import { newId } from '../ids.ts'
import type { Audit, GrantAndProvider, GrantStore, OAuth, ProviderStore, TokenSet, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import { noted, UpstreamFailure } from '../upstream-failure.ts'
import type { Grant } from './grant.ts'
import { revokeUnsaved } from './revoke.ts'
import { openRefreshToken, prepareSealing, sealTokens } from './seal-tokens.ts'

export interface RefreshPorts {
  readonly grants: GrantStore
  readonly providers: ProviderStore
  readonly vault: Vault
  readonly oauth: OAuth
  readonly audit: Audit
}

/** The lease outlasts the longest answer of a token endpoint (20 s to the first byte, 5 s for the body) by far. */
const LEASE_MS = 40_000
/** So much of it must be left when the question goes out; else somebody else may be asking by the time it is answered. */
const LEASE_LEFT_MS = 30_000
/** Once a refresh token is spent, its successor is saved whatever the request's own deadline says. */
const SAVE_MS = 20_000

/** After a failure nobody asks for 1, 2, 4 .. 60 s; after the third timeout in a row, of any grant of the provider. */
const backoffMs = (failures: number): number => Math.min(1000 * 2 ** failures, 60_000)
const TIMEOUTS = 3

interface Lease {
  readonly id: string
  /** On the monotonic clock. */
  readonly takenAt: number
}
const leases = new WeakMap<Grant, Lease>()

/**
 * Takes the lease on a grant's refresh token. Undefined when somebody else has it, or has refreshed meanwhile.
 * `refused` notes that this is about a token that was refused before its time.
 * The write proves at the same time that the table can be written, before anything is spent.
 */
export const takeLease = async (
  { grants }: RefreshPorts,
  grant: Grant,
  refused = false,
): Promise<Grant | undefined> => {
  const lease = { id: newId(), takenAt: performance.now() }
  const leased = await grants.takeLease(grant, lease.id, LEASE_MS, refused)
  if (leased) leases.set(leased, lease)
  return leased
}

/**
 * Asks the provider for new tokens and saves them. The grant must be leased by `takeLease`.
 * Throws `backingOff`, `clientUnusable`, `grantExpired`, `grantNotFound`, `upstreamUnavailable`, `upstreamAnswer`.
 */
export const refresh = async (ports: RefreshPorts, leased: Grant, provider: Provider): Promise<GrantAndProvider> => {
  const { grants, vault, oauth, audit } = ports
  const lease = leases.get(leased)
  if (!lease) throw new TypeError('The grant is not leased')

  let client: Awaited<ReturnType<typeof openClient>>
  let refreshToken: string | undefined
  try {
    client = await openClient(ports, provider)
    refreshToken = await openRefreshToken(vault, leased)
    await prepareSealing(vault, leased)
    audit.record({ action: 'token.refreshing', ...subject(leased) })
    if (refreshToken === undefined) throw new Problem('grantExpired')
    if (lease.takenAt + LEASE_MS - performance.now() < LEASE_LEFT_MS) throw new Problem('tryAgain')
  } catch (error) {
    // Nothing was sent, so the next caller may try at once.
    await grants.releaseLease(leased, lease.id).catch(() => undefined)
    throw error
  }

  const sent = refreshToken
  let answer: TokenSet
  try {
    answer = await withDeadline(LEASE_LEFT_MS, () => oauth.refresh(client, sent, leased.requestedScopes))
  } catch (error) {
    return withDeadline(SAVE_MS, () => failed(ports, leased, lease.id, client.provider, error))
  }
  return withDeadline(SAVE_MS, () => save(ports, leased, lease.id, client, sent, answer))
}

const subject = (grant: Grant) => ({
  orgId: grant.orgId,
  userId: grant.userId,
  providerId: grant.providerId,
  grantId: grant.id,
})

/** Saves what the provider gave; nothing is checked before, since the old refresh token may be gone already. */
const save = async (
  ports: RefreshPorts,
  leased: Grant,
  leaseId: string,
  client: Awaited<ReturnType<typeof openClient>>,
  sent: string,
  answer: TokenSet,
): Promise<GrantAndProvider> => {
  const { grants, providers, vault, audit } = ports
  const { provider } = client
  const fresh = provider.settings.rotation === 'keep' ? withoutRefreshToken(answer) : answer
  const kept = {
    refreshToken: sent,
    refreshTokenExpiresAt: leased.refreshTokenExpiresAt,
    scopes: leased.grantedScopes,
  }
  const tokens = await surely(() => sealTokens(vault, leased, leased.tokenVersion + 1, provider, fresh, kept))
  const { saved, grant } = await surely(() => grants.saveTokens(leased, leaseId, tokens))
  if (provider.clientRejectedAt !== undefined || provider.timeouts)
    await providers.acceptClient(provider).catch(() => undefined)
  if (saved && grant) {
    audit.record({ action: 'token.refreshed', ...subject(leased), providerType: provider.type })
    return { grant, provider: healed(provider) }
  }
  const renewed = grant !== undefined && grant.generation !== leased.generation
  // A consent without a refresh token has left in force the one that is spent here, so its successor is the grant's.
  if (renewed && (await surely(() => openRefreshToken(vault, grant))) === sent) {
    return save(ports, grant, leaseId, client, sent, answer)
  }
  // The grant was removed or consented to anew meanwhile: these tokens belong to nobody.
  if (!grant || renewed) {
    await revokeUnsaved(ports, client, leased, { accessToken: answer.accessToken, refreshToken: answer.refreshToken })
  }
  if (!grant) throw new Problem('grantNotFound')
  return { grant, provider: healed(provider) }
}

/** As if the answer had named none, so that the stored one stays, and its end as well. */
const withoutRefreshToken = ({ refreshToken: _, ...answer }: TokenSet): TokenSet => answer

/** The provider as it stands after it has accepted the client. */
const healed = (provider: Provider): Provider => {
  const {
    clientRejectedAt: _,
    clientFailure: __,
    clientRetryAt: ___,
    timeouts: ____,
    retryAt: _____,
    ...rest
  } = provider
  return rest
}

/** Tries until it is done or the time is over: here is the only copy of a rotated refresh token. */
const surely = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === 8) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** tries, 2000)))
    }
  }
}

/** Draws the conclusion of a failed refresh; only the refusal of its own token may end a grant. */
const failed = async (
  ports: RefreshPorts,
  leased: Grant,
  leaseId: string,
  provider: Provider,
  error: unknown,
): Promise<GrantAndProvider> => {
  const { grants, providers, audit } = ports
  if (!(error instanceof UpstreamFailure)) {
    await grants.noteFailure(leased, leaseId, { outcomeKnown: false })
    throw error
  }
  if (error.failure === 'grantDead' || error.failure === 'needsUser') return declareDead(ports, leased, provider, error)
  const providerType = provider.type
  const reason = error.error ?? error.failure
  audit.record({ action: 'token.refreshFailed', ...subject(leased), providerType, reason })

  if (error.failure === 'clientRejected') {
    await providers.rejectClient(provider, error.codes)
    await grants.noteFailure(leased, leaseId, { outcomeKnown: true, noted: noted(error) })
    audit.record({ action: 'client.rejected', orgId: leased.orgId, providerId: provider.id, providerType })
    throw new Problem('clientUnusable')
  }

  const waitMs = Math.max(backoffMs(leased.failures), (error.retryAfterSeconds ?? 0) * 1000)
  const outcomeKnown = !error.outcomeUnknown
  await grants.noteFailure(leased, leaseId, { retryAt: Date.now() + waitMs, outcomeKnown, noted: noted(error) })
  if (error.timedOut) {
    const timeouts = (await providers.noteTimeout(provider)) ?? 0
    if (timeouts >= TIMEOUTS) await providers.holdOff(provider, Date.now() + backoffMs(timeouts - TIMEOUTS))
  }
  const retryAfterSeconds = Math.ceil(waitMs / 1000)
  throw new Problem(error.failure === 'transient' ? 'upstreamUnavailable' : 'upstreamAnswer', { retryAfterSeconds })
}

/**
 * The token was refused for good. That counts against exactly the version that was tried: if another refresh has saved
 * a newer one, the newer one is the answer.
 */
const declareDead = async (
  ports: RefreshPorts,
  leased: Grant,
  provider: Provider,
  error: UpstreamFailure,
): Promise<GrantAndProvider> => {
  const lost = leased.attemptVersion === leased.tokenVersion
  const refused = lost ? 'refreshOutcomeUnknown' : 'invalidGrant'
  const reason = error.failure === 'needsUser' ? 'userActionRequired' : refused
  if (await ports.grants.markDead(leased, reason, noted(error))) {
    ports.audit.record({ action: 'grant.died', ...subject(leased), providerType: provider.type, reason })
    throw new Problem('grantExpired')
  }
  const current = await ports.grants.get(leased.orgId, leased.id)
  if (!current) throw new Problem('grantNotFound')
  if (current.deadReason !== undefined) throw new Problem('grantExpired')
  return { grant: current, provider }
}
