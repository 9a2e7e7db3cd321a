import * as z from 'zod'
import { time } from './fields.ts'

/** A grant, as the surface of integrations knows it. */
export const connection = z
  .object({
    id: z.string(),
    integrationId: z.string(),
    ownerId: z.string(),
    isShared: z.boolean(),
    tokenExpiresAt: time.optional().describe('Absent for a token that does not expire.'),
    refreshTokenExpiresAt: time.optional(),
    lastAuthorizedAt: time,
    apiBaseUri: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'IntegrationConnection' })
