import { type Caller, requireManager } from '../caller.ts'
import { newId } from '../ids.ts'
import type { Audit, CredentialStore, Vault } from '../ports.ts'
import type { Credential, PlainType } from './credential.ts'
import { type CredentialData, checkData } from './data.ts'
import { sealData } from './seal-data.ts'

export interface NewCredential {
  readonly name: string
  readonly type?: PlainType | undefined
  readonly data: CredentialData
  readonly redactFields?: readonly string[] | undefined
  /** RFC 3339. */
  readonly expiresAt?: string | undefined
}

/** Keeps a credential of the caller's organization. Throws `invalidRequest` (`data.<name>`), `managerOnly`. */
export const createCredential = async (
  { credentials, vault, audit }: { credentials: CredentialStore; vault: Vault; audit: Audit },
  caller: Caller,
  { name, type = 'Default', redactFields = [], expiresAt, ...request }: NewCredential,
): Promise<Credential> => {
  const data = checkData(type, request.data)
  requireManager(caller)
  const now = Date.now()
  const base = {
    orgId: caller.orgId,
    id: newId(now),
    name,
    type,
    redactFields: type === 'Default' ? [...new Set(redactFields)] : [],
    version: 1,
    ...(expiresAt !== undefined && { expiresAt: Date.parse(expiresAt) }),
    createdAt: now,
    updatedAt: now,
  }
  const credential = { ...base, ...(await sealData(vault, base, data)) }
  audit.record({ action: 'credential.created', ...caller, credentialId: base.id })
  await credentials.create(credential)
  return credential
}
