import type { EncryptionContext } from './ciphertext.ts'
import { KmsError } from './errors.ts'

interface Range {
  readonly min: number
  readonly max: number
}

/**
 * The members of a request, read one by one.
 * Throws `SerializationException` for a member of the wrong type and `ValidationException` for one out of bounds;
 * null counts as absent, as it does in KMS.
 */
export class Input {
  readonly #members: Readonly<Record<string, unknown>>

  /** Takes the request body; throws `SerializationException` when it is not a JSON object in UTF-8. */
  constructor(body: Uint8Array) {
    this.#members = parse(body)
  }

  /** A string that must be given, 1 to 2,048 characters unless told otherwise. */
  string(name: string, range: Range = { min: 1, max: 2048 }): string {
    return this.optionalString(name, range) ?? required(name)
  }

  optionalString(name: string, range: Range = { min: 1, max: 2048 }): string | undefined {
    const value = this.#read(name, isString)
    if (value !== undefined) checkLength(name, value.length, range)
    return value
  }

  /** Bytes that must be given; they come as base64. */
  blob(name: string, max: number): Buffer {
    const text = this.#read(name, isString) ?? required(name)
    const bytes = Buffer.from(text, 'base64')
    if (bytes.toString('base64') !== text) throw new KmsError('SerializationException', `${name} is not base64`)
    checkLength(name, bytes.length, { min: 1, max })
    return bytes
  }

  integer(name: string, { min, max }: Range): number | undefined {
    const value = this.#read(name, isInteger)
    if (value === undefined) return undefined
    if (value < min)
      throw invalid(name, `Value '${value}' at`, `Member must have value greater than or equal to ${min}`)
    if (value > max) throw invalid(name, `Value '${value}' at`, `Member must have value less than or equal to ${max}`)
    return value
  }

  /** Whether a flag is set. */
  flag(name: string): boolean {
    return this.#read(name, isBoolean) ?? false
  }

  /** Whether the member is given at all, and is no empty list. */
  has(name: string): boolean {
    const member = this.#members[name] ?? undefined
    return member !== undefined && !(Array.isArray(member) && member.length === 0)
  }

  /** An encryption context; none given is the empty one. */
  context(name: string): EncryptionContext {
    const context = this.#read(name, isStringMap) ?? {}
    const parts = Object.entries(context).flat()
    // UTF-8 would turn all half surrogate pairs into the same bytes, and different contexts would be equal.
    if (!parts.every((part) => part.isWellFormed()))
      throw new KmsError('SerializationException', `${name} is not Unicode`)
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (length > 8192) throw invalid(name, 'Value at', 'Member must have length less than or equal to 8192')
    return context
  }

  #read<T>(name: string, isType: (member: unknown) => member is T): T | undefined {
    const member = this.#members[name] ?? undefined
    if (member === undefined || isType(member)) return member
    throw new KmsError('SerializationException', `${name} has the wrong type`)
  }
}

function parse(body: Uint8Array): Readonly<Record<string, unknown>> {
  let members: unknown
  try {
    members = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new KmsError('SerializationException', 'The request body is not JSON')
  }
  if (!isObject(members)) throw new KmsError('SerializationException', 'The request body is not a JSON object')
  return members
}

function isString(member: unknown): member is string {
  return typeof member === 'string'
}

function isBoolean(member: unknown): member is boolean {
  return typeof member === 'boolean'
}

function isInteger(member: unknown): member is number {
  return Number.isSafeInteger(member)
}

function isObject(member: unknown): member is Record<string, unknown> {
  return typeof member === 'object' && member !== null && !Array.isArray(member)
}

function isStringMap(member: unknown): member is Record<string, string> {
  return isObject(member) && Object.values(member).every(isString)
}

function required(name: string): never {
  throw invalid(name, 'Value null at', 'Member must not be null')
}

function checkLength(name: string, length: number, { min, max }: Range): void {
  if (length < min) throw invalid(name, 'Value at', `Member must have length greater than or equal to ${min}`)
  if (length > max) throw invalid(name, 'Value at', `Member must have length less than or equal to ${max}`)
}

/** The refusal of a member in the words KMS uses. */
export function invalid(name: string, value: string, constraint: string): KmsError {
  const member = `'${name.charAt(0).toLowerCase()}${name.slice(1)}'`
  const message = `1 validation error detected: ${value} ${member} failed to satisfy constraint: ${constraint}`
  return new KmsError('ValidationException', message)
}
