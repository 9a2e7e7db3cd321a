import * as z from 'zod'

export const checkName = z.enum([
  'discovery',
  'tokenEndpoint',
  'clientSecret',
  'clientId',
  'callbackUrl',
  'scopes',
  'pkce',
  'revocation',
  'publicBaseUrl',
])

export const checkResult = z
  .enum(['passed', 'failed', 'skipped', 'unknown'])
  .describe('`unknown`: it could not be told without a user, or not now.')

/** What was found out about a provider without a user. */
export const verification = z
  .object({
    data: z.array(
      z.object({
        check: checkName,
        result: checkResult,
        message: z.string(),
        fix: z.string().optional().describe('What to do where it failed.'),
      }),
    ),
  })
  .meta({ id: 'Verification' })
