import type { Vault } from '../ports.ts'
import { type Credential, credentialView } from './credential.ts'
import { openShown } from './seal-data.ts'

/** The credential as every member of the organization reads it. Throws `SealBroken`. */
export const readableView = async (vault: Vault, credential: Credential): Promise<ReturnType<typeof credentialView>> =>
  credentialView(credential, await openShown(vault, credential))
