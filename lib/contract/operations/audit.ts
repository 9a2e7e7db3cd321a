import * as z from 'zod'
import { defineOperation } from '../operation.ts'
import { auditEntry, instant } from '../schemas/audit.ts'
import { paging, single } from '../schemas/query.ts'

export const listAudit = defineOperation({
  id: 'listAudit',
  surface: 'externalOAuth',
  method: 'GET',
  path: '/api/v2/externalOAuth/audit/',
  access: 'admin',
  summary: 'List the audit records of the organization, newest first, where the table keeps them',
  query: z.object({
    userId: single(z.string().max(255)),
    grantId: single(z.string().max(128)),
    from: single(instant),
    to: single(instant),
    ...paging,
  }),
  replies: { 200: z.object({ data: z.array(auditEntry), next: z.string().optional() }) },
  errors: [403, 409, 422],
  grants: ['audit:query'],
})
