import { type Caller, requireManager } from '../caller.ts'
import type { Audit, Vault } from '../ports.ts'
import { Problem } from '../problem.ts'
import type { Credential } from './credential.ts'
import { type CredentialData, checkData } from './data.ts'
import { type FindPorts, findPlain } from './find.ts'
import { openAll, sealData } from './seal-data.ts'

export interface CredentialUpdate {
  readonly name?: string | undefined
  /** Names that are not given stay; null removes one (RFC 7396). */
  readonly data?: Readonly<Record<string, string | null>> | undefined
  readonly redactFields?: readonly string[] | undefined
  /** RFC 3339; null takes the end away. */
  readonly expiresAt?: string | null | undefined
}

/** How often a credential that changes under our hands is read again. */
const TRIES = 4

/**
 * Changes what is named. Throws `credentialNotFound`, `managerOnly`, `invalidRequest` (`type`, `data.<name>`), `tryAgain`.
 */
export const updateCredential = async (
  ports: FindPorts & { vault: Vault; audit: Audit },
  caller: Caller,
  id: string,
  update: CredentialUpdate,
): Promise<Credential> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const credential = await findPlain(ports, caller, id)
    requireManager(caller)
    const data = checkData(credential.type, merge(await openAll(ports.vault, credential), update.data))
    const base = changed(credential, update)
    const next = { ...base, ...(await sealData(ports.vault, base, data)) }
    ports.audit.record({ action: 'credential.updated', ...caller, credentialId: id })
    if (await ports.credentials.replace(next, credential.version)) return next
  }
  throw new Problem('tryAgain')
}

const merge = (data: CredentialData, changes: CredentialUpdate['data'] = {}): CredentialData =>
  Object.fromEntries(
    Object.entries({ ...data, ...changes }).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )

const changed = (credential: Credential, { name, redactFields, expiresAt }: CredentialUpdate): Credential => {
  const { expiresAt: was, ...rest } = credential
  const until = expiresAt === undefined ? was : expiresAt === null ? undefined : Date.parse(expiresAt)
  return {
    ...rest,
    ...(name !== undefined && { name }),
    ...(redactFields !== undefined && credential.type === 'Default' && { redactFields: [...new Set(redactFields)] }),
    ...(until !== undefined && { expiresAt: until }),
    version: credential.version + 1,
    updatedAt: Date.now(),
  }
}
