import * as z from 'zod'
import { disconnect, findLink, finishFlow, serveToken, together } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { device, deviceExchange, externalAuth, externalAuths, unlinked } from '../schemas/external-auth.ts'
import { idParam } from '../schemas/fields.ts'

const base = '/api/v2/external-auth'
/** The id or the slug of a provider. */
const params = z.object({ externalauth: idParam })

export const listExternalAuths = defineOperation({
  id: 'listExternalAuths',
  surface: 'externalAuth',
  method: 'GET',
  path: base,
  access: 'member',
  summary: 'List the providers, and the links of the caller, each asked whether it is good',
  replies: { 200: externalAuths },
  errors: [],
  timeoutSeconds: 60,
  grants: together(['provider:query', 'user:query'], serveToken),
})

export const getExternalAuth = defineOperation({
  id: 'getExternalAuth',
  surface: 'externalAuth',
  method: 'GET',
  path: `${base}/{externalauth}`,
  access: 'member',
  summary: "Get a provider with the caller's link to it, asked whether it is good",
  params,
  replies: { 200: externalAuth },
  errors: [404, 422, 502],
  timeoutSeconds: 60,
  grants: together(findLink, serveToken),
})

export const deleteExternalAuth = defineOperation({
  id: 'deleteExternalAuth',
  surface: 'externalAuth',
  method: 'DELETE',
  path: `${base}/{externalauth}`,
  access: 'member',
  summary: "Revoke and delete the caller's link to a provider",
  params,
  replies: { 200: unlinked },
  errors: [404, 422],
  timeoutSeconds: 60,
  grants: together(findLink, disconnect),
})

export const startExternalAuthDevice = defineOperation({
  id: 'startExternalAuthDevice',
  surface: 'externalAuth',
  method: 'GET',
  path: `${base}/{externalauth}/device`,
  access: 'member',
  summary: 'Begin to connect an account by the device flow: answers the code that the user types in',
  params,
  replies: { 200: device },
  errors: [400, 404, 409, 422, 502],
  grants: [
    'provider:get',
    'slug:get',
    'secret:get',
    'member:get',
    'flow:put',
    'open:clientSecret',
    'seal:flow',
    'audit:put',
  ],
})

export const completeExternalAuthDevice = defineOperation({
  id: 'completeExternalAuthDevice',
  surface: 'externalAuth',
  method: 'POST',
  path: `${base}/{externalauth}/device`,
  access: 'member',
  summary: 'Finish to connect an account by the device flow: 204 once the user has typed in the code',
  params,
  body: deviceExchange,
  replies: { 204: null },
  errors: [400, 404, 409, 410, 413, 422, 502],
  timeoutSeconds: 60,
  grants: together(['slug:get', 'flow:query', 'flow:put'], finishFlow),
})
