import type { Answer } from './ask.ts'
import { Unexpected } from './unexpected.ts'

const MOST_CHARACTERS = 160

/** Text of another's on one line, cut where it is long, without what a terminal would take for an order. */
export const oneLine = (text: string): string => {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '?')
    .trim()
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}...` : line
}

/** `GET /x answered 404 {"message":...}` */
export const described = ({ question: { method = 'GET', path, token }, status, headers, shown }: Answer): string => {
  const where = headers.location === undefined ? '' : ` to ${oneLine(headers.location)}`
  const body = oneLine(shown)
  return `${method} ${path}${token ? ' with the token' : ''} answered ${status}${where}${body && ` ${body}`}`
}

/** What was expected, and what came in its place. */
export const unexpected = (expected: string, answer: Answer): Unexpected =>
  new Unexpected(`expected ${expected}; ${described(answer)}`)

/** Throws `Unexpected` when the status is none of these. */
export const expectStatus = (answer: Answer, ...statuses: readonly number[]): void => {
  if (!statuses.includes(answer.status)) throw unexpected(statuses.join(' or '), answer)
}

/** The members of an answer's JSON object; none of anything else. */
export const fieldsOf = ({ body }: Answer): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
