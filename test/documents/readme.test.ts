import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { operations, pathsOf } from '../../lib/contract/index.ts'
import { createOAuth2Provider, createOidcProvider, updateProvider } from '../../lib/contract/schemas/provider.ts'
import { problems } from '../../lib/domain/problem.ts'
import { flow } from '../../lib/local/welcome.ts'

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

    const oidc = new Set(Object.keys(createOidcProvider.shape))
    const oauth2 = new Set(Object.keys(createOAuth2Provider.shape))
    const expected = [...new Set([...oidc, ...oauth2])].map((field) => {
      const type = oidc.has(field) && oauth2.has(field) ? 'both' : oidc.has(field) ? 'oidc' : 'oauth2'
      return `${field}: ${type}`
    })
    expect(listed.sort()).toEqual(expected.sort())
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
