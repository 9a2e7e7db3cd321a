import { auditStore } from '../../storage/audit-store.ts'
import { table } from './table.ts'

export const auditEntries = auditStore(table)
