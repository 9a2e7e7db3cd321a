import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { operations } from '../../lib/contract/index.ts'
import { sentence } from '../../lib/runtime/middleware/sentence.ts'

const complaint = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value, { error: sentence }).error?.issues[0]?.message

describe('what is wrong with a field reads after its name', () => {
  test.each<[z.ZodType, unknown, string]>([
    [z.string(), undefined, 'is required'],
    [z.string(), 7, 'must be a string'],
    [z.string(), null, 'must be a string'],
    [z.number(), 'x', 'must be a number'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.boolean(), 'true', 'must be true or false'],
    [z.array(z.string()), {}, 'must be a list'],
    [z.object({}), [], 'must be an object'],
    [z.record(z.string(), z.string()), 'x', 'must be an object'],
    [z.enum(['a', 'b']), undefined, 'is required'],
    [z.enum(['a', 'b']), 'c', 'must be one of a, b'],
    [z.literal('a'), 'c', 'must be one of a'],
    [z.string().max(3), 'abcd', 'must be at most 3 characters'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(3), 'a', 'must be at least 3 characters'],
    [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entries'],
    [z.int().min(5), 4, 'must be at least 5'],
    [z.int().max(5), 6, 'must be at most 5'],
    [z.record(z.string().regex(/^a$/), z.string()), { b: 'x' }, 'has a name that is not allowed'],
    [z.strictObject({}), { a: 1 }, 'must not have a'],
    [z.string().regex(/^a$/), 'b', 'is not valid'],
    [z.string().regex(/^a$/, 'must be a'), 'b', 'must be a'],
    [z.never('cannot be changed'), 'b', 'cannot be changed'],
  ])('%#: %p', (schema, value, message) => {
    expect(complaint(schema, value)).toBe(message)
  })
})

describe('no field of the contract', () => {
  /** What no schema expects, whatever it expects. */
  const odd = [
    undefined,
    null,
    7,
    1.5,
    -1,
    true,
    '',
    'x',
    'x'.repeat(10_000),
    [],
    [7],
    ['x'],
    {},
    { x: 7 },
    '\0',
    '\ud800',
  ]

  test('is refused in words that are not for people, nor with the value itself', () => {
    const members = operations.flatMap(({ id, params, query, body }) =>
      [params, query, body].flatMap((schema) =>
        schema ? membersOf(schema).map(([name, member]) => [`${id}.${name}`, member] as const) : [],
      ),
    )

    const refusals = members.flatMap(([name, member]) =>
      odd.flatMap((value) => {
        const issues = member.safeParse(value, { error: sentence }).error?.issues ?? []
        return issues.map(({ message }) => `${name} ${message}`)
      }),
    )

    expect(refusals.length).toBeGreaterThan(500)
    const sound = / (is|must|has|cannot|needs) /
    expect(
      refusals.filter((refusal) => !sound.test(refusal) || /Invalid |expected |received |xxxx/.test(refusal)),
    ).toEqual([])
  })
})

/** The fields of a schema: of an object its own, of a choice between objects those of each. */
const membersOf = (schema: z.ZodType): [string, z.ZodType][] => {
  if (schema instanceof z.ZodObject) return Object.entries(schema.shape) as [string, z.ZodType][]
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return (schema.options as z.ZodType[]).flatMap((option) => membersOf(option))
  }
  return []
}
