import { remainingMs, withDeadline } from '../deadline.ts'
import type { Audit, Client, GrantStore, OAuth, ProviderStore, RevocationOutcome, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import { openClient } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import { isSealBroken } from '../seal-broken.ts'
import { UpstreamFailure } from '../upstream-failure.ts'
import { type Grant, isUnexpired } from './grant.ts'
import { openAccessToken, openRefreshToken } from './seal-tokens.ts'
import { hasLivingSibling } from './siblings.ts'

export interface RevokePorts {
  readonly grants: GrantStore
  readonly providers: ProviderStore
  readonly vault: Vault
  readonly oauth: OAuth
  readonly audit: Audit
}

/** The most that one revocation may take: nothing that is deleted here waits longer for a provider. */
const REVOKE_MS = 8_000
/** Longer than revoking and removing take. A grant whose removal failed stands for its siblings again after that. */
const LEAVING_MS = 60_000

/** Whether the provider lets applications revoke tokens. */
export const isRevocable = ({ settings }: Provider): boolean =>
  settings.revocationStyle !== 'none' && settings.revocationUri !== undefined

const withinTime = (revoke: () => Promise<void>): Promise<void> =>
  withDeadline(Math.min(REVOKE_MS, remainingMs()), revoke)

/** Tries once more what fails for now: with the grant go the only tokens that could end it later. */
const twice = (revoke: () => Promise<void>): Promise<void> =>
  revoke().catch((error: unknown) => {
    if (error instanceof UpstreamFailure && error.failure === 'transient') return revoke()
    throw error
  })

/** Whether it failed at the provider, or because its tokens can never be opened again: not for now, and not here. */
const isForGood = (error: unknown): boolean =>
  error instanceof UpstreamFailure ||
  (error instanceof Problem && (error.code === 'sealBroken' || error.code === 'providerNotFound')) ||
  isSealBroken(error)

/**
 * Revokes a stored grant upstream before it is removed: best effort, at most 8 s. Where a provider revokes by user and
 * app, nothing is revoked while another grant lives on the same account and client: it would die too. First of all the
 * grant is said to leave, so that of two that go at once whoever looks last finds nobody to spare and revokes; of a
 * provider that goes as a whole (`providerGoes`) that is known of each grant.
 * Throws when the table or KMS fails: that passes, and with the grant would go the only tokens that can end it upstream.
 */
export const revokeGrant = async (
  ports: RevokePorts,
  grant: Grant,
  provider: Provider,
  providerGoes = false,
): Promise<RevocationOutcome> => {
  if (!isRevocable(provider)) return recorded(ports, grant, 'unsupported')
  const { revocationScope, wholeRevocationUri } = provider.settings
  try {
    const mindsSiblings = revocationScope === 'userAndApp' || wholeRevocationUri !== undefined
    if (mindsSiblings && !providerGoes) await ports.grants.markLeaving(grant, Date.now() + LEAVING_MS)
    const whole = mindsSiblings && !(await hasLivingSibling(ports, provider, grant, grant.id))
    if (!whole && revocationScope === 'userAndApp') return recorded(ports, grant, 'sibling')
    const accessToken = await openAccessToken(ports.vault, grant)
    const refreshToken = await openRefreshToken(ports.vault, grant)
    const client = await openClient(ports, provider)
    const revoke = () =>
      ports.oauth.revoke(
        client,
        { accessToken, accessTokenExpired: !isUnexpired(grant), ...(refreshToken !== undefined && { refreshToken }) },
        whole,
      )
    // Nobody waits for a job, so each try has its own time there; a person has waited long enough after the first.
    if (providerGoes) await twice(() => withinTime(revoke))
    else await withinTime(() => twice(revoke))
    return recorded(ports, grant, 'revoked')
  } catch (error) {
    if (!isForGood(error)) throw error
    return recorded(ports, grant, 'failed')
  }
}

/**
 * Revokes tokens that could not be kept, under the same rule; a failure is recorded and changes nothing else. The grant
 * itself, if it lives, counts like any other: it does not hold these tokens. An account that is not known spares nobody.
 */
export const revokeUnsaved = async (
  ports: Pick<RevokePorts, 'grants' | 'providers' | 'oauth' | 'audit'>,
  client: Client,
  owner: Pick<Grant, 'orgId' | 'id' | 'userId' | 'providerId'> & { readonly sub: string | undefined },
  tokens: { accessToken: string; refreshToken?: string | undefined },
): Promise<RevocationOutcome> => {
  const { provider } = client
  const { orgId, sub, refreshToken } = { ...owner, ...tokens }
  if (!isRevocable(provider)) return recorded(ports, owner, 'unsupported')
  try {
    const account = sub ? { orgId, clientId: provider.clientId, sub } : undefined
    const shared = provider.settings.revocationScope === 'userAndApp'
    if (shared && account && (await hasLivingSibling(ports, provider, account))) {
      return recorded(ports, owner, 'sibling')
    }
    const revoke = () =>
      ports.oauth.revoke(
        client,
        { accessToken: tokens.accessToken, ...(refreshToken !== undefined && { refreshToken }) },
        false,
      )
    await withinTime(() => twice(revoke))
    return recorded(ports, owner, 'revoked')
  } catch {
    return recorded(ports, owner, 'failed')
  }
}

const recorded = (
  { audit }: Pick<RevokePorts, 'audit'>,
  { orgId, userId, providerId, id }: Pick<Grant, 'orgId' | 'userId' | 'providerId' | 'id'>,
  outcome: RevocationOutcome,
): RevocationOutcome => {
  audit.record({ action: 'token.revoked', orgId, userId, providerId, grantId: id, reason: outcome })
  return outcome
}
