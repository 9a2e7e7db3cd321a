import * as z from 'zod'
import { defineOperation } from '../operation.ts'
import { completeConnectTicketRequest, connectTicket, connectTicketRequest } from '../schemas/connect-ticket.ts'
import { idParam } from '../schemas/fields.ts'
import { connection } from '../schemas/integration.ts'
import { single } from '../schemas/query.ts'
import { completeCallback } from './connect.ts'

export const createConnectTicket = defineOperation({
  id: 'createConnectTicket',
  surface: 'integrations',
  method: 'POST',
  path: '/api/connect-tickets',
  access: 'member',
  summary: "Get a link that connects an account in the user's browser: good once, and for a minute",
  body: connectTicketRequest,
  replies: { 201: connectTicket },
  errors: [404, 409, 413, 422],
  grants: ['provider:get', 'slug:get', 'member:get', 'ticket:put', 'audit:put'],
})

export const completeConnectTicket = defineOperation({
  id: 'completeConnectTicket',
  surface: 'integrations',
  method: 'POST',
  path: '/api/connect-tickets/complete',
  access: 'member',
  summary: 'Finish to connect an account with the handle that the browser brought back to the application',
  body: completeConnectTicketRequest,
  replies: { 201: connection },
  errors: [400, 404, 409, 410, 413, 422, 502],
  timeoutSeconds: 60,
  grants: completeCallback.grants,
})

export const initiateConnect = defineOperation({
  id: 'initiateConnect',
  surface: 'integrations',
  method: 'GET',
  path: '/api/integrations/{id}/connect',
  access: 'member',
  summary: "Begin to connect an account: redirects to the provider's authorization URL",
  params: z.object({ id: idParam }),
  query: z.object({ returnTo: single(z.string().max(2048)) }),
  replies: { 302: null },
  errors: [404, 409, 422],
  grants: ['provider:get', 'slug:get', 'member:get', 'flow:put', 'seal:flow', 'audit:put'],
})
