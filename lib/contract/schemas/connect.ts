import * as z from 'zod'
import { authorizedProvider, userInfo } from './authorized-provider.ts'
import { idParam } from './fields.ts'

/** A state that the caller chooses: used verbatim, so that an application finds its session by it. */
export const state = z
  .string()
  .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
  .min(8, 'must be at least 8 characters')
  .max(512, 'must be at most 512 characters')

export const authorization = z
  .object({ redirectUrl: z.string(), state: z.string() })
  .meta({ id: 'AuthorizeProviderResponse' })

/** What the redirect brought (RFC 6749 section 4.1.2, RFC 9207). `code` may be absent when there is an `error`. */
export const callbackRequest = z
  .object({
    providerId: idParam,
    state: z.string().min(1).max(512),
    code: z.string().min(1).max(8192).optional(),
    iss: z.string().max(2048).optional(),
    error: z.string().max(256).optional(),
    errorDescription: z.string().max(2048).optional(),
  })
  .refine((body) => body.code !== undefined || body.error !== undefined, {
    path: ['code'],
    message: 'is required unless there is an error',
    // Also where other fields are wrong, so that all are named at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  })
  .meta({ id: 'OAuthCallbackRequest' })

export const connected = z.object({ authorizedProvider, userInfo }).meta({ id: 'CallbackResponse' })
