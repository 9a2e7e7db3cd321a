import * as z from 'zod'
import { defineOperation } from '../operation.ts'
import { idParam } from '../schemas/fields.ts'

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

const page = z.string().meta({ description: 'A page for a person', contentMediaType: 'text/html' })

export const showCallback = defineOperation({
  id: 'showCallback',
  surface: 'pages',
  method: 'GET',
  path: '/oauth2/callback/{providerId}',
  access: 'public',
  summary: 'Where a provider sends the browser back; nothing is exchanged here, the application finishes the flow',
  params: z.object({ providerId: idParam }),
  replies: { 200: page },
  errors: [],
  grants: [],
})

export const showSharedCallback = defineOperation({
  id: 'showSharedCallback',
  surface: 'pages',
  method: 'GET',
  path: '/oauth2/callback',
  access: 'public',
  summary: 'The same for providers registered with the one redirect URI of all',
  replies: { 200: page },
  errors: [],
  grants: [],
})
