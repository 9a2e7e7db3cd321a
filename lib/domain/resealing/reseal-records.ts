import type { Credential } from '../credentials/credential.ts'
import { resealData } from '../credentials/seal-data.ts'
import type { Grant } from '../grants/grant.ts'
import { resealTokens } from '../grants/seal-tokens.ts'
import type { CredentialStore, GrantStore, ProviderStore, Vault } from '../ports.ts'
import { resealClientSecret } from '../providers/client-secret.ts'
import type { Provider } from '../providers/provider.ts'
import { isSealBroken } from '../seal-broken.ts'
import type { ResealProgress } from './progress.ts'

export interface RecordPorts {
  readonly providers: ProviderStore
  readonly grants: GrantStore
  readonly credentials: CredentialStore
  readonly vault: Vault
}

/** What became of a record: `same` where there was nothing to do, or somebody else has changed it meanwhile. */
export type Outcome = 'resealed' | 'same' | 'unreadable'

/** Seals one record anew under its target. Whoever saves it at the same time has sealed it just now, and goes before. */
type Reseal<Subject> = (ports: RecordPorts, subject: Subject, targets: ResealProgress['targets']) => Promise<Outcome>

/** What does not open is left as it is, and is no reason not to go on. */
const counted =
  <Subject>(reseal: (...args: Parameters<Reseal<Subject>>) => Promise<boolean>): Reseal<Subject> =>
  async (...args) => {
    try {
      return (await reseal(...args)) ? 'resealed' : 'same'
    } catch (error) {
      if (isSealBroken(error)) return 'unreadable'
      throw error
    }
  }

export const resealGrant = counted<Grant>(async ({ grants, vault }, grant, { grant: atLeast = 0 }) => {
  const tokens = await resealTokens(vault, grant, atLeast)
  return tokens !== undefined && grants.reseal(grant, tokens)
})

export const resealSecret = counted<Provider>(async ({ providers, vault }, provider, { clientSecret: atLeast = 0 }) => {
  const before = await providers.secret(provider.orgId, provider.secretId)
  if (!before) return false
  const sealed = await resealClientSecret(vault, provider, before, atLeast)
  return sealed !== undefined && providers.resealSecret(provider, before, sealed)
})

export const resealCredential = counted<Credential>(
  async ({ credentials, vault }, credential, { credential: atLeast = 0 }) => {
    const data = await resealData(vault, credential, atLeast)
    return data !== undefined && credentials.reseal(credential, data)
  },
)
