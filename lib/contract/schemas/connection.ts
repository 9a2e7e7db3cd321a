import * as z from 'zod'
import { futureTime, idParam, scopes, text } from './fields.ts'
import { single } from './query.ts'

export const connectionInit = z
  .object({
    providerId: idParam,
    redirectUri: z.string().max(2048).optional().describe('`callbackUrl` of the provider, or one of its allow-list.'),
    scopes: scopes.optional(),
    name: text(200).optional().describe('Of the credential that comes of it; the name of the provider unless said.'),
    expiresAt: futureTime.optional().describe('When the connection is deleted and revoked.'),
  })
  .meta({ id: 'ConnectionInitRequest' })

export const connectionStarted = z.object({ url: z.string(), state: z.string() }).meta({ id: 'ConnectionInitResponse' })

/** What the redirect brought (RFC 6749 section 4.1.2, RFC 9207), handed on with the same names. */
export const connectionCallback = z
  .object({
    code: single(z.string().max(8192)),
    state: single(z.string().max(512)),
    iss: single(z.string().max(2048)),
    error: single(z.string().max(256)),
    error_description: single(z.string().max(2048)),
  })
  .refine(({ state }) => state !== undefined, { path: ['state'], message: 'is required' })
  .refine(({ code, error }) => code !== undefined || error !== undefined, {
    path: ['code'],
    message: 'is required unless there is an error',
  })
