import * as z from 'zod'
import { futureTime, text, time } from './fields.ts'

/** What members of an organization create; the rest of the types are views of grants. */
export const plainTypes = ['Default', 'Raw', 'BasicAuth'] as const
export const credentialType = z.enum([...plainTypes, 'OAuth2Refresh'])

const MOST_NAMES = 100
/** A row of the table holds 400 KB; sealing and redacted names take their part. */
const MOST_BYTES = 256 * 1024

const dataName = z
  .string()
  .min(1)
  .max(128)
  .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name))

/** Standard base64 with its padding (RFC 4648 section 4), spelled in the one way that decoding and encoding keeps. */
const base64 = z
  .string('must be a base64 string')
  .refine((value) => Buffer.from(value, 'base64').toString('base64') === value, 'must be a base64 string')

/** What is wrong with the size of data, if anything. */
export const tooMuch = (data: object): string | undefined => {
  if (Object.keys(data).length > MOST_NAMES) return `must have at most ${MOST_NAMES} names`
  return Buffer.byteLength(JSON.stringify(data)) > MOST_BYTES ? 'must be at most 256 KiB of JSON' : undefined
}

const bounded = <Schema extends z.ZodType<object>>(schema: Schema) =>
  schema.superRefine((data, context) => {
    const message = tooMuch(data)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

const redactFields = z.array(dataName).max(MOST_NAMES, `must have at most ${MOST_NAMES} names`)

/** Sensitive data that an organization keeps here; a grant is seen as one of the type OAuth2Refresh. */
export const credential = z
  .object({
    id: z.string(),
    name: z.string(),
    organisationId: z.string(),
    type: credentialType,
    data: z.record(z.string(), z.string()).describe('Names with base64 values, without those of `redactFields`.'),
    expiresAt: time.optional().describe('When it is deleted; absent when it stays.'),
    redactFields: z.array(z.string()).describe('What `data` leaves out.'),
  })
  .meta({ id: 'Credential' })

export const createCredential = z
  .object({
    name: text(200),
    type: z
      .enum(plainTypes, `must be one of ${plainTypes.join(', ')}; OAuth2Refresh is made by connecting an account`)
      .optional()
      .describe('`Default` unless said.'),
    data: bounded(z.record(dataName, base64)).describe(
      'Names with base64 values. `Raw` has `value`, `BasicAuth` has `username` and `password`.',
    ),
    redactFields: redactFields.optional().describe('Of the type `Default`: what is never shown again but by reveal.'),
    expiresAt: futureTime.optional(),
  })
  .meta({ id: 'CreateCredentialRequest' })

const changeable = {
  name: text(200).optional(),
  data: bounded(z.record(dataName, base64.nullable()))
    .optional()
    .describe('Names that are not given stay; null removes one (RFC 7396).'),
  redactFields: redactFields.optional(),
  expiresAt: futureTime.nullable().optional().describe('null: it stays.'),
}

export const updateCredential = z
  .object({ ...changeable, type: z.never('cannot be changed: create another credential').optional() })
  .refine(
    (body) => Object.keys(changeable).some((name) => body[name as keyof typeof body] !== undefined),
    `must hold at least one of ${Object.keys(changeable).join(', ')}`,
  )
  .meta({ id: 'UpdateCredentialRequest' })
