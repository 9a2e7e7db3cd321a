import { listUserConnections } from '../../lib/contract/operations/user-connections.ts'
import { listConnections } from '../../lib/domain/user-connections/list.ts'
import { pageView } from '../../lib/domain/user-connections/page-view.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants, numbers, providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(listUserConnections)(async ({ query, caller }) => {
  const { page_size: pageSize, source__slug: slug, ...others } = query
  const page = await listConnections({ grants, providers, numbers }, caller, { ...others, pageSize, slug })
  return { status: 200, body: pageView(page, configuration.userConnectionsSource()) }
})
