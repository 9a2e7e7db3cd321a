import * as z from 'zod'
import { grantStatus } from './authorized-provider.ts'
import { time } from './fields.ts'

/** A grant, as the third of the original APIs calls it: how an integration, which is a provider, is connected. */
export const connection = z
  .object({
    id: z.string(),
    integrationId: z.string(),
    ownerId: z.string(),
    isShared: z.boolean(),
    status: grantStatus,
    tokenExpiresAt: time.optional().describe('Absent for a token that does not expire.'),
    refreshTokenExpiresAt: time.optional(),
    lastAuthorizedAt: time.describe('When the owner last consented.'),
    apiBaseUri: z.string().optional(),
    data: z.record(z.string(), z.unknown()),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'IntegrationConnection' })

const link = z.object({ href: z.string() })

/** A page of connections, as a HAL document (draft-kelly-json-hal). */
export const connectionPage = z
  .object({
    _links: z.object({ self: link, next: link.optional(), prev: link.optional() }),
    _embedded: z.object({
      'inf:integration-connection': z.array(
        z.object({
          ...connection.shape,
          _embedded: z.object({
            'inf:integration': z.object({ id: z.string(), name: z.string(), type: z.string() }),
          }),
        }),
      ),
    }),
    start: z.int(),
    count: z.int(),
    total: z.int(),
  })
  .meta({ id: 'IntegrationConnectionPage' })

const redirectUri = z
  .string()
  .max(2048, 'must be at most 2048 characters')
  .refine((value) => URL.canParse(value) && !value.includes('#'), 'must be an absolute URI without a fragment')

/** What an application has got by itself: a code with what belongs to it, or a refresh token. */
export const directConnect = z
  .object({
    code: z.string().min(1).max(8192).optional(),
    redirectUri: redirectUri.optional().describe('With `code`: as in the authorization request.'),
    codeVerifier: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{43,128}$/, 'must be 43 to 128 characters of A-Z a-z 0-9 . _ ~ -')
      .optional()
      .describe('With `code`: as in RFC 7636; required where the provider takes PKCE.'),
    nonce: z.string().min(1).max(512).optional().describe('With `code`: when the authorization request had one.'),
    refreshToken: z.string().min(1).max(16_384).optional(),
  })
  .refine(({ code, refreshToken }) => (code === undefined) !== (refreshToken === undefined), {
    path: ['code'],
    message: 'is required, or a refreshToken in its place',
  })
  .refine(({ code, redirectUri: uri }) => code === undefined || uri !== undefined, {
    path: ['redirectUri'],
    message: 'is required with a code',
  })
  .meta({ id: 'ConnectIntegrationRequest' })

/** The methods that are handed on; not CONNECT and TRACE, which speak to proxies. */
export const relayedMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** RFC 9110 section 5.1, without the underscore, which some servers take for a hyphen. */
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^`|~-]{1,128}$/)
const headerValue = z
  .string()
  .max(8192, 'must be at most 8192 characters')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\0-\x08\x0a-\x1f\x7f\u0100-\uffff]*$/, 'must be Latin-1 text without control characters')
const headers = z
  .record(headerName, headerValue)
  .refine(
    (given) => new Set(Object.keys(given).map((name) => name.toLowerCase())).size === Object.keys(given).length,
    'must name each header once',
  )

/** A request to send with the token of a connection. */
export const relayedRequest = z
  .object({
    method: z.string().toUpperCase().pipe(z.enum(relayedMethods)).default('GET'),
    url: z.string().describe("Relative to the integration's `apiBaseUri`, or absolute and inside of it."),
    headers: headers.optional().describe('Those that are not about the way of a request are handed on.'),
    data: z.unknown().optional().describe('The body: a text as it is, anything else as JSON; `null` is none.'),
    dataEncoding: z.literal('base64').optional().describe('`data` is bytes in base64.'),
  })
  .meta({ id: 'IntegrationRequest' })
