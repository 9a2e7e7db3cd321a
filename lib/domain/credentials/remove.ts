import { type Caller, requireManager } from '../caller.ts'
import { disconnect } from '../grants/disconnect.ts'
import type { RevokePorts } from '../grants/revoke.ts'
import { type FindPorts, findCredential } from './find.ts'

/**
 * Deletes a credential; of a connection, which its owner and admins see, the grant is revoked and removed.
 * Throws `credentialNotFound`, `managerOnly`, `tryAgain`.
 */
export const removeCredential = async (ports: FindPorts & RevokePorts, caller: Caller, id: string): Promise<void> => {
  const { connection } = await findCredential(ports, caller, id)
  if (connection) {
    await disconnect(ports, caller, connection.grant.id)
    return
  }
  requireManager(caller)
  ports.audit.record({ action: 'credential.removed', ...caller, credentialId: id })
  await ports.credentials.remove(caller.orgId, id)
}
