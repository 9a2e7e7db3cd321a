import * as z from 'zod'
import { finishFlow } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { authorization, callbackRequest, connected, state } from '../schemas/connect.ts'
import { idParam, scope } from '../schemas/fields.ts'
import { flag, list, single } from '../schemas/query.ts'

const base = '/api/v2/externalOAuth/providers'

export const authorizeProvider = defineOperation({
  id: 'authorizeProvider',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/{providerId}/authorize/`,
  access: 'member',
  summary: "Begin to connect an account: answers the provider's authorization URL",
  params: z.object({ providerId: idParam }),
  query: z.object({
    state: single(state),
    redirect_uri: single(z.string().max(2048)),
    skip_consent: single(flag),
    scopes: list(scope),
    authorizedProviderId: single(idParam),
  }),
  replies: { 200: authorization },
  errors: [404, 409, 422],
  grants: ['provider:get', 'grant:get', 'member:get', 'flow:put', 'seal:flow', 'audit:put'],
})

export const completeCallback = defineOperation({
  id: 'completeCallback',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/callback/`,
  access: 'member',
  summary: 'Finish to connect an account: exchanges the authorization code and keeps the grant',
  body: callbackRequest,
  replies: { 200: connected },
  errors: [400, 404, 409, 410, 413, 422, 502],
  timeoutSeconds: 60,
  grants: ['flow:get', ...finishFlow],
})
