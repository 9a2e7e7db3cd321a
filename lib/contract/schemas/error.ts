import * as z from 'zod'

/** Every error of surface 1, the gateway's own included. */
export const errorBody = z
  .object({
    message: z.string(),
    errorFields: z.array(z.object({ name: z.string(), message: z.string() })),
  })
  .meta({ id: 'ErrorResponse' })
