import type { SealContext, Vault } from '../ports.ts'
import type { Credential } from './credential.ts'
import { type CredentialData, partData } from './data.ts'

type Part = 'shown' | 'hidden'

const context = ({ orgId, id, version }: Pick<Credential, 'orgId' | 'id' | 'version'>, field: Part): SealContext => ({
  orgId,
  kind: 'credential',
  id,
  field,
  version,
})

/** Seals both parts of the data for the version that is to be saved. */
export const sealData = async (
  vault: Vault,
  credential: Pick<Credential, 'orgId' | 'id' | 'version' | 'type' | 'redactFields'>,
  data: CredentialData,
): Promise<Pick<Credential, Part>> => {
  const { shown, hidden } = partData(credential, data)
  return {
    shown: await vault.seal(context(credential, 'shown'), JSON.stringify(shown)),
    hidden: await vault.seal(context(credential, 'hidden'), JSON.stringify(hidden)),
  }
}

/**
 * Both parts of the data sealed under the data key of that number or a newer one; undefined when they are already.
 * Throws `SealBroken`.
 */
export const resealData = async (
  vault: Vault,
  credential: Credential,
  atLeast: number,
): Promise<Pick<Credential, Part> | undefined> => {
  const reseal = (part: Part) => vault.reseal(context(credential, part), credential[part], atLeast)
  const resealed = { shown: await reseal('shown'), hidden: await reseal('hidden') }
  const isSame = resealed.shown === credential.shown && resealed.hidden === credential.hidden
  return isSame ? undefined : resealed
}

const open = async (vault: Vault, credential: Credential, part: Part): Promise<CredentialData> =>
  JSON.parse(await vault.open(context(credential, part), credential[part])) as CredentialData

/** What every member may read. Throws `SealBroken`. */
export const openShown = (vault: Vault, credential: Credential): Promise<CredentialData> =>
  open(vault, credential, 'shown')

/** All of it. Throws `SealBroken`. */
export const openAll = async (vault: Vault, credential: Credential): Promise<CredentialData> => ({
  ...(await open(vault, credential, 'shown')),
  ...(await open(vault, credential, 'hidden')),
})
