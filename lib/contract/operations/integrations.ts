import * as z from 'zod'
import type { Grant } from '../grant.ts'
import { disconnect, finishFlow, serveToken, together } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { idParam } from '../schemas/fields.ts'
import { connection, connectionPage, directConnect, relayedRequest } from '../schemas/integration.ts'
import { single, wholeNumber } from '../schemas/query.ts'

const base = '/api/integrations/{id}'
/** The id or the slug of a provider. */
const params = z.object({ id: idParam })

/** What finding an integration and the caller's connection takes. */
const find: readonly Grant[] = ['provider:get', 'slug:get', 'member:get', 'user:query', 'grant:batchGet']

export const getConnection = defineOperation({
  id: 'getConnection',
  surface: 'integrations',
  method: 'GET',
  path: `${base}/connection`,
  access: 'member',
  summary: "Get the caller's newest connection of an integration, or the shared one",
  params,
  replies: { 200: connection },
  errors: [404, 422],
  grants: find,
})

export const deleteConnection = defineOperation({
  id: 'deleteConnection',
  surface: 'integrations',
  method: 'DELETE',
  path: `${base}/connection`,
  access: 'member',
  summary: 'Revoke and delete that connection',
  params,
  replies: { 204: null },
  errors: [403, 404, 422],
  timeoutSeconds: 60,
  grants: together(find, disconnect),
})

export const connectDirectly = defineOperation({
  id: 'connectDirectly',
  surface: 'integrations',
  method: 'POST',
  path: `${base}/connect`,
  access: 'member',
  summary: 'Connect an account with a code or a refresh token that the application has got by itself',
  params,
  body: directConnect,
  replies: { 201: connection },
  errors: [400, 403, 404, 409, 410, 413, 422, 502],
  timeoutSeconds: 60,
  grants: together(['slug:get', 'grant:batchGet'], finishFlow, ['flow:query', 'flow:put', 'seal:flow']),
})

export const listConnections = defineOperation({
  id: 'listConnections',
  surface: 'integrations',
  method: 'GET',
  path: '/api/integration-connections',
  access: 'member',
  summary: "List the caller's connections and the shared ones",
  query: z.object({ start: single(wholeNumber(0, 999_999_999)), limit: single(wholeNumber(1, 1000)) }),
  replies: { 200: connectionPage },
  errors: [422],
  grants: ['user:query', 'grant:batchGet', 'provider:query', 'member:batchGet', 'provider:batchGet'],
})

export const relayRequest = defineOperation({
  id: 'relayRequest',
  surface: 'integrations',
  method: 'POST',
  path: `${base}/request`,
  access: 'member',
  summary: "Send a request to the integration's API with the token of the connection",
  params,
  body: relayedRequest,
  relays: 'answer',
  // 4 MiB of data in whatever JSON writes it with: six characters for each zero byte.
  maxBodyMebibytes: 25,
  replies: {},
  errors: [403, 404, 409, 410, 413, 422, 502],
  timeoutSeconds: 60,
  grants: together(find, serveToken),
})

export const relayPath = defineOperation({
  id: 'relayPath',
  surface: 'integrations',
  method: 'ANY',
  path: `${base}/request/{path+}`,
  access: 'member',
  summary: 'The same with method, path, query, headers and body of the request itself',
  params: z.object({ ...params.shape, path: z.string() }),
  relays: 'both',
  replies: {},
  errors: [403, 404, 409, 410, 413, 422, 502],
  timeoutSeconds: 60,
  grants: together(find, serveToken),
})
