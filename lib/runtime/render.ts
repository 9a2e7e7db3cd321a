import type { APIGatewayProxyResult } from 'aws-lambda'
import { invalidStatuses, type Surface } from '../contract/operation.ts'
import type { Problem } from '../domain/problem.ts'
import { toldOf } from '../domain/reasons.ts'
import { problemPage } from './pages/problem.ts'

/** On every answer: nothing may be kept, guessed at, or told to the next page. */
export const everywhere = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

interface AnyReply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A reply as API Gateway takes it. */
export const render = (surface: Surface, { status, body, headers }: AnyReply): APIGatewayProxyResult => {
  const all = { ...everywhere, ...headers }
  if (body === undefined) return { statusCode: status, headers: all, body: '' }
  if (body instanceof Uint8Array) {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    return { statusCode: status, headers: all, body: bytes.toString('base64'), isBase64Encoded: true }
  }
  // A page has its own headers.
  if (surface === 'pages') return { statusCode: status, headers: all, body: String(body) }
  return { statusCode: status, headers: { 'Content-Type': 'application/json', ...all }, body: JSON.stringify(body) }
}

/** What a caller may know besides the sentence: the provider's own code, and why, where it is not the code of the problem. */
const toldBesides = ({ error, code, reason }: Problem) => ({
  ...(error !== undefined && { error }),
  ...(reason !== code && toldOf(reason) !== undefined && { reason }),
})

const standard = (problem: Problem) => ({
  message: problem.message,
  errorFields: problem.fields,
  ...toldBesides(problem),
})

/** What each surface says of a problem. */
const errorBodies: Readonly<Record<Exclude<Surface, 'pages'>, (problem: Problem) => unknown>> = {
  externalOAuth: (problem) => ({ ...standard(problem), ...(problem.connect && { connect: problem.connect }) }),
  integrations: standard,
  connections: standard,
  externalAuth: ({ message, error, fields }) => ({
    message,
    detail: error ?? message,
    validations: fields.map((field) => ({ field: field.name, detail: field.message })),
  }),
  userConnections: ({ status, message, fields }) =>
    status === 422
      ? Object.fromEntries(fields.map((field) => [field.name, [field.message]]))
      : { detail: message, ...(status === 403 && { code: 'permission_denied' }) },
}

/** By it an error of ours is told from an answer that was relayed; what is relayed never has it. */
const PROBLEM_HEADER = 'X-Grantkeeper-Error'

/** An error in the body that its surface has for errors. */
export const renderProblem = (surface: Surface, problem: Problem): APIGatewayProxyResult => {
  const shown: Omit<AnyReply, 'status'> =
    surface === 'pages' ? problemPage(problem) : { body: errorBodies[surface](problem) }
  return render(surface, {
    status: problem.status === 422 ? (invalidStatuses[surface] ?? 422) : problem.status,
    ...shown,
    headers: {
      ...shown.headers,
      [PROBLEM_HEADER]: problem.code,
      ...(problem.retryAfterSeconds !== undefined && { 'Retry-After': String(problem.retryAfterSeconds) }),
    },
  })
}
