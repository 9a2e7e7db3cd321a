import type { Client, ClientSecret, ProviderStore, SealContext, Sealed, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Provider } from './provider.ts'

const context = ({ orgId, secretId }: Pick<Provider, 'orgId' | 'secretId'>, version: number): SealContext => ({
  orgId,
  kind: 'clientSecret',
  id: secretId,
  field: 'clientSecret',
  version,
})

/** Seals a client secret as the given version. */
export const sealClientSecret = async (
  vault: Vault,
  provider: Pick<Provider, 'orgId' | 'secretId'>,
  version: number,
  clientSecret: string,
): Promise<ClientSecret> => ({ version, sealed: await vault.seal(context(provider, version), clientSecret) })

/**
 * A client secret sealed under the data key of that number or a newer one; undefined when it is already.
 * Throws `SealBroken`.
 */
export const resealClientSecret = async (
  vault: Vault,
  provider: Provider,
  { version, sealed }: ClientSecret,
  atLeast: number,
): Promise<Sealed | undefined> => {
  const resealed = await vault.reseal(context(provider, version), sealed, atLeast)
  return resealed === sealed ? undefined : resealed
}

/** The provider with its client secret opened, ready to be used. Throws `SealBroken`, `providerNotFound`. */
export const openClient = async (
  { providers, vault }: { providers: ProviderStore; vault: Vault },
  provider: Provider,
): Promise<Client> => {
  const secret = await providers.secret(provider.orgId, provider.secretId)
  // They go together, so the provider was deleted since it was read.
  if (!secret) throw new Problem('providerNotFound')
  // A secret set since the provider was read is the newer and better one; its verdict must count against its version.
  return {
    provider: { ...provider, secretVersion: secret.version },
    clientSecret: await vault.open(context(provider, secret.version), secret.sealed),
  }
}
