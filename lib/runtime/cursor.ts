import { createHash } from 'node:crypto'
import { invalid } from '../domain/problem.ts'

const CHECK_BYTES = 16
/** No sort key is longer, and DynamoDB refuses to go on from one. */
const MOST_BYTES = 1024

const check = (scope: readonly unknown[], after: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([scope, after]))
    .digest()
    .subarray(0, CHECK_BYTES)

/**
 * The opaque place to go on from. It belongs to one organization and one set of filters, named by `scope`: with any
 * other it is refused. It names a place in the caller's own list and opens nothing, so it needs no key.
 */
export const writeCursor = (scope: readonly unknown[], after: string): string =>
  Buffer.concat([check(scope, after), Buffer.from(after)]).toString('base64url')

/** The place in a cursor; undefined without one. Throws `invalidRequest` (`cursor`). */
export const readCursor = (scope: readonly unknown[], cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined
  const bytes = Buffer.from(cursor, 'base64url')
  const after = bytes.subarray(CHECK_BYTES).toString()
  const whole = bytes.toString('base64url') === cursor && after !== '' && Buffer.byteLength(after) <= MOST_BYTES
  if (!whole || !check(scope, after).equals(bytes.subarray(0, CHECK_BYTES))) {
    throw invalid('cursor', 'must be `next` of the page before, with the same filters')
  }
  return after
}
