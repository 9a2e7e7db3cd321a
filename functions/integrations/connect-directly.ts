import { connectDirectly } from '../../lib/contract/operations/integrations.ts'
import { connectDirectly as connect } from '../../lib/domain/integrations/connect-directly.ts'
import { connectionView } from '../../lib/domain/integrations/connection-view.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(connectDirectly)(async ({ params, body, caller }) => {
  const ports = { providers, grants, flows, vault, oauth, audit, publicBaseUrl: configuration.publicBaseUrl() }
  return { status: 201, body: connectionView(await connect(ports, caller, params.id, body)) }
})
