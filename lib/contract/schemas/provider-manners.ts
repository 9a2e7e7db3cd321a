import * as z from 'zod'

/** Parameter names that the flow itself sets, or that would change who answers and how: not for an admin's parameters. */
const reserved = [
  'response_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'redirect_uri',
  'state',
  'scope',
  'nonce',
  'response_mode',
  'code',
  'code_challenge',
  'code_challenge_method',
  'code_verifier',
  'grant_type',
  'refresh_token',
  'request',
  'request_uri',
]

const extraParams = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'must be a parameter name'), z.string().max(1024))
  .refine((params) => Object.keys(params).length <= 20, 'must have at most 20 entries')
  .refine(
    (params) => !Object.keys(params).some((name) => reserved.includes(name)),
    `must not set a parameter of the flow itself: ${reserved.join(', ')}`,
  )

/** A prompt that is left out may show a page or not; one that is forbidden makes every first consent fail. */
const authParams = extraParams.refine((params) => params.prompt !== 'none', {
  path: ['prompt'],
  message: 'must not be none: a first consent needs its page',
})

/** What error codes of a provider may be said to mean; every other class is told by the call itself. */
const errorClass = z.enum(['grantDead', 'needsUser', 'codeBad', 'clientRejected', 'transient'])

export const jsonPointer = z
  .string()
  .max(256)
  .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer (RFC 6901), such as /data/id')

/** How a server is talked to, and how its answers are read: nothing of it says where tokens go, or who an account is. */
export const manners = {
  authMethod: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
  authParams: authParams.optional(),
  scopeSeparator: z.enum([' ', ',', '+'], 'must be a space, a comma or a plus').optional(),
  pkce: z.boolean().optional(),
  tokenParams: extraParams.optional(),
  refreshParams: extraParams.optional(),
  rotation: z.enum(['replace', 'keep']).optional().describe('`keep` ignores refresh tokens in refresh answers.'),
  defaultTtl: z
    .int()
    .min(1)
    .max(315_360_000)
    .optional()
    .describe('Seconds, when neither a token answer nor an earlier one says how long a token lives.'),
  expiresIn: z
    .enum(['seconds', 'milliseconds', 'epochSeconds', 'epochMilliseconds', 'rfc3339'])
    .optional()
    .describe('What `expires_in` is: a lifetime, or the time of its end.'),
  errorIn: z
    .union(
      [z.string().regex(/^[A-Za-z_][\w.-]{0,63}$/), jsonPointer],
      'must be the name of a member, or a JSON pointer',
    )
    .optional()
    .describe('Where an error answer has its code when that is not `error`: the name of a member, or a JSON pointer.'),
  errors: z
    .record(z.string().regex(/^\w{1,64}$/, 'must be an error code, or a status'), errorClass)
    .refine((errors) => Object.keys(errors).length <= 50, 'must have at most 50 entries')
    .optional()
    .describe(
      'What error codes mean that are not those of the standard, such as `{"invalid_token": "grantDead"}`; a status, such as `"401"`, where there is no code.',
    ),
}
