import { listCredentials as operation } from '../../lib/contract/operations/credentials.ts'
import { listCredentials } from '../../lib/domain/credentials/list.ts'
import { readCursor, writeCursor } from '../../lib/runtime/cursor.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { credentials, grants, providers } from '../../lib/runtime/services/stores.ts'
import { vault } from '../../lib/runtime/services/vault.ts'

export const handler = endpoint(operation)(async ({ query, caller }) => {
  const { limit, cursor } = query
  const scope = ['credentials', caller.orgId, caller.admin || caller.userId]
  const page = await listCredentials({ credentials, grants, providers, vault }, caller, {
    limit,
    after: readCursor(scope, cursor),
  })
  return {
    status: 200,
    body: { data: [...page.items], ...(page.next !== undefined && { next: writeCursor(scope, page.next) }) },
  }
})
