import * as z from 'zod'

/** What came of the revocation that precedes the removal of a link. */
export const unlinked = z
  .object({
    token_revoked: z.boolean(),
    token_revocation_error: z.string().describe('Why the tokens may live on; empty when they were revoked.'),
  })
  .meta({ id: 'DeleteExternalAuthByIDResponse' })
