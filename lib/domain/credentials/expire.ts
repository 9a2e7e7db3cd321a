import { isPast } from '../expiry.ts'
import type { Audit, CredentialStore } from '../ports.ts'

/** Removes a credential whose end has come; any other stays. */
export const expireCredential = async (
  { credentials, audit }: { credentials: CredentialStore; audit: Audit },
  orgId: string,
  credentialId: string,
): Promise<void> => {
  // The index may be behind.
  const credential = await credentials.get(orgId, credentialId)
  if (!credential || !isPast(credential)) return
  audit.record({ action: 'credential.removed', orgId, credentialId, reason: 'expired' })
  await credentials.removeExpired(orgId, credentialId)
}
