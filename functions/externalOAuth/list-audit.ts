import { listAudit as operation } from '../../lib/contract/operations/audit.ts'
import { listAudit } from '../../lib/domain/audit/list-audit.ts'
import { Problem } from '../../lib/domain/problem.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { readCursor, writeCursor } from '../../lib/runtime/cursor.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { auditEntries } from '../../lib/runtime/services/audit-entries.ts'

export const handler = endpoint(operation)(async ({ query, caller }) => {
  if (configuration.auditDays() === undefined) throw new Problem('auditNotKept')
  const { cursor, ...filter } = query
  const scope = ['audit', caller.orgId, filter]
  const page = await listAudit(auditEntries, caller, { ...filter, after: readCursor(scope, cursor) })
  return {
    status: 200,
    body: {
      data: page.items.map(({ at, orgId: _, ...entry }) => ({ ...entry, at: new Date(at).toISOString() })),
      ...(page.next !== undefined && { next: writeCursor(scope, page.next) }),
    },
  }
})
