import { createCredential as operation } from '../../lib/contract/operations/credentials.ts'
import { createCredential } from '../../lib/domain/credentials/create.ts'
import { readableView } from '../../lib/domain/credentials/readable-view.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { credentials } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(operation)(async ({ body, caller }) => {
  const credential = await createCredential({ credentials, vault, audit }, caller, body)
  return { status: 201, body: await readableView(vault, credential) }
})
