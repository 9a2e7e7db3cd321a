import { describe, expect, test } from 'vitest'
import { operations } from '../../lib/contract/index.ts'
import { openapi } from '../../lib/contract/openapi.ts'
import { invalid, Problem, type ProblemCode, problems } from '../../lib/domain/problem.ts'

const codes = Object.keys(problems) as ProblemCode[]

/** Every status that some operation may answer. */
const statuses = new Set(
  Object.values(openapi().paths as Record<string, Record<string, { responses: object }>>)
    .flatMap((path) => Object.values(path))
    .flatMap(({ responses }) => Object.keys(responses).map(Number)),
)

describe('a problem', () => {
  test.each(codes)('%s has a status that the contract knows, and a sentence', (code) => {
    const { status, message, fields } = new Problem(code)

    expect(statuses).toContain(status)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(message).toMatch(/^[A-Z].*\w[.]?$/)
    expect(fields).toEqual([])
  })

  test('says a thing of its own: no two have the same sentence', () => {
    expect(new Set(Object.values(problems).map(([, message]) => message)).size).toBe(codes.length)
  })

  test.each(codes)('%s has a time to come back if and only if that is soon', (code) => {
    expect(new Problem(code).retryAfterSeconds).toBe(problems[code][0] === 503 ? 1 : undefined)
    expect(new Problem(code, { retryAfterSeconds: 7 }).retryAfterSeconds).toBe(7)
  })

  test('says more where more is known, and keeps its cause to itself', () => {
    const cause = new Error('secret')

    const problem = new Problem('tooLarge', { detail: 'At most 1 MiB.', cause })

    expect(problem.message).toBe('The body is larger than this operation takes. At most 1 MiB.')
    expect(problem.cause).toBe(cause)
  })

  test('of a field names it', () => {
    expect(invalid('slug', 'must not be empty')).toMatchObject({
      code: 'invalidRequest',
      status: 422,
      fields: [{ name: 'slug', message: 'must not be empty' }],
    })
  })
})

describe('an operation', () => {
  test.each(operations.map(({ id, errors }) => [id, errors] as const))(
    '%s declares errors that there are',
    (_, errors) => {
      const known = new Set<number>(Object.values(problems).map(([status]) => status))

      expect(errors.filter((status) => !known.has(status))).toEqual([])
    },
  )
})
