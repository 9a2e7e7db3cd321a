import type { Caller } from '../caller.ts'
import { isPast } from '../expiry.ts'
import { mayKnow } from '../grants/find-grant.ts'
import type { CredentialStore, GrantAndProvider, GrantStore } from '../ports.ts'
import { invalid, Problem } from '../problem.ts'
import type { Credential } from './credential.ts'

export interface FindPorts {
  readonly credentials: CredentialStore
  readonly grants: GrantStore
}

/** What an id of a credential stands for. */
export type Found =
  | { readonly credential: Credential; readonly connection?: never }
  | { readonly credential?: never; readonly connection: GrantAndProvider }

/**
 * A credential of the organization, or a grant that the caller may know of, by the id of its tokens. What is past its
 * time is `credentialNotFound` like what never was.
 */
export const findCredential = async (
  { credentials, grants }: FindPorts,
  caller: Caller,
  id: string,
): Promise<Found> => {
  const credential = await credentials.get(caller.orgId, id)
  if (credential && !isPast(credential)) return { credential }
  // A grant and its tokens have one id.
  const connection = await grants.getWithProvider(caller.orgId, id)
  if (!connection || connection.grant.credentialId !== id || !mayKnow(caller, connection.grant)) {
    throw new Problem('credentialNotFound')
  }
  return { connection }
}

/** The same for what is done to plain credentials alone. Throws `credentialNotFound`, `invalidRequest` (`type`). */
export const findPlain = async (ports: FindPorts, caller: Caller, id: string): Promise<Credential> => {
  const { credential } = await findCredential(ports, caller, id)
  if (!credential) throw invalid('type', 'is OAuth2Refresh: only connecting the account again changes it')
  return credential
}
