import * as z from 'zod'

/** An id that Grantkeeper makes, or a slug, as a client sends it. */
export const idParam = z
  .string()
  .regex(/^[A-Za-z0-9._~-]{1,128}$/, 'must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -')

/** An id as Grantkeeper makes them, made by the client. */
export const newIdField = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'must be a UUIDv7 in lower case (RFC 9562)',
  )

/** RFC 3339, UTC, milliseconds. */
export const time = z.iso.datetime({ precision: 3 }).meta({ format: 'date-time' })

/** Text that a person reads: no control characters, so that it cannot break a log line or a header. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must be valid text without control characters')

/** Text that is compared or sent byte for byte, such as a client id or a secret. */
export const opaque = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must be at most ${max} characters`)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be valid text')

/** An absolute URL; whether its host may be reached is checked where it is used. */
export const url = z
  .string()
  .max(2048, 'must be at most 2048 characters')
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be an absolute https URL')
  .refine((value) => !URL.canParse(value) || !new URL(value).hash, 'must have no fragment')
  .refine(
    (value) => !URL.canParse(value) || !(new URL(value).username || new URL(value).password),
    'must hold no user name or password',
  )

/** An OAuth scope token (RFC 6749 section 3.3), or what providers use in its place. */
export const scope = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
export const scopes = z.array(scope).max(100, 'must have at most 100 entries')

export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'must be 1 to 50 characters of a-z 0-9 _ -, beginning with a letter or digit')
  .refine((value) => !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value), 'must not look like an id (a UUID)')

/** A time to come, as clients write it: RFC 3339 with any offset. */
export const futureTime = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
  .refine((value) => Date.parse(value) > Date.now(), 'must be in the future')

/** The organization that a path names; only the caller's own is known. */
export const organizationParam = z.string().min(1).max(255)
