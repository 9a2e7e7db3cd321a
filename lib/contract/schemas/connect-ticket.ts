import * as z from 'zod'
import { idParam, time } from './fields.ts'

/** Who finishes: the application, to which the browser goes back first, or Grantkeeper's own page. */
export const completion = z.enum(['app', 'page'])

export const connectTicketRequest = z
  .object({
    integrationId: idParam.describe('The id or the slug of a provider.'),
    returnTo: z
      .string()
      .max(2048)
      .optional()
      .describe("Where the browser goes in the end: one of the provider's `redirectUris`, character by character."),
    completion: completion
      .optional()
      .describe('`app`, as is assumed with a `returnTo`: it finishes by the handle that it gets there. Else `page`.'),
  })
  .refine((body) => body.completion !== 'app' || body.returnTo !== undefined, {
    path: ['returnTo'],
    message: 'is required where the application finishes',
  })
  .meta({ id: 'ConnectTicketRequest' })

export const connectTicket = z
  .object({ url: z.string().describe('To be opened in the browser of the user, once.'), expiresAt: time })
  .meta({ id: 'ConnectTicket' })

export const completeConnectTicketRequest = z
  .object({
    handle: z
      .string()
      .regex(/^[\w-]{43}\.[\w-]{43}$/, 'must be what `returnTo` was given')
      .describe('What `returnTo` was given.'),
  })
  .meta({ id: 'CompleteConnectTicketRequest' })
