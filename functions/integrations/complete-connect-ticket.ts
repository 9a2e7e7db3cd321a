import { completeConnectTicket } from '../../lib/contract/operations/connect-tickets.ts'
import { completeHandle } from '../../lib/domain/connect/complete-handle.ts'
import { connectionView } from '../../lib/domain/integrations/connection-view.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { oauth } from '../../lib/runtime/services/oauth.ts'
import { flows, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(completeConnectTicket)(async ({ body, caller }) => {
  const ports = { providers, grants, flows, vault, oauth, audit }
  return { status: 201, body: connectionView(await completeHandle(ports, caller, body.handle)) }
})
