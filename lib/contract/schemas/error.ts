import * as z from 'zod'
import type { Surface } from '../operation.ts'
import { time } from './fields.ts'
import { page } from './page.ts'

/** Every error of surfaces 1, 3 and 4, the gateway's own included. */
export const errorBody = z
  .object({
    message: z.string(),
    errorFields: z.array(z.object({ name: z.string(), message: z.string() })),
    error: z.string().optional().describe("The provider's own error code (RFC 6749 sections 4.1.2.1 and 5.2)."),
    reason: z.string().optional().describe('Why, where more is known than the status says: a stable code.'),
    connect: z
      .object({ url: z.string(), expiresAt: time })
      .optional()
      .describe('A link that connects an account, where it was asked for by `?connect=true`.'),
  })
  .meta({ id: 'ErrorResponse' })

/** Every error of surface 2. What the gateway answers by itself has no `validations`. */
const validationErrorBody = z
  .object({
    message: z.string(),
    detail: z.string().describe('The error code of RFC 8628 in a device flow; else the message.'),
    validations: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'ExternalAuthError' })

/** Every error of surface 5: of a request that is not valid the fields with their messages, else `detail`. */
const fieldErrorBody = z
  .object({ detail: z.string().optional(), code: z.string().optional() })
  .catchall(z.unknown())
  .meta({ id: 'UserConnectionError', description: 'With 400, each field that is wrong with a list of messages.' })

/** The error body of each surface. */
export const errorBodies: Readonly<Record<Surface, z.ZodType>> = {
  externalOAuth: errorBody,
  externalAuth: validationErrorBody,
  integrations: errorBody,
  connections: errorBody,
  userConnections: fieldErrorBody,
  pages: page,
}
