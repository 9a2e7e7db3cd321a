import * as z from 'zod'
import { finishFlow } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { connectionCallback, connectionInit, connectionStarted } from '../schemas/connection.ts'
import { credential } from '../schemas/credential.ts'
import { organizationParam } from '../schemas/fields.ts'

export const initConnection = defineOperation({
  id: 'initConnection',
  surface: 'connections',
  method: 'POST',
  path: '/organisations/{organisationId}/connection-init',
  access: 'member',
  summary: "Begin to connect an account: answers the provider's authorization URL and the state",
  params: z.object({ organisationId: organizationParam }),
  body: connectionInit,
  replies: { 200: connectionStarted },
  errors: [404, 409, 413, 422],
  grants: ['provider:get', 'member:get', 'flow:put', 'seal:flow', 'audit:put'],
})

export const finishConnection = defineOperation({
  id: 'finishConnection',
  surface: 'connections',
  method: 'GET',
  path: '/connections/oauth2/callback',
  access: 'member',
  summary: 'Finish to connect an account with what the redirect brought: answers the credential',
  query: connectionCallback,
  replies: { 200: credential },
  errors: [400, 409, 410, 422, 502],
  timeoutSeconds: 60,
  grants: ['flow:get', ...finishFlow],
})
