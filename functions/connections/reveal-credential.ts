import { revealCredential as operation } from '../../lib/contract/operations/credentials.ts'
import { credentialView } from '../../lib/domain/credentials/credential.ts'
import { revealCredential } from '../../lib/domain/credentials/reveal.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { credentials, grants } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(operation)(async ({ params, caller }) => {
  const ports = { credentials, grants, vault, audit }
  const { credential, data } = await revealCredential(ports, caller, params.credentialId)
  return { status: 200, body: credentialView(credential, data) }
})
