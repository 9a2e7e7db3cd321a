import * as z from 'zod'
import { defineOperation } from '../operation.ts'
import { idParam } from '../schemas/fields.ts'
import { jobLocation } from '../schemas/job.ts'
import {
  createProvider as createProviderBody,
  provider,
  providerType,
  updateProvider as updateProviderBody,
} from '../schemas/provider.ts'
import { flag, list, paging, single } from '../schemas/query.ts'
import { verification } from '../schemas/verification.ts'

const base = '/api/v2/externalOAuth/providers'
const params = z.object({ providerId: idParam })

export const listProviders = defineOperation({
  id: 'listProviders',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/`,
  access: 'member',
  summary: 'List the OAuth providers of the organization',
  query: z.object({
    ids: list(z.string().max(128)),
    types: list(providerType),
    host: list(z.string().max(2048)),
    orderBy: single(z.enum(['createdAt', '-createdAt'])),
    ...paging,
  }),
  replies: { 200: z.object({ data: z.array(provider), next: z.string().optional() }) },
  errors: [422],
  grants: ['provider:query'],
})

export const createProvider = defineOperation({
  id: 'createProvider',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/`,
  access: 'admin',
  summary: 'Register an OAuth provider',
  body: createProviderBody,
  replies: { 201: provider },
  errors: [403, 409, 413, 422],
  grants: ['provider:put', 'secret:put', 'slug:put', 'seal:clientSecret', 'audit:put'],
})

export const getProvider = defineOperation({
  id: 'getProvider',
  surface: 'externalOAuth',
  method: 'GET',
  path: `${base}/{providerId}/`,
  access: 'member',
  summary: 'Get an OAuth provider',
  params,
  replies: { 200: provider },
  errors: [404, 422],
  grants: ['provider:get'],
})

export const updateProvider = defineOperation({
  id: 'updateProvider',
  surface: 'externalOAuth',
  method: 'PATCH',
  path: `${base}/{providerId}/`,
  access: 'adminOfKnown',
  summary: 'Change an OAuth provider',
  params,
  body: updateProviderBody,
  replies: { 200: provider },
  errors: [403, 404, 409, 413, 422],
  grants: [
    'provider:get',
    'provider:update',
    'secret:put',
    'slug:put',
    'slug:delete',
    'reseal:clientSecret',
    'audit:put',
  ],
})

export const deleteProvider = defineOperation({
  id: 'deleteProvider',
  surface: 'externalOAuth',
  method: 'DELETE',
  path: `${base}/{providerId}/`,
  access: 'adminOfKnown',
  summary: 'Delete an OAuth provider and every grant of it, by a job',
  params,
  query: z.object({ dryRun: single(flag) }),
  replies: {
    200: z
      .object({ providerId: z.string(), name: z.string(), authorizationCount: z.int(), userCount: z.int() })
      .meta({ id: 'DeletionPreview', description: 'With `dryRun=true`: what would go.' }),
    202: jobLocation,
  },
  errors: [403, 404, 422],
  grants: ['provider:get', 'provider:update', 'job:put', 'slug:delete', 'member:query', 'send:jobs', 'audit:put'],
})

export const verifyProvider = defineOperation({
  id: 'verifyProvider',
  surface: 'externalOAuth',
  method: 'POST',
  path: `${base}/{providerId}/verify/`,
  access: 'adminOfKnown',
  summary: 'Check an OAuth provider without any user: its metadata, client, secret and callback URL',
  params,
  replies: { 200: verification },
  errors: [403, 404, 409, 422],
  grants: ['provider:get', 'provider:update', 'secret:get', 'open:clientSecret', 'audit:put'],
})
