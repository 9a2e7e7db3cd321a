import * as z from 'zod'

const values = z.array(z.string())

/** A query parameter that may be given once. An empty value means absent. */
export const single = <Schema extends z.ZodType<unknown, string>>(schema: Schema) =>
  values
    .refine((given) => given.length === 1, 'must be given only once')
    .transform((given) => (given[0] === '' ? undefined : given[0]))
    .pipe(schema.optional())
    .optional()
    .meta({ value: schema })

/**
 * A query parameter of a page, which no application has made: what is too long, or given more than once, is taken for
 * absent, since a person can mend nothing of it.
 */
export const lenient = (max: number) =>
  values
    .transform((given) => (given.length === 1 && given.join().length <= max ? given.join() || undefined : undefined))
    .optional()
    .meta({ value: z.string().max(max) })

/** A query parameter that may be repeated, or hold a comma list, or both. */
export const list = <Schema extends z.ZodType<unknown, string>>(schema: Schema) =>
  values
    .transform((given) => given.flatMap((value) => value.split(',')).filter((value) => value !== ''))
    .pipe(z.array(schema).max(1000, 'must have at most 1000 entries'))
    .optional()
    .meta({ value: schema, multiple: true })

/** `true`, `false`, `1` or `0`. */
export const flag = z
  .enum(['true', 'false', '1', '0'], 'must be true or false')
  .transform((value) => value === 'true' || value === '1')

/** A whole number within bounds. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)

/** The page size and the place to go on from. */
export const paging = { limit: single(wholeNumber(1, 1000)), cursor: single(z.string().max(4096)) }
