import { listAuthorizedProviders } from '../../lib/contract/operations/authorized-providers.ts'
import { grantView } from '../../lib/domain/grants/grant.ts'
import { listGrants } from '../../lib/domain/grants/list-grants.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { readCursor, writeCursor } from '../../lib/runtime/cursor.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants, providers } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(listAuthorizedProviders)(async ({ query, caller }) => {
  const { limit, cursor, ...filters } = query
  const scope = ['authorizedProviders', caller.orgId, filters.all ? '' : (filters.userId ?? caller.userId), filters]
  const page = await listGrants({ grants, providers }, caller, { ...filters, limit, after: readCursor(scope, cursor) })
  return {
    status: 200,
    body: {
      data: page.items.map(({ grant, provider }) => grantView(grant, provider, configuration.publicBaseUrl())),
      ...(page.next !== undefined && { next: writeCursor(scope, page.next) }),
    },
  }
})
