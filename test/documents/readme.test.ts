import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { operations, pathsOf } from '../../lib/contract/index.ts'
import {
  createNamedProvider,
  createOAuth2Provider,
  createOidcProvider,
  updateProvider,
} from '../../lib/contract/schemas/provider.ts'
import { causes } from '../../lib/domain/grants/causes.ts'
import { problems } from '../../lib/domain/problem.ts'
import type { NamedType } from '../../lib/domain/providers/provider.ts'
import { reasons } from '../../lib/domain/reasons.ts'
import { flow } from '../../lib/local/welcome.ts'
import { catalogue } from '../../lib/oauth/catalogue/catalogue.ts'
import { entries } from '../../lib/oauth/catalogue/index.ts'

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
const readme = read('README.md')

/** The cells of the rows of a table, which is found by its first heading. */
const rowsOf = (heading: string): string[][] => {
  const [, table = ''] = new RegExp(`^\\| ${heading} +\\|.*\\n\\|[ -|]+\\n((?:\\|.*\\n)+)`, 'm').exec(readme) ?? []
  return table
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** The texts in code style of a cell. */
const codesOf = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

describe('the README', () => {
  test('has the sample flow that npm start prints', () => {
    const url = 'http://127.0.0.1:8080'
    const client = { clientId: 'grantkeeper-demo', clientSecret: 'as-printed-by-npm-start' }

    expect(readme).toContain(
      `\`\`\`sh\n${flow({ url, upstream: { issuer: 'http://127.0.0.1:41237', client } })}\n\`\`\``,
    )
  })

  test('lists every error with its status and sentence, and no other', () => {
    const listed = rowsOf('status').map(([status, message]) => `${status} ${message}`)

    expect(listed.sort()).toEqual(
      Object.values(problems)
        .map(([status, message]) => `${status} ${message}`)
        .sort(),
    )
  })

  test('lists every operation with who may call it, and no other', () => {
    const who = {
      public: 'anyone',
      member: 'member',
      admin: 'admin',
      adminOfKnown: 'admin',
      managerOfKnown: 'admin, service',
    }
    const listed = rowsOf('operation').map(([codes, role, summary]) => [codesOf(codes), role, summary])

    const expected = operations.map((operation) => [
      pathsOf(operation).map((path) => `${operation.method} ${path.replace('/api/v2/externalOAuth/', '')}`),
      who[operation.access],
      operation.summary,
    ])
    expect(listed).toHaveLength(expected.length)
    expect(listed).toEqual(expect.arrayContaining(expected))
  })

  test('lists every field of a new provider with the types that take it, and no other', () => {
    const listed = rowsOf('field').map(([field, type]) => `${codesOf(field)[0]}: ${type?.replaceAll('`', '')}`)

    const schemas = { named: createNamedProvider, oidc: createOidcProvider, oauth2: createOAuth2Provider }
    const takers = (field: string): string[] =>
      Object.entries(schemas).flatMap(([type, { shape }]) => (field in shape ? [type] : []))
    const fields = new Set(Object.values(schemas).flatMap(({ shape }) => Object.keys(shape)))
    const expected = [...fields].map((field) => {
      const types = takers(field)
      return `${field}: ${types.length === 3 ? 'all' : types.join(', ')}`
    })
    expect(listed.sort()).toEqual(expected.sort())
  })

  test('says of every named provider what its entry in the catalogue does', () => {
    const listed = rowsOf('provider').map(([title, type, , , revocation, device, hosts, facts]) => ({
      [`${title} ${type}`]: { revocation, device, elsewhere: hosts !== 'none', facts },
    }))

    expect(listed).toEqual(
      Object.entries(entries).map(([type, entry]) => {
        const { settings } = catalogue().describe({ type: type as NamedType, clientId: 'c' })
        const { revocationStyle, revocationScope, wholeRevocationUri, deviceUrl } = settings
        const all = 'all of user and client'
        const one = revocationScope === 'token' ? 'this connection' : all
        const ends = wholeRevocationUri === undefined ? one : `${one}; ${all} with the last`
        return {
          [`${entry.title} \`${type}\``]: {
            revocation: revocationStyle === 'none' ? 'no' : ends,
            device: deviceUrl === undefined ? 'no' : 'yes',
            elsewhere: entry.otherHosts !== undefined,
            facts: `[documentation](${entry.documentation})`,
          },
        }
      }),
    )
  })

  test('lists every cause of a diagnosis with who must act, and no other', () => {
    const listed = rowsOf('cause').map(([cause, who]) => `${codesOf(cause)[0]}: ${who}`)

    expect(listed.sort()).toEqual(
      Object.entries(causes)
        .map(([cause, { whoMustAct }]) => `${cause}: ${whoMustAct}`)
        .sort(),
    )
  })

  test('lists every reason with its sentence and whether the caller is told, and no other', () => {
    const listed = rowsOf('reason').map(([reason, told, sentence]) => [codesOf(reason)[0], [sentence, told]])

    expect(listed).toEqual(
      Object.entries(reasons).map(([reason, [sentence, who]]) => [reason, [sentence, who === 'told' ? 'yes' : 'no']]),
    )
  })

  test('lists the fields that PATCH changes', () => {
    const [, listed = ''] = /PATCH changes\n([^.]+)\./.exec(readme) ?? []

    const changeable = Object.entries(updateProvider.shape)
      .filter(([name, field]) => field.safeParse(undefined).success && !isFixed(name))
      .map(([name]) => name)
    expect(codesOf(listed).sort()).toEqual(changeable.sort())
  })

  test('names every variable that the local stack reads', () => {
    const listed = rowsOf('variable').flatMap(([names]) => codesOf(names))

    const settings = read('lib/local/settings.ts')
    const variables = new Set([...settings.matchAll(/(?:env\.|')([A-Z][A-Z_]+)\b/g)].map(([, name = '']) => name))
    variables.delete('AWS_LAMBDA_RUNTIME_API')
    expect(listed.sort()).toEqual([...variables].sort())
  })

  test('names every property of the construct', () => {
    const listed = rowsOf('property').flatMap(([names]) => codesOf(names))

    const properties = [...read('lib/infra/props.ts').matchAll(/^ {2}readonly (\w+)\??:/gm)].map(
      ([, name = '']) => name,
    )
    expect(listed.sort()).toEqual(properties.sort())
  })
})

/** Whether a change of this field is refused whatever its value. */
const isFixed = (name: string): boolean => {
  const result = updateProvider.safeParse({ name: 'x', [name]: name === 'shared' ? true : 'https://a.example' })
  return (
    !result.success &&
    result.error.issues.some(({ path, message }) => path[0] === name && /cannot be changed/.test(message))
  )
}
