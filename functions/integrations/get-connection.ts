import { getConnection } from '../../lib/contract/operations/integrations.ts'
import { connectionView } from '../../lib/domain/integrations/connection-view.ts'
import { findConnection } from '../../lib/domain/integrations/find-connection.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(getConnection)(async ({ params, caller }) => ({
  status: 200,
  body: connectionView(await findConnection({ grants, providers }, caller, params.id)),
}))
