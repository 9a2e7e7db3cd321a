import * as z from 'zod'
import { grantStatus } from './authorized-provider.ts'
import { time } from './fields.ts'

export const cause = z.enum([
  'healthy',
  'missingScopes',
  'grantDead',
  'refreshOutcomeUnknown',
  'userActionRequired',
  'tokenExpired',
  'tokenRejected',
  'clientRejected',
  'clientChanged',
  'providerPaused',
  'providerDisabled',
  'providerDeleting',
  'providerDeletionFailed',
  'upstreamUnavailable',
  'upstreamAnswer',
  'sealBroken',
])

export const whoMustAct = z
  .enum(['nobody', 'user', 'admin', 'provider', 'operator'])
  .describe('`user`: the owner of the grant; `admin`: of the organization; `operator`: whoever runs this deployment.')

const scopes = z.array(z.string())

/** Why a grant works or does not, and who can mend it. */
export const diagnosis = z
  .object({
    authorizedProviderId: z.string(),
    status: grantStatus,
    cause,
    explanation: z.string(),
    upstreamError: z.string().optional().describe("The provider's error code."),
    upstreamSubErrors: z.array(z.string()).optional().describe('Its further codes, such as `AADSTS700082`.'),
    upstreamErrorAt: time.optional(),
    whoMustAct,
    fix: z.string(),
    reconnectUrl: z
      .string()
      .optional()
      .describe('Where the user must act: POST here to begin to connect the same account again.'),
    nextTryAt: time.optional().describe('Until then the provider is not asked.'),
    requestedScopes: scopes,
    grantedScopes: scopes,
    missingScopes: scopes,
  })
  .meta({ id: 'Diagnosis' })
