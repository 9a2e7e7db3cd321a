import { listConnections } from '../../lib/contract/operations/integrations.ts'
import { connectionPage, MOST } from '../../lib/domain/integrations/connection-page.ts'
import { listConnections as list } from '../../lib/domain/integrations/list-connections.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(listConnections)(async ({ query, caller }) => {
  const { start = 0, limit = MOST } = query
  return { status: 200, body: connectionPage(query, await list({ grants, providers }, caller, { start, limit })) }
})
