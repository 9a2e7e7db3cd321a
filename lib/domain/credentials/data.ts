import { tooMuch } from '../../contract/schemas/credential.ts'
import { type FieldError, invalid, Problem } from '../problem.ts'
import type { Credential, PlainType } from './credential.ts'

/** Names with base64 values. */
export type CredentialData = Readonly<Record<string, string>>

export const toBase64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64')

/** The text that bytes are in UTF-8; undefined when they are none, or hold control characters. */
const plainText = (value: string): string | undefined => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'base64'))
    return /\p{Cc}/u.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** What is wrong with a value, if anything. */
type Check = (value: string) => string | undefined

const notEmpty: Check = (value) => (value === '' ? 'must not be empty' : undefined)
/** RFC 7617 section 2: user id and password hold no control characters, and the user id ends at the first colon. */
const password: Check = (value) =>
  plainText(value) === undefined ? 'must be text in UTF-8 without control characters, in base64' : undefined
const username: Check = (value) =>
  notEmpty(value) ?? password(value) ?? (plainText(value)?.includes(':') ? 'must not hold a colon' : undefined)

/** The names that a type has, each with its check and whether it is hidden; `Default` has any. */
const shapes: Readonly<Record<PlainType, Readonly<Record<string, { check: Check; hidden: boolean }>> | undefined>> = {
  Default: undefined,
  Raw: { value: { check: notEmpty, hidden: true } },
  BasicAuth: { username: { check: username, hidden: false }, password: { check: password, hidden: true } },
}

/**
 * The data of a credential of that type; names that the type does not know are left out.
 * Throws `invalidRequest` (`data`, `data.<name>`).
 */
export const checkData = (type: PlainType, data: CredentialData): CredentialData => {
  const excess = tooMuch(data)
  if (excess !== undefined) throw invalid('data', excess)
  const shape = shapes[type]
  if (!shape) return data
  const fields: FieldError[] = []
  for (const [name, { check }] of Object.entries(shape)) {
    const value = Object.hasOwn(data, name) ? data[name] : undefined
    const message = value === undefined ? 'is required' : check(value)
    if (message !== undefined) fields.push({ name: `data.${name}`, message })
  }
  if (fields.length > 0) throw new Problem('invalidRequest', { fields })
  return only(data, (name) => Object.hasOwn(shape, name))
}

/** The names that no answer but reveal has. */
export const hiddenNames = ({ type, redactFields }: Pick<Credential, 'type' | 'redactFields'>): readonly string[] => {
  const shape = shapes[type]
  return shape ? Object.keys(shape).filter((name) => shape[name]?.hidden) : redactFields
}

/** The data in two parts: what every member reads, and what is hidden. */
export const partData = (
  credential: Pick<Credential, 'type' | 'redactFields'>,
  data: CredentialData,
): { shown: CredentialData; hidden: CredentialData } => {
  const names = new Set(hiddenNames(credential))
  return { shown: only(data, (name) => !names.has(name)), hidden: only(data, (name) => names.has(name)) }
}

const only = (data: CredentialData, keep: (name: string) => boolean): CredentialData =>
  Object.fromEntries(Object.entries(data).filter(([name]) => keep(name)))
