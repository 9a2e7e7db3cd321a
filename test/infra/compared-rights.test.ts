import { describe, expect, test } from 'vitest'
import { createAuthority } from '../../lib/local/iam/authority.ts'
import { contextOf } from '../../lib/local/iam/needs/input.ts'
import type { Need } from '../../lib/local/iam/statement.ts'
import type { FunctionAccess } from '../../lib/local/template/access.ts'
import { compareRights } from '../support/compare-rights.ts'
import { builtStack, listOf, type Statement } from './support.ts'

// test/journeys/permissions.test.ts holds each role against what its function does in all its lives. Here the roles of the
// template are changed by one statement while what is done stays the same: the comparison must see each change.

const { access } = builtStack().read()

const statementsOf = ({ role }: FunctionAccess): Statement[] =>
  role.policies.flatMap(({ document }) => listOf((document as { Statement: Statement | Statement[] }).Statement))

/** Requests that make use of all that a statement allows, each value of its conditions once. */
const needsOf = ({ Action, Resource, Condition = {} }: Statement): Need[] => {
  const { Null, ...compared } = Condition
  const keys = Object.values(compared).flatMap((each) => Object.entries(each))
  const rounds = Math.max(1, ...keys.map(([, values]) => listOf(values).length))
  const one = (text: string): string => text.replaceAll('*', 'one')
  return listOf(Action).flatMap((action) =>
    listOf(Resource).flatMap((resource) =>
      Array.from({ length: rounds }, (_, round) => ({
        action,
        resource: one(resource),
        context: contextOf(
          Object.fromEntries(keys.map(([key, values]) => [key, one(listOf(values)[round] ?? listOf(values)[0] ?? '')])),
        ),
      })),
    ),
  )
}

/** What the comparison says of a function that does all that its role in the template allows, under these statements. */
const compare = (of: FunctionAccess, statements: readonly Statement[]) => {
  const role = { ...of.role, policies: [{ name: 'Changed', document: { Statement: statements } }] }
  const authority = createAuthority({ ...access, functions: [{ ...of, role }] }, '000000000000')
  for (const need of statementsOf(of).flatMap(needsOf)) authority.refuse(of.functionId, need)
  return compareRights(authority, of.functionId)
}

/** A right that no function has: its table is another. */
const needless: Statement = {
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: 'arn:aws:dynamodb:us-east-1:000000000000:table/other',
}

describe('rights as granted, compared with rights as used', () => {
  test.each(access.functions.map((each) => [each.functionId, each] as const))('%s', (_, each) => {
    const statements = statementsOf(each)

    expect(compare(each, statements)).toEqual({ needless: [], missing: [] })
    expect(compare(each, [...statements, needless])).toEqual({
      needless: [`dynamodb:GetItem on ${needless.Resource}`],
      missing: [],
    })
    for (const [place, gone] of statements.entries()) {
      const { missing } = compare(each, statements.toSpliced(place, 1))
      const [action = ''] = listOf(gone.Action)
      expect(missing.join('\n')).toContain(`is not authorized to perform: ${action} on resource:`)
    }
  })

  test.each(access.functions.map((each) => [each.functionId, each] as const))(
    '%s: one value of a condition more, or one less',
    (_, each) => {
      const statements = statementsOf(each)
      for (const [place, statement] of statements.entries()) {
        const like = statement.Condition?.['ForAllValues:StringLike']
        const keys = listOf(like?.['dynamodb:LeadingKeys'])
        // Without its only value it is the statement that is gone.
        if (keys.length < 2) continue
        const withKeys = (changed: string[]) =>
          statements.with(place, {
            ...statement,
            Condition: { ...statement.Condition, 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': changed } },
          })

        expect(compare(each, withKeys([...keys, 'OTHER#*'])).needless).toEqual(
          listOf(statement.Action).map((action) => expect.stringMatching(`^${action} on .* OTHER#\\*$`)),
        )
        for (const gone of keys.keys()) {
          expect(compare(each, withKeys(keys.toSpliced(gone, 1))).missing).not.toEqual([])
        }
      }
    },
  )

  test('of a function that there is not, nothing can be said', () => {
    const authority = createAuthority(access, '000000000000')

    expect(() => compareRights(authority, 'Nobody')).toThrow('There is no function Nobody')
  })
})
