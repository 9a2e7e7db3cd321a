import { getCredential } from '../../lib/contract/operations/credentials.ts'
import { connectionView } from '../../lib/domain/credentials/credential.ts'
import { findCredential } from '../../lib/domain/credentials/find.ts'
import { readableView } from '../../lib/domain/credentials/readable-view.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { credentials, grants } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(getCredential)(async ({ params, caller }) => {
  const { credential, connection } = await findCredential({ credentials, grants }, caller, params.credentialId)
  return { status: 200, body: connection ? connectionView(connection) : await readableView(vault, credential) }
})
