import * as z from 'zod'
import type { Grant } from '../grant.ts'
import { disconnect } from '../grant-sets.ts'
import { defineOperation } from '../operation.ts'
import { createCredential as createBody, credential, updateCredential as updateBody } from '../schemas/credential.ts'
import { idParam, organizationParam } from '../schemas/fields.ts'
import { paging } from '../schemas/query.ts'

const base = '/organisations/{organisationId}/credentials'
const organization = z.object({ organisationId: organizationParam })
const params = z.object({ organisationId: organizationParam, credentialId: idParam })

/** An id is that of a credential, or else of a grant's tokens. */
const find = [
  'credential:get',
  'grant:get',
  'grant:batchGet',
  'provider:get',
  'provider:batchGet',
] as const satisfies Grant[]

export const listCredentials = defineOperation({
  id: 'listCredentials',
  surface: 'connections',
  method: 'GET',
  path: base,
  access: 'member',
  summary: 'List the credentials of the organization, then the connections that the caller may see',
  params: organization,
  query: z.object(paging),
  replies: { 200: z.object({ data: z.array(credential), next: z.string().optional() }) },
  errors: [404, 422],
  grants: [
    'credential:query',
    'user:query',
    'provider:query',
    'member:query',
    'grant:batchGet',
    'provider:batchGet',
    'open:credential',
  ],
})

export const createCredential = defineOperation({
  id: 'createCredential',
  surface: 'connections',
  method: 'POST',
  path: base,
  access: 'managerOfKnown',
  summary: 'Keep a credential',
  params: organization,
  body: createBody,
  replies: { 201: credential },
  errors: [403, 404, 413, 422],
  grants: ['credential:put', 'seal:credential', 'audit:put'],
})

export const getCredential = defineOperation({
  id: 'getCredential',
  surface: 'connections',
  method: 'GET',
  path: `${base}/{credentialId}`,
  access: 'member',
  summary: 'Get a credential, without what is redacted',
  params,
  replies: { 200: credential },
  errors: [404, 422],
  grants: [...find, 'open:credential'],
})

export const updateCredential = defineOperation({
  id: 'updateCredential',
  surface: 'connections',
  method: 'PATCH',
  path: `${base}/{credentialId}`,
  access: 'managerOfKnown',
  summary: 'Change a credential',
  params,
  body: updateBody,
  replies: { 200: credential },
  errors: [403, 404, 413, 422],
  grants: [...find, 'credential:put', 'reseal:credential', 'audit:put'],
})

export const deleteCredential = defineOperation({
  id: 'deleteCredential',
  surface: 'connections',
  method: 'DELETE',
  path: `${base}/{credentialId}`,
  access: 'member',
  summary: 'Delete a credential, or revoke and delete a connection',
  params,
  replies: { 204: null },
  errors: [403, 404, 422],
  timeoutSeconds: 60,
  grants: [...disconnect, 'credential:get', 'credential:delete'],
})

export const revealCredential = defineOperation({
  id: 'revealCredential',
  surface: 'connections',
  method: 'POST',
  path: `${base}/{credentialId}/reveal`,
  access: 'managerOfKnown',
  summary: 'Get a credential with all its data',
  params,
  replies: { 200: credential },
  errors: [403, 404, 422],
  grants: [...find, 'open:credential', 'audit:put'],
})
