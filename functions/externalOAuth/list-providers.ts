import { listProviders as operation } from '../../lib/contract/operations/providers.ts'
import { listProviders } from '../../lib/domain/providers/list.ts'
import { providerView } from '../../lib/domain/providers/provider.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { readCursor, writeCursor } from '../../lib/runtime/cursor.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(operation)(async ({ query, caller }) => {
  const { limit, cursor, orderBy, ...filters } = query
  const scope = ['providers', caller.orgId, orderBy === '-createdAt', filters]
  const page = await listProviders(providers, caller.orgId, {
    ...filters,
    descending: orderBy === '-createdAt',
    limit,
    after: readCursor(scope, cursor),
  })
  return {
    status: 200,
    body: {
      data: page.items.map((provider) => providerView(provider, configuration.publicBaseUrl())),
      ...(page.next !== undefined && { next: writeCursor(scope, page.next) }),
    },
  }
})
