import { createHash } from 'node:crypto'

/** Characters that may stand in a key as they are: all that real ids are made of, but not the separator. */
const PLAIN = /^[A-Za-z0-9._@|+:-]{1,128}$/

/**
 * One component of a key, or of what an id must be part of unambiguously. Ids are free text, so that `a#b` + `c` must not
 * equal `a` + `b#c`: what is not plain is hashed, and the mark in front cannot begin a plain one.
 * Throws a `TypeError` for text that UTF-8 cannot carry.
 */
export const component = (text: string): string => {
  if (PLAIN.test(text)) return text
  if (!text.isWellFormed()) throw new TypeError('Half a surrogate pair cannot be part of a key')
  return `~${createHash('sha256').update(text, 'utf8').digest('base64url')}`
}
