import * as z from 'zod'
import { disconnect } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { numberParam, userConnection, userConnections, userConnectionsQuery } from '../schemas/user-connection.ts'

const base = '/api/v3/sources/user_connections/oauth'
const params = z.object({ id: numberParam })

export const listUserConnections = defineOperation({
  id: 'listUserConnections',
  surface: 'userConnections',
  method: 'GET',
  path: `${base}/`,
  access: 'member',
  summary: "List the caller's grants under their numbers; an admin's list has all of the organization",
  query: userConnectionsQuery,
  replies: { 200: userConnections },
  errors: [400, 403, 404],
  grants: [
    'user:query',
    'provider:query',
    'member:query',
    'grant:batchGet',
    'provider:batchGet',
    'number:get',
    'number:batchGet',
    'number:update',
    'number:put',
    'grant:update',
  ],
})

export const getUserConnection = defineOperation({
  id: 'getUserConnection',
  surface: 'userConnections',
  method: 'GET',
  path: `${base}/{id}/`,
  access: 'member',
  summary: 'Get a grant by its number',
  params,
  replies: { 200: userConnection },
  errors: [400, 403, 404],
  grants: ['number:get', 'number:batchGet', 'grant:get', 'grant:batchGet', 'provider:get', 'provider:batchGet'],
})

export const deleteUserConnection = defineOperation({
  id: 'deleteUserConnection',
  surface: 'userConnections',
  method: 'DELETE',
  path: `${base}/{id}/`,
  access: 'member',
  summary: 'Revoke and delete a grant by its number',
  params,
  replies: { 204: null },
  errors: [400, 403, 404],
  timeoutSeconds: 60,
  grants: [...disconnect, 'number:get'],
})
