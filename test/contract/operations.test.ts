import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { verbs } from '../../lib/contract/grant.ts'
import { fileName, methodsOf, operations, pathsOf } from '../../lib/contract/index.ts'
import { invalidStatuses } from '../../lib/contract/operation.ts'
import { workers } from '../../lib/contract/workers.ts'

const folder = fileURLToPath(new URL('../../functions', import.meta.url))
const handlerFiles = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

/** What the original API documents name, word for word; some leave out their base, and the browser's paths are not here. */
const original = [
  'DELETE /api/v2/externalOAuth/authorizedProviders/{authorizedProviderId}/',
  'POST /api/v2/externalOAuth/authorizedProviders/{authorizedProviderId}/accessToken/',
  'GET /api/v2/externalOAuth/authorizedProviders/{authorizedProviderId}/userinfo/',
  'GET /api/v2/externalOAuth/jobs/{jobId}/',
  'GET /api/v2/externalOAuth/providers/',
  'POST /api/v2/externalOAuth/providers/',
  'POST /api/v2/externalOAuth/providers/callback/',
  'DELETE /api/v2/externalOAuth/providers/{providerID}/',
  'GET /api/v2/externalOAuth/providers/{providerID}/',
  'PATCH /api/v2/externalOAuth/providers/{providerID}/',
  'POST /api/v2/externalOAuth/providers/{providerId}/authorize/',
  'GET /api/v2/external-auth',
  'GET /api/v2/external-auth/{externalauth}',
  'DELETE /api/v2/external-auth/{externalauth}',
  'GET /api/v2/external-auth/{externalauth}/device',
  'POST /api/v2/external-auth/{externalauth}/device',
  'GET /connections/oauth2/callback',
  'POST /organisations/{organisationId}/connection-init',
  'GET /api/v3/sources/user_connections/oauth/{id}/',
  'POST /api/integrations/{id}/connect',
  'GET /api/integrations/{id}/connection',
  'DELETE /api/integrations/{id}/connection',
  'GET /api/integration-connections',
  'POST /api/integrations/{id}/request',
  'GET /api/integrations/{id}/request/{path*}',
]

/** `POST /x/{}/`: what the parameters are called is nothing that a client sends. */
const route = (method: string, path: string): string => `${method} ${path.replace(/\{[^}]+\}/g, '{}')}`
const served = operations.flatMap((operation) =>
  pathsOf(operation).flatMap((path) => methodsOf(operation).map((method) => route(method, path))),
)

describe('the table of operations', () => {
  test('has every operation of the original documents', () => {
    const wanted = original.map((line) => route(...(line.split(' ') as [string, string])))

    expect(served).toEqual(expect.arrayContaining(wanted))
  })

  test('names each operation and each route once', () => {
    const ids = operations.map(({ id }) => id)

    expect(new Set(ids).size).toBe(ids.length)
    expect(new Set(served).size).toBe(served.length)
  })

  test('has a handler file for each row, and a row for each handler file', () => {
    const wanted = [
      ...operations.map(({ surface, id }) => `${surface}/${fileName(id)}.ts`),
      ...workers.map(({ id }) => `workers/${fileName(id)}.ts`),
      'authorizer/authorize.ts',
      'gateway/preflight.ts',
      'gateway/unknown-path.ts',
    ]

    expect(handlerFiles.sort()).toEqual(wanted.sort())
  })
})

describe.each(operations.map((operation) => [operation.id, operation] as const))('%s', (_, operation) => {
  test('checks every parameter that its paths have, and no other', () => {
    const named = pathsOf(operation).map((path) => [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name))

    for (const names of named) expect(names).toEqual(Object.keys(operation.params?.shape ?? {}))
  })

  test('declares what its schemas and its access can answer', () => {
    const { params, query, body, relays, access, errors } = operation
    const checked = params !== undefined || query !== undefined || body !== undefined
    const declared = (status: number): boolean => errors.includes(status)

    // The callback pages are for people, and say what is wrong in a page.
    if (operation.surface !== 'pages') expect(declared(invalidStatuses[operation.surface] ?? 422)).toBe(checked)
    expect(declared(413)).toBe(body !== undefined || relays === 'both')
    if (/^(admin|manager)/.test(access)) expect(declared(403)).toBe(true)
  })

  test('is granted single verbs on single kinds, and none twice', () => {
    const { grants, access } = operation

    expect(new Set(grants).size).toBe(grants.length)
    for (const grant of grants) {
      const [word, verb] = grant.split(':')
      if (!['open', 'seal', 'reseal', 'send'].includes(word ?? '')) expect(verbs).toContain(verb)
    }
    // A page knows its browser by ticket, state and cookie; what else is public can do nothing.
    if (access === 'public' && operation.surface !== 'pages') expect(grants).toEqual([])
  })
})
