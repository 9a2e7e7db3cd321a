import * as z from 'zod'
import type { Surface } from '../operation.ts'

/** Every error of surface 1, the gateway's own included. */
export const errorBody = z
  .object({
    message: z.string(),
    errorFields: z.array(z.object({ name: z.string(), message: z.string() })),
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

/** The error body of each surface. */
export const errorBodies: Readonly<Record<Surface, z.ZodType>> = {
  externalOAuth: errorBody,
  externalAuth: validationErrorBody,
  integrations: errorBody,
  pages: errorBody,
}
