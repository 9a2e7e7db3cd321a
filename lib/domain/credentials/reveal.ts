import { type Caller, requireManager } from '../caller.ts'
import type { Audit, Vault } from '../ports.ts'
import type { Credential } from './credential.ts'
import type { CredentialData } from './data.ts'
import { type FindPorts, findPlain } from './find.ts'
import { openAll } from './seal-data.ts'

/**
 * A credential with all its data, put on record before it is handed out.
 * Throws `credentialNotFound`, `invalidRequest` (`type`), `managerOnly`, `notRecorded`.
 */
export const revealCredential = async (
  ports: FindPorts & { vault: Vault; audit: Audit },
  caller: Caller,
  id: string,
): Promise<{ credential: Credential; data: CredentialData }> => {
  const credential = await findPlain(ports, caller, id)
  requireManager(caller)
  const data = await openAll(ports.vault, credential)
  ports.audit.record({ action: 'credential.revealed', ...caller, credentialId: id })
  return { credential, data }
}
