import type * as z from 'zod'
import { TemplateError } from './template-error.ts'

/** Checks a value against a schema. Throws `TemplateError` with the first thing that is wrong. */
export function parse<T extends z.ZodType>(schema: T, value: unknown, what: string): z.infer<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const path = issue?.path.join('.')
  throw new TemplateError(`${what}: ${path ? `${path}: ` : ''}${issue?.message ?? 'not understood'}`)
}
