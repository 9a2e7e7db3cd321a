import * as z from 'zod'
import { disconnect, serveToken } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { accessToken, authorizedProvider, grantStatus, userInfo } from '../schemas/authorized-provider.ts'
import { diagnosis } from '../schemas/diagnosis.ts'
import { idParam } from '../schemas/fields.ts'
import { flag, list, paging, single, wholeNumber } from '../schemas/query.ts'

const base = '/api/v2/externalOAuth/authorizedProviders'
const params = z.object({ authorizedProviderId: idParam })

export const listAuthorizedProviders = defineOperation({
  id: 'listAuthorizedProviders',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/`,
  access: 'member',
  summary: "List the caller's grants; for an admin those of another user, or with `all` of the organization",
  query: z.object({
    userId: single(z.string().max(255)),
    all: single(flag),
    providerIds: list(z.string().max(128)),
    statuses: list(grantStatus),
    ...paging,
  }),
  replies: { 200: z.object({ data: z.array(authorizedProvider), next: z.string().optional() }) },
  errors: [403, 422],
  grants: ['user:query', 'member:query', 'grant:batchGet', 'provider:batchGet', 'provider:query'],
})

export const getAuthorizedProvider = defineOperation({
  id: 'getAuthorizedProvider',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/{authorizedProviderId}/`,
  access: 'member',
  summary: 'Get a grant',
  params,
  replies: { 200: authorizedProvider },
  errors: [404, 422],
  grants: ['grant:get', 'grant:batchGet', 'provider:get', 'provider:batchGet'],
})

export const deleteAuthorizedProvider = defineOperation({
  id: 'deleteAuthorizedProvider',
  surface: 'externalOAuth',
  method: 'DELETE',
  path: `${base}/{authorizedProviderId}/`,
  access: 'member',
  summary: 'Revoke and delete a grant',
  params,
  replies: { 204: null },
  errors: [404, 422],
  timeoutSeconds: 60,
  grants: disconnect,
})

export const acquireAccessToken = defineOperation({
  id: 'acquireAccessToken',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/{authorizedProviderId}/accessToken/`,
  aliases: [`${base}/{authorizedProviderId}/token/`],
  access: 'member',
  summary: 'Get a fresh access token',
  params,
  query: z.object({ minimumSeconds: single(wholeNumber(0, 86_400)) }),
  replies: { 201: accessToken },
  errors: [403, 404, 410, 422, 502],
  timeoutSeconds: 60,
  grants: serveToken,
})

export const acquireProviderAccessToken = defineOperation({
  id: 'acquireProviderAccessToken',
  surface: 'externalOAuth',
  method: 'POST',
  path: '/api/v2/externalOAuth/providers/{providerId}/accessToken/',
  access: 'member',
  summary: "Get a fresh access token of the caller's newest living grant at a provider",
  params: z.object({ providerId: idParam }),
  query: z.object({ minimumSeconds: single(wholeNumber(0, 86_400)), connect: single(flag) }),
  replies: { 201: accessToken },
  errors: [403, 404, 410, 422, 502],
  timeoutSeconds: 60,
  grants: [...serveToken, 'user:query', 'member:get', 'ticket:put'],
})

export const getUserinfo = defineOperation({
  id: 'getUserinfo',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/{authorizedProviderId}/userinfo/`,
  access: 'member',
  summary: 'Get the profile of the connected account',
  params,
  replies: { 200: userInfo },
  errors: [403, 404, 410, 422, 502],
  timeoutSeconds: 60,
  grants: serveToken,
})

export const diagnoseAuthorizedProvider = defineOperation({
  id: 'diagnoseAuthorizedProvider',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/{authorizedProviderId}/diagnosis/`,
  access: 'member',
  summary: 'Find out why a grant does not work, who must act, and how',
  params,
  replies: { 200: diagnosis },
  errors: [403, 404, 422],
  timeoutSeconds: 60,
  grants: serveToken,
})
