import { updateCredential as operation } from '../../lib/contract/operations/credentials.ts'
import { readableView } from '../../lib/domain/credentials/readable-view.ts'
import { updateCredential } from '../../lib/domain/credentials/update.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { credentials, grants } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(operation)(async ({ params, body, caller }) => {
  const credential = await updateCredential({ credentials, grants, vault, audit }, caller, params.credentialId, body)
  return { status: 200, body: await readableView(vault, credential) }
})
