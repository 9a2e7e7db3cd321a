import * as z from 'zod'
import { defineOperation } from '../operation.ts'
import { idParam } from '../schemas/fields.ts'
import { job, jobLocation, jobStatus, jobType } from '../schemas/job.ts'
import { list, paging } from '../schemas/query.ts'

const base = '/api/v2/externalOAuth/jobs'

export const getJob = defineOperation({
  id: 'getJob',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/{jobId}/`,
  access: 'admin',
  summary: 'Get a job and how far it is',
  params: z.object({ jobId: idParam }),
  replies: { 200: job },
  errors: [403, 404, 422],
  grants: ['job:get', 'chunk:query'],
})

export const listJobs = defineOperation({
  id: 'listJobs',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/`,
  access: 'admin',
  summary: 'List the jobs of the organization, newest first',
  query: z.object({ type: list(jobType), status: list(jobStatus), ...paging }),
  replies: { 200: z.object({ data: z.array(job), next: z.string().optional() }) },
  errors: [403, 422],
  grants: ['job:query'],
})

export const createJob = defineOperation({
  id: 'createJob',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/`,
  access: 'admin',
  summary: 'Start a job: statistics, or sealing anew what the organization keeps',
  body: z
    .object({
      type: z.enum(['STATS', 'RESEAL'], 'must be STATS or RESEAL; providers are deleted by DELETE on the provider'),
      newKeys: z
        .boolean('must be true or false')
        .optional()
        .describe(
          'Of RESEAL: whether new data keys are made first (true unless said), or an earlier job is gone on with.',
        ),
    })
    .meta({ id: 'CreateJobRequest' }),
  replies: { 202: jobLocation },
  errors: [403, 413, 422],
  grants: ['job:put', 'send:jobs', 'audit:put'],
})

export const stopJob = defineOperation({
  id: 'stopJob',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/{jobId}/stop/`,
  access: 'admin',
  summary: 'Stop a job; a deletion goes on to its end',
  params: z.object({ jobId: idParam }),
  replies: { 200: job },
  errors: [403, 404, 409, 422],
  grants: ['job:get', 'job:update', 'chunk:query', 'audit:put'],
})
