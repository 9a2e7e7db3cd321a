import * as z from 'zod'
import { defineOperation } from '../operation.ts'

export const getOpenapi = defineOperation({
  id: 'getOpenapi',
  surface: 'externalOAuth',
  method: 'GET',
  path: '/api/v2/externalOAuth/openapi.json',
  access: 'public',
  summary: 'This API as an OpenAPI 3.1 document',
  replies: { 200: z.record(z.string(), z.unknown()) },
  errors: [],
  grants: [],
})
