import type { FailureCodes } from '../domain/upstream-failure.ts'
import { isMembers, type Members } from './members.ts'
import { readJson } from './read-json.ts'

/** A code, and nothing that a sentence, or most tokens, could hide in. */
const CODE = /^\w{1,64}$/
const WORD = /^[\w.:/-]{1,128}$/
const MOST_SUB_ERRORS = 4
const MOST_CLAIMS = 4096
/** What is shorter is found in any text. */
const LEAST_SECRET = 8

/**
 * What an error answer says in codes. Whatever is free text, or comes from what was `sent`, is left out: a server may
 * give back anything.
 */
export const failureCodes = (
  answer: Members,
  { errorIn = 'error', sent = [] }: { errorIn?: string | undefined; sent?: readonly string[] } = {},
): FailureCodes => {
  const isCode = (value: unknown): value is string =>
    typeof value === 'string' && CODE.test(value) && !sent.includes(value)
  const numbers = Array.isArray(answer.error_codes) ? answer.error_codes.filter(Number.isSafeInteger) : []
  const subErrors = [answer.error_subtype, answer.suberror, ...numbers.map((number) => `AADSTS${number}`)].filter(
    isCode,
  )
  const error = [answer.error, answer[errorIn]].find(isCode)
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
