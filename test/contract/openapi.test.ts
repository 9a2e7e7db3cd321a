import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { methodsOf, operations, pathsOf } from '../../lib/contract/index.ts'
import { documented, openapi } from '../../lib/contract/openapi.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { aGrantkeeper, type Json } from '../support/grantkeeper.ts'

const document: Json = openapi()
const committed: Json = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'))

describe('the OpenAPI document', () => {
  test('is the one that is committed; npm run openapi writes it anew', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(document)))
  })

  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator()

    const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)))

    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
    expect(validator.version).toBe('3.1')
  })

  test('resolves every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]

    expect(references.length).toBeGreaterThan(operations.length)
    for (const [, name = ''] of references) expect(document.components.schemas[name]).toBeDefined()
    // A schema that is only a reference could be one to itself.
    for (const schema of Object.values<Json>(document.components.schemas)) expect(schema).not.toHaveProperty('$ref')
  })

  test.each(operations.map((operation) => [operation.id, operation] as const))('has %s with every status', (_, row) => {
    for (const [path, method] of pathsOf(row).flatMap((each) =>
      methodsOf(row).map((method) => [each, method] as const),
    )) {
      const described = document.paths[documented(path)]?.[method.toLowerCase()]
      const statuses = Object.keys(described.responses)

      expect(statuses).toEqual(expect.arrayContaining([...Object.keys(row.replies), ...row.errors.map(String)]))
      expect(statuses.includes('401')).toBe(row.access !== 'public')
    }
  })

  test.each([
    ['externalOAuth', 'ErrorResponse'],
    ['externalAuth', 'ExternalAuthError'],
    ['connections', 'ErrorResponse'],
    ['userConnections', 'UserConnectionError'],
    ['integrations', 'ErrorResponse'],
  ])('gives every error of the surface %s its one error body, %s', (surface, schema) => {
    const errors = Object.values<Json>(document.paths)
      .flatMap((path) => Object.values<Json>(path))
      .filter(({ tags }) => tags[0] === surface)
      .flatMap(({ responses }) => Object.entries<Json>(responses))
      .filter(([status]) => Number(status) >= 400)

    expect(errors.length).toBeGreaterThan(0)
    for (const [, { content }] of errors) {
      expect(content['application/json'].schema).toEqual({ $ref: `#/components/schemas/${schema}` })
    }
  })

  test('lets the token come in the header of the surface that has one, and only there', () => {
    const ways = (path: string) => document.paths[path].get.security ?? document.security

    expect(ways('/api/v2/externalOAuth/providers/')).toEqual([{ bearer: [] }])
    expect(ways('/api/v2/external-auth')).toEqual([{ bearer: [] }, { externalAuth: [] }])
    expect(document.components.securitySchemes.externalAuth).toMatchObject({
      type: 'apiKey',
      in: 'header',
      name: 'Coder-Session-Token',
    })
  })
})

describe('the documented schemas', () => {
  test('forbid no further member, since answers may gain some and unknown members of bodies are ignored', () => {
    expect(JSON.stringify(document)).not.toContain('"additionalProperties":false')
  })
})

describe('the running API', () => {
  let grantkeeper: LocalGrantkeeper
  beforeAll(async () => {
    grantkeeper = await aGrantkeeper()
  })
  afterAll(() => grantkeeper.close())

  test.each(['', '/'])('serves the document to anyone, under openapi.json%s', async (slash) => {
    const answer = await fetch(`${grantkeeper.url}/api/v2/externalOAuth/openapi.json${slash}`)

    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toEqual(committed)
  })
})
