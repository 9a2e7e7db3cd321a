import * as z from 'zod'
import type { Grant } from '../grant.ts'
import { defineOperation } from '../operation.ts'
import { idParam } from '../schemas/fields.ts'
import { page } from '../schemas/page.ts'
import { lenient } from '../schemas/query.ts'

/** A hidden field of our own forms, which nobody fills in by hand. */
const hidden = z.string().min(1, 'must not be empty').max(256)

/** What the redirect brought (RFC 6749 section 4.1.2, RFC 9207). */
const redirect = z.object({
  state: lenient(512),
  code: lenient(8192),
  iss: lenient(2048),
  error: lenient(256),
})

/** The code is exchanged here and the account read, but no grant can be written or opened. */
const comeBack = [
  'flow:get',
  'flow:update',
  'flow:delete',
  'provider:get',
  'provider:update',
  'secret:get',
  'grant:get',
  'sibling:query',
  'open:flow',
  'reseal:flow',
  'open:clientSecret',
  'audit:put',
] as const satisfies Grant[]

export const showConnect = defineOperation({
  id: 'showConnect',
  surface: 'pages',
  method: 'GET',
  path: '/oauth2/connect',
  access: 'public',
  summary: 'The page of a ticket: names user, organization and provider, and asks whether to go on',
  query: z.object({ ticket: lenient(128) }),
  replies: { 200: page },
  errors: [400],
  grants: ['ticket:get', 'ticket:update', 'provider:get'],
})

export const confirmConnect = defineOperation({
  id: 'confirmConnect',
  surface: 'pages',
  method: 'POST',
  path: '/oauth2/connect',
  access: 'public',
  summary: 'What that page sends: uses the ticket up, and redirects to the provider',
  body: z.object({ ticket: hidden, csrf: hidden }),
  replies: { 303: null },
  errors: [400, 403, 404, 409, 413, 422],
  grants: ['ticket:get', 'ticket:update', 'provider:get', 'member:get', 'flow:put', 'seal:flow', 'audit:put'],
})

export const showCallback = defineOperation({
  id: 'showCallback',
  surface: 'pages',
  method: 'GET',
  path: '/oauth2/callback/{providerId}',
  access: 'public',
  summary:
    'Where a provider sends the browser back: on to the application, or a page that asks whether to keep the account',
  params: z.object({ providerId: idParam }),
  query: redirect,
  replies: { 200: page, 302: null },
  errors: [400, 404, 409, 410, 422, 502],
  timeoutSeconds: 60,
  grants: comeBack,
})

export const showSharedCallback = defineOperation({
  id: 'showSharedCallback',
  surface: 'pages',
  method: 'GET',
  path: '/oauth2/callback',
  access: 'public',
  summary: 'The same for providers registered with the one redirect URI of all',
  query: redirect,
  replies: { 200: page, 302: null },
  errors: [400, 404, 409, 410, 502],
  timeoutSeconds: 60,
  grants: comeBack,
})

export const decideConnect = defineOperation({
  id: 'decideConnect',
  surface: 'pages',
  method: 'POST',
  path: '/oauth2/connect/decision',
  access: 'public',
  summary: 'What the last page sends: the account is kept, or its tokens are revoked',
  body: z.object({ flow: hidden, csrf: hidden, decision: z.enum(['keep', 'decline']) }),
  replies: { 200: page, 303: null },
  errors: [400, 403, 404, 409, 413, 422],
  timeoutSeconds: 60,
  grants: [
    'flow:get',
    'flow:update',
    'flow:delete',
    'provider:get',
    'provider:check',
    'secret:get',
    'member:get',
    'member:put',
    'grant:get',
    'grant:put',
    'user:put',
    'sibling:put',
    'sibling:query',
    'open:clientSecret',
    'open:flow',
    'reseal:flow',
    'open:grant',
    'seal:grant',
    'audit:put',
  ],
})
