import * as z from 'zod'
import { type Context, keyName } from '../condition-keys.ts'
import type { Need } from '../statement.ts'

/** Thrown for a request whose body is not what its operation takes, so that nothing can be said of it. */
export class Unreadable extends Error {}

/**
 * What an operation needs to be allowed, from its name and its parsed body; undefined for an operation that is not known.
 * Throws `Unreadable`.
 */
export type NeedsOf = (operation: string, body: unknown) => readonly Need[] | undefined

/** The members of a body that a decision needs; all others pass. Throws `Unreadable`. */
export function read<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new Unreadable(z.prettifyError(result.error))
}

/** A context of condition keys by their own names; what has no value is left out. Throws `Unreadable`. */
export function contextOf(values: Readonly<Record<string, readonly string[] | string | undefined>>): Context {
  const context = new Map<string, readonly string[]>([
    // AWS is called by TLS alone; only the last step, on this machine, is not.
    [keyName('aws:SecureTransport'), ['true']],
  ])
  for (const [name, value] of Object.entries(values)) {
    // Names have no case, so one of the two would hide the other from the policies.
    if (context.has(keyName(name))) throw new Unreadable(`there are two of ${name}`)
    if (value !== undefined) context.set(keyName(name), typeof value === 'string' ? [value] : value)
  }
  return context
}
