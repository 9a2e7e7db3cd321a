import type { Caller } from '../caller.ts'
import { requireAdmin } from '../caller.ts'
import type { Audit, ProviderChanges, ProviderStore, Vault } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { sealClientSecret } from './client-secret.ts'
import { mannersOf } from './overrides.ts'
import type { Provider } from './provider.ts'

type Optional<Type> = { readonly [Name in keyof Type]?: Type[Name] | undefined }

export type ProviderUpdate = Optional<
  Omit<ProviderChanges, 'state' | 'settings' | 'overrides'> &
    Parameters<typeof mannersOf>[0] & { clientSecret: string; status: 'active' | 'inactive' | 'disabled' | 'deleted' }
>

const stateByStatus = { active: 'active', inactive: 'adminInactive', disabled: 'adminDisabled' } as const

/** How often a provider that changes under our hands is read again. */
const TRIES = 4

/**
 * Changes what is named: how the server is talked to and how its answers are read among it, never where tokens go. A new client secret lifts the verdict on the old one.
 * Throws `providerNotFound`, `adminOnly`, `providerDeleting`, `slugTaken`, `invalidRequest` (`apiBaseUri`), `tryAgain`.
 */
export const update = async (
  ports: { providers: ProviderStore; vault: Vault; audit: Audit; refuseUrl: (url: string) => string | undefined },
  caller: Caller,
  id: string,
  { clientSecret, status, ...changes }: ProviderUpdate,
): Promise<Provider> => {
  const reason = changes.apiBaseUri === undefined ? undefined : ports.refuseUrl(changes.apiBaseUri)
  if (reason !== undefined) throw invalid('apiBaseUri', reason)

  for (let tries = 0; tries < TRIES; tries++) {
    const provider = await ports.providers.get(caller.orgId, id)
    if (!provider) throw new Problem('providerNotFound')
    requireAdmin(caller)
    if (provider.state === 'deleting' || provider.state === 'deletionFailed') throw new Problem('providerDeleting')

    const state = status === undefined || status === 'deleted' ? undefined : stateByStatus[status]
    const secret =
      clientSecret === undefined
        ? undefined
        : await sealClientSecret(ports.vault, provider, provider.secretVersion + 1, clientSecret)
    ports.audit.record({ action: 'provider.updated', ...caller, providerId: id })
    const updated = await ports.providers.update(
      provider,
      { ...plainOf(changes), ...settingsOf(provider, changes), state },
      secret,
    )
    if (updated === 'slugTaken') throw new Problem('slugTaken')
    if (updated !== 'changed') return updated
  }
  throw new Problem('tryAgain')
}

/** What stands by itself in the row of a provider. */
const plainOf = (changes: ProviderUpdate): ProviderChanges => {
  const { name, slug, skipConsent, scopes, redirectUris, apiBaseUri, appInstallUrl, programmaticConnect } = changes
  return { name, slug, skipConsent, scopes, redirectUris, apiBaseUri, appInstallUrl, programmaticConnect }
}

/** The settings with what is named; of a named type only what differs from the catalogue is kept. */
const settingsOf = (
  { settings, overrides }: Provider,
  changes: ProviderUpdate,
): Pick<ProviderChanges, 'settings' | 'overrides'> => {
  const manners = mannersOf(changes)
  if (Object.keys(manners).length === 0) return {}
  return overrides === undefined
    ? { settings: { ...settings, ...manners } }
    : { overrides: { ...overrides, ...manners } }
}
