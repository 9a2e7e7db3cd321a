import { finishConnection } from '../../lib/contract/operations/connections.ts'
import { complete } from '../../lib/domain/connect/complete.ts'
import { connectionView } from '../../lib/domain/credentials/credential.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(finishConnection)(async ({ query, caller }) => {
  const { state = '', code, iss, error } = query
  const ports = { providers, grants, flows, vault, oauth, audit }
  return { status: 200, body: connectionView(await complete(ports, caller, { state, code, iss, error })) }
})
