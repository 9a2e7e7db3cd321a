import { withDeadline } from '../deadline.ts'
import { newId } from '../ids.ts'
import type { Audit, GrantAndProvider, GrantStore, OAuth, ProviderStore, TokenSet, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import { noted, UpstreamFailure } from '../upstream-failure.ts'
import { upstreamProblem } from '../upstream-problem.ts'
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
  const leased = await grants.takeLease(grant, lease.id, LEASE_MS, refused).catch(async (error: unknown) => {
    // It may have been taken nevertheless, and nobody would know whose it is.
    await grants.releaseLease(grant, lease.id).catch(() => undefined)
    throw error
  })
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
    lifetimeSeconds: leased.lifetimeSeconds,
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

/**
 * Notes what is known of a refresh by now, which lets go of its lease. What the provider has said stands, whatever becomes
 * of the note: where it cannot be written, the lease at least is given back.
 */
const note = async <Noted>(
  { grants }: RefreshPorts,
  leased: Grant,
  leaseId: string,
  write: () => Promise<Noted>,
  outcomeKnown = true,
): Promise<Noted | undefined> => {
  try {
    return await write().catch(write)
  } catch {
    await grants.releaseLease(leased, leaseId, outcomeKnown).catch(() => undefined)
    return undefined
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
  const fail = (failure: Parameters<GrantStore['noteFailure']>[2]): Promise<void> =>
    note(ports, leased, leaseId, () => grants.noteFailure(leased, leaseId, failure), failure.outcomeKnown)
  if (!(error instanceof UpstreamFailure)) {
    await fail({ outcomeKnown: false })
    throw error
  }
  if (error.offline) {
    await grants.releaseLease(leased, leaseId).catch(() => undefined)
    throw upstreamProblem(error)
  }
  if (error.failure === 'grantDead' || error.failure === 'needsUser') {
    return declareDead(ports, leased, leaseId, provider, error)
  }
  const providerType = provider.type
  const reason = error.error ?? error.failure
  const record = (): void => audit.record({ action: 'token.refreshFailed', ...subject(leased), providerType, reason })

  if (error.failure === 'clientRejected') {
    const reject = (): Promise<void> => providers.rejectClient(provider, error.codes)
    await reject()
      .catch(reject)
      .catch(() => undefined)
    await fail({ outcomeKnown: true, noted: noted(error) })
    record()
    audit.record({ action: 'client.rejected', orgId: leased.orgId, providerId: provider.id, providerType })
    throw new Problem('clientUnusable')
  }

  const waitMs = Math.max(backoffMs(leased.failures), (error.retryAfterSeconds ?? 0) * 1000)
  const outcomeKnown = !error.outcomeUnknown
  await fail({ retryAt: Date.now() + waitMs, outcomeKnown, noted: noted(error) })
  if (error.timedOut) await holdOff(ports, provider).catch(() => undefined)
  record()
  const retryAfterSeconds = Math.ceil(waitMs / 1000)
  throw new Problem(error.failure === 'transient' ? 'upstreamUnavailable' : 'upstreamAnswer', { retryAfterSeconds })
}

/** Counts the timeout; after the third in a row nobody asks the provider for a while. */
const holdOff = async ({ providers }: RefreshPorts, provider: Provider): Promise<void> => {
  const timeouts = (await providers.noteTimeout(provider)) ?? 0
  if (timeouts >= TIMEOUTS) await providers.holdOff(provider, Date.now() + backoffMs(timeouts - TIMEOUTS))
}

/**
 * The token was refused for good. That counts against exactly the version that was tried: if another refresh has saved
 * a newer one, the newer one is the answer.
 */
const declareDead = async (
  ports: RefreshPorts,
  leased: Grant,
  leaseId: string,
  provider: Provider,
  error: UpstreamFailure,
): Promise<GrantAndProvider> => {
  const lost = leased.attemptVersion === leased.tokenVersion
  const refused = lost ? 'refreshOutcomeUnknown' : 'invalidGrant'
  const reason = error.failure === 'needsUser' ? 'userActionRequired' : refused
  const marked = await note(ports, leased, leaseId, () => ports.grants.markDead(leased, reason, noted(error)))
  if (marked) {
    ports.audit.record({ action: 'grant.died', ...subject(leased), providerType: provider.type, reason })
    throw new Problem('grantExpired')
  }
  const read = (): Promise<Grant | undefined> => ports.grants.get(leased.orgId, leased.id)
  // Where neither can be written nor be read, what is known is that the token was refused.
  const current = marked === undefined ? await read().catch(() => leased) : await read()
  if (!current) throw new Problem('grantNotFound')
  const isSame = current.tokenVersion === leased.tokenVersion && current.generation === leased.generation
  if (isSame || current.deadReason !== undefined) throw new Problem('grantExpired')
  return { grant: current, provider }
}
