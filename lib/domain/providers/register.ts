import type { Caller } from '../caller.ts'
import { newId } from '../ids.ts'
import type { Audit, ProviderStore, Vault } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import { sealClientSecret } from './client-secret.ts'
import { type NewProvider, type PlacePorts, placeOf } from './place.ts'
import type { Provider } from './provider.ts'
import { deriveSlug } from './slug.ts'

export interface RegisterPorts extends PlacePorts {
  readonly providers: ProviderStore
  readonly vault: Vault
  readonly audit: Audit
}

/** How often another derived slug is tried when somebody has just taken it. */
const SLUG_TRIES = 4

/**
 * Registers a provider with its secret sealed and its slug taken. For `oidc` the issuer's metadata is read now and kept,
 * so that later nothing depends on it; of a named type only what differs from the catalogue is kept.
 * Throws `invalidRequest` (the field of a URL, `id`, `issuer`, `metadata.host`, `metadata.tenant`, `type`), `slugTaken`.
 */
export const register = async (ports: RegisterPorts, caller: Caller, request: NewProvider): Promise<Provider> => {
  const { scopes, ...place } = await placeOf(ports, request)

  const now = Date.now()
  const base = {
    orgId: caller.orgId,
    id: request.id ?? newId(now),
    type: request.type,
    name: request.name,
    clientId: request.clientId,
    secretId: newId(now),
    secretVersion: 1,
    scopes,
    redirectUris: request.redirectUris ?? [],
    skipConsent: request.skipConsent ?? false,
    shared: request.shared ?? false,
    programmaticConnect: request.programmaticConnect ?? false,
    ...(request.apiBaseUri !== undefined && { apiBaseUri: request.apiBaseUri }),
    ...(request.appInstallUrl !== undefined && { appInstallUrl: request.appInstallUrl }),
    ...place,
    state: 'active',
    createdAt: now,
    updatedAt: now,
  } as const
  const secret = await sealClientSecret(ports.vault, base, 1, request.clientSecret)
  ports.audit.record({ action: 'provider.created', ...caller, providerId: base.id })

  for (let tries = 0; tries < SLUG_TRIES; tries++) {
    const provider = { ...base, slug: request.slug ?? deriveSlug(request.name, tries) }
    const outcome = await ports.providers.create(provider, secret)
    if (outcome === 'created') return provider
    if (outcome === 'idTaken') throw invalid('id', 'is that of another provider: leave it out, or take a new UUIDv7')
    if (request.slug !== undefined) break
  }
  throw new Problem('slugTaken')
}
