import * as z from 'zod'
import { time } from './fields.ts'

/** What the table keeps of an audit record: ids and outcomes alone. */
export const auditEntry = z
  .object({
    id: z.string(),
    at: time,
    action: z.string().describe('What happened, such as `token.disclosed`.'),
    userId: z.string().optional(),
    actorId: z.string().optional().describe('The service that acted for the user.'),
    providerId: z.string().optional(),
    grantId: z.string().optional(),
    credentialId: z.string().optional(),
    jobId: z.string().optional(),
    reason: z.string().optional(),
    method: z.string().optional(),
    host: z.string().optional(),
  })
  .meta({ id: 'AuditEntry' })

/** A time as a client sends it, in whatever precision and zone, as milliseconds since the epoch. */
export const instant = z.iso
  .datetime({ offset: true, error: 'must be a time of RFC 3339, such as 2026-11-21T10:00:00Z' })
  .transform((value) => Date.parse(value))
