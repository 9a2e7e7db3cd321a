import * as z from 'zod'
import { time } from './fields.ts'

export const jobType = z.enum(['DELETE_PROVIDER', 'STATS', 'RESEAL'])
export const jobStatus = z.enum(['PENDING', 'RUNNING', 'COMPLETED', 'ERROR'])

export const job = z
  .object({
    id: z.string(),
    orgId: z.string(),
    type: jobType,
    name: z.string(),
    status: jobStatus,
    details: z.array(z.object({ name: z.string(), value: z.string() })),
    startedAt: time.optional(),
    lastMovedAt: time.optional().describe('When something was last done for it.'),
    finishedAt: time.optional(),
  })
  .meta({ id: 'Job' })

export const jobLocation = z
  .object({ location: z.string().describe('The absolute URL of the job.') })
  .meta({ id: 'JobLocation' })
