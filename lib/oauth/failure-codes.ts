import type { FailureCodes } from '../domain/upstream-failure.ts'
import { at, isMembers, type Members } from './members.ts'
import { readJson } from './read-json.ts'

/** A code, and nothing that a sentence, or most tokens, could hide in. */
const CODE = /^\w{1,64}$/
const WORD = /^[\w.:/-]{1,128}$/
const MOST_SUB_ERRORS = 4
const MOST_CLAIMS = 4096
/** What is shorter is found in any text. */
const LEAST_SECRET = 8

/** A code as it is compared: Facebook, WeChat and others have numbers. */
const codeOf = (value: unknown): string | undefined => {
  const text = typeof value === 'number' && Number.isSafeInteger(value) && value !== 0 ? String(value) : value
  return typeof text === 'string' && CODE.test(text) && text !== '0' ? text : undefined
}

/** The code at the place where a provider keeps it: a member's name, or a JSON pointer (RFC 6901). */
export const codeAt = (answer: Members, errorIn: string | undefined): string | undefined =>
  errorIn === undefined ? undefined : codeOf(errorIn.startsWith('/') ? at(answer, errorIn) : answer[errorIn])

/** Where the code of an error that is an object stands. */
const inObject = ['/error/code', '/error/type', '/error/name', '/error/error', '/errors/0/code', '/errors/0/errorType']

/** How codes are found. */
export interface CodeReading {
  readonly errorIn?: string | undefined
  readonly sent?: readonly string[]
  /** Whether a code means something; of several the first that does is the one. */
  readonly isKnown?: (code: string) => boolean
}

/**
 * What an error answer says in codes. Whatever is free text, or comes from what was `sent`, is left out: a server may
 * give back anything.
 */
export const failureCodes = (
  answer: Members,
  { errorIn, sent = [], isKnown = () => true }: CodeReading = {},
): FailureCodes => {
  const isCode = (value: string | undefined): value is string => value !== undefined && !sent.includes(value)
  const numbers = Array.isArray(answer.error_codes) ? answer.error_codes.filter(Number.isSafeInteger) : []
  const subErrors = [answer.error_subtype, answer.suberror, ...numbers.map((number) => `AADSTS${number}`)]
    .map(codeOf)
    .filter(isCode)
  const codes = [
    codeAt(answer, errorIn),
    codeOf(answer.error),
    ...inObject.map((place) => codeAt(answer, place)),
  ].filter(isCode)
  const error = codes.find(isKnown) ?? codes[0]
  const claims = claimsOf(answer, sent)
  return {
    ...(error !== undefined && { error }),
    ...(subErrors.length > 0 && { subErrors: subErrors.slice(0, MOST_SUB_ERRORS) }),
    ...(claims !== undefined && { claims }),
  }
}

/** Microsoft's claims challenge: https://learn.microsoft.com/entra/identity-platform/claims-challenge */
const claimsOf = ({ claims }: Members, sent: readonly string[]): string | undefined => {
  const request = typeof claims === 'string' && claims.length <= MOST_CLAIMS ? readJson(claims) : undefined
  // Written anew: a text may hold more than what is read of it.
  return isMembers(request) && isPlain(request, sent) ? JSON.stringify(request) : undefined
}

/** Whether a value is made of names, ids and addresses alone, none of which was sent. */
const isPlain = (value: unknown, sent: readonly string[]): boolean => {
  if (Array.isArray(value)) return value.every((item) => isPlain(item, sent))
  if (isMembers(value)) return isPlain(Object.entries(value).flat(), sent)
  if (typeof value !== 'string') return true
  return WORD.test(value) && !sent.some((secret) => secret.length >= LEAST_SECRET && value.includes(secret))
}
