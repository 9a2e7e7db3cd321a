import { getUserConnection } from '../../lib/contract/operations/user-connections.ts'
import { findNumbered } from '../../lib/domain/user-connections/find.ts'
import { userConnectionView } from '../../lib/domain/user-connections/user-connection.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants, numbers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(getUserConnection)(async ({ params, caller }) => ({
  status: 200,
  body: userConnectionView(
    await findNumbered({ grants, numbers }, caller, params.id),
    configuration.userConnectionsSource(),
  ),
}))
