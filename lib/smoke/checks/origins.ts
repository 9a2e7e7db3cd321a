import { ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS } from '../../contract/cors.ts'
import type { Answer, Question } from '../ask.ts'
import type { Scene } from '../check.ts'
import { described, expectStatus } from '../describe.ts'
import { api } from '../paths.ts'
import { Unexpected } from '../unexpected.ts'

/** Nobody's, and nobody's ever (RFC 2606). */
const FOREIGN = 'https://grantkeeper-smoke.invalid'
const path = `${api}/providers/?limit=1`

const from = (origin: string): NonNullable<Question['headers']> => [['Origin', origin]]

const preflight = (origin: string): Question => ({
  method: 'OPTIONS',
  path: `${api}/providers/`,
  headers: [
    ['Origin', origin],
    ['Access-Control-Request-Method', 'POST'],
    ['Access-Control-Request-Headers', 'authorization,content-type'],
  ],
})

/** The headers of the CORS protocol that an answer has. */
const crossOriginHeaders = ({ headers }: Answer): readonly string[] =>
  Object.entries(headers)
    .filter(([name]) => name.startsWith('access-control-'))
    .map(([name, value]) => `${name}: ${value}`)

const expectHeaders = (answer: Answer, expected: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(expected)) {
    const came = answer.headers[name]
    if (came !== value)
      throw new Unexpected(`expected ${name}: ${value}; came ${came ?? 'no such header'}: ${described(answer)}`)
  }
}

const expectNone = (answer: Answer): void => {
  const found = crossOriginHeaders(answer)
  if (found.length > 0) throw new Unexpected(`expected no CORS header; came ${found.join(', ')}: ${described(answer)}`)
}

/** Where no origin is allowed: a page reads nothing, and OPTIONS is a method that no path has. */
export const noOrigins = async ({ ask }: Scene): Promise<void> => {
  const asked = await ask(preflight(FOREIGN))
  expectNone(asked)
  expectStatus(asked, 404)
  for (const token of [true, false]) expectNone(await ask({ path, token, headers: from(FOREIGN) }))
}

/** The browser of an allowed page is told what the page may send. */
export const preflightAnswered =
  (origin: string) =>
  async ({ ask }: Scene): Promise<void> => {
    const answer = await ask(preflight(origin))
    expectStatus(answer, 204)
    expectHeaders(answer, {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': ALLOWED_METHODS,
      'access-control-allow-headers': ALLOWED_HEADERS,
      vary: 'Origin',
    })
  }

/** An allowed page reads answers, and what the gateway says by itself: there the one origin or, of several, any. */
export const readableByOrigin =
  (origin: string) =>
  async ({ ask }: Scene): Promise<void> => {
    const expected = { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED_HEADERS }
    const answer = await ask({ path, token: true, headers: from(origin) })
    expectStatus(answer, 200)
    expectHeaders(answer, { ...expected, vary: 'Origin' })
    const refusal = await ask({ path, headers: from(origin) })
    if (refusal.headers['access-control-allow-origin'] !== '*') expectHeaders(refusal, expected)
  }

export const foreignOrigin = async ({ ask }: Scene): Promise<void> => {
  expectNone(await ask(preflight(FOREIGN)))
  expectNone(await ask({ path, token: true, headers: from(FOREIGN) }))
}
