import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { operations, pathsOf } from '../../lib/contract/index.ts'
import { documented, openapi } from '../../lib/contract/openapi.ts'
import { invalidStatuses, type Operation, type Surface } from '../../lib/contract/operation.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { deep } from '../support/deep.ts'
import { aCaller, aGrant, aGrantkeeper, anAdmin, aProvider, type Json } from '../support/grantkeeper.ts'
import { type HostileRequest, hostileRequests } from '../support/hostile-requests.ts'
import { type RawAnswer, rawRequest } from '../support/raw-request.ts'

const document: Json = openapi()
const REQUESTS = deep ? 24_000 : 1_800
const perOperation = Math.ceil(REQUESTS / operations.length)

let grantkeeper: LocalGrantkeeper
let token: string
let provider: Json
let grant: Json
beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  token = (await aCaller(grantkeeper, { user: 'ada', roles: ['admin', 'service'] })).token
  provider = await aProvider(grantkeeper, { slug: 'a-slug', apiBaseUri: grantkeeper.upstream.issuer })
  grant = await aGrant(await aCaller(grantkeeper, { user: 'ada' }), provider.id)
})
afterAll(() => grantkeeper.close())

/** A body that would be taken, and names of further members that it might have. */
const bodies: Readonly<Record<string, () => { good: Record<string, unknown>; names: string[] }>> = {
  createProvider: () => ({
    good: {
      type: 'oauth2',
      name: 'Generated',
      clientId: 'client',
      clientSecret: 'secret',
      authorizationUrl: `${grantkeeper.upstream.issuer}/authorize`,
      tokenUrl: `${grantkeeper.upstream.issuer}/token`,
    },
    names:
      'type name slug clientId clientSecret issuer skipConsent scopes redirectUris shared programmaticConnect apiBaseUri appInstallUrl settingsUrl authMethod authParams revocationUri revocationStyle revocationScope authorizationUrl tokenUrl introspectionUrl deviceUrl userInfoUrl userInfoMethod userInfoHeaders fieldMap scopeSeparator bodyFormat pkce tokenParams refreshParams rotation defaultTtl metadata id orgId createdAt'.split(
        ' ',
      ),
  }),
  updateProvider: () => ({
    good: { name: 'Generated' },
    names:
      'name slug clientSecret skipConsent scopes redirectUris apiBaseUri appInstallUrl programmaticConnect type clientId issuer tokenUrl metadata shared orgId id'.split(
        ' ',
      ),
  }),
  completeCallback: () => ({
    good: { providerId: provider.id, state: 'a-state-of-nobody', code: 'a-code' },
    names: ['providerId', 'state', 'code', 'iss', 'error', 'errorDescription', 'userId'],
  }),
  initConnection: () => ({
    good: { providerId: provider.id },
    names: ['providerId', 'redirectUri', 'scopes', 'name', 'expiresAt', 'state', 'userId'],
  }),
  createCredential: () => ({
    good: { name: 'Generated', type: 'Raw', data: { value: 'eA==' } },
    names: ['name', 'type', 'data', 'redactFields', 'expiresAt', 'id', 'organisationId'],
  }),
  updateCredential: () => ({
    good: { name: 'Generated' },
    names: ['name', 'type', 'data', 'redactFields', 'expiresAt', 'id', 'version'],
  }),
  createJob: () => ({ good: { type: 'STATS' }, names: ['type', 'newKeys', 'orgId', 'status'] }),
  connectDirectly: () => ({
    good: { code: 'a-code', redirectUri: 'https://app.example/callback', codeVerifier: 'v'.repeat(43) },
    names: ['code', 'redirectUri', 'codeVerifier', 'nonce', 'refreshToken', 'userId'],
  }),
  relayRequest: () => ({
    good: { method: 'GET', url: '/jwks', headers: { Accept: '*/*' }, data: 'text' },
    names: ['method', 'url', 'headers', 'data', 'dataEncoding', 'orgId'],
  }),
  completeExternalAuthDevice: () => ({ good: { device_code: 'a-handle-of-nobody' }, names: ['device_code', 'state'] }),
}

/** What would end the things that the requests are about is only looked at from afar. */
const idsFor = (operation: Operation): string[] => {
  const kept = operation.method === 'DELETE' ? '0190f5a0-0000-7000-8000-000000000000' : undefined
  if (Object.keys(operation.params?.shape ?? {}).at(-1) === 'organisationId') return ['acme', 'globex']
  return [kept ?? provider.id, kept ?? grant.id, 'a-slug', '7']
}

const ofSurface1 = z
  .strictObject({
    message: z.string().min(1),
    errorFields: z.array(z.strictObject({ name: z.string().min(1), message: z.string().min(1) })),
    detail: z.string().optional(),
    // Of surface 3: the provider's own code.
    error: z.string().optional(),
  })
  .transform(({ errorFields }) => errorFields)
const ofSurface2 = z
  .strictObject({
    message: z.string().min(1),
    detail: z.string().min(1),
    validations: z.array(z.strictObject({ field: z.string().min(1), detail: z.string().min(1) })),
  })
  .transform(({ validations }) => validations)
const ofSurface5 = z.union([
  z.strictObject({ detail: z.string().min(1), code: z.string().optional() }).transform(() => []),
  z
    .record(z.string().min(1), z.array(z.string().min(1)).length(1))
    .transform((fields) => Object.keys(fields).map((name) => ({ name }))),
])
const bodiesOf: Partial<Record<Surface, z.ZodType<readonly object[]>>> = {
  externalAuth: ofSurface2,
  userConnections: ofSurface5,
}
/** The one body that errors of a surface have; the gateway's own are those of surface 1 everywhere. */
const fieldsOf = (surface: Surface, text: string): readonly object[] =>
  z.union([ofSurface1, bodiesOf[surface] ?? ofSurface1]).parse(JSON.parse(text))

/** What an answer says besides the names of fields, which are the caller's own and may read like anything. */
const besidesNames = (text: string): string => text.replace(/"(name|field)":"(?:[^"\\]|\\.)*"/g, '')
/** Where an answer would show that something broke, or what it is made of. */
const insides = /node_modules|file:\/\/|\.mjs|\.ts:|\n {4}at |\bundefined\b|\[object |ZodError|Exception/

const check = (operation: Operation, request: HostileRequest, { status, headers, text }: RawAnswer): void => {
  // What is relayed is another server's, and may be anything.
  if (operation.relays && headers['x-grantkeeper-error'] === undefined) return
  // Nothing to read for whom has asked for nothing.
  if (request.method === 'HEAD') return
  const { responses } = document.paths[documented(pathsOf(operation)[0] ?? '')][request.method.toLowerCase()]
  // Three are the gateway's own: a path that is no route any more, a character that it does not take, a wrong coding.
  const allowed = [
    ...Object.keys(responses).map(Number),
    404,
    400,
    415,
    ...(operation.surface === 'pages' ? [422] : []),
  ]
  expect(allowed.filter((declared) => declared < 500 || operation.errors.includes(declared))).toContain(status)
  expect(headers['cache-control']).toBe('no-store')
  if (status < 400) return
  expect(besidesNames(text)).not.toMatch(insides)
  if (headers['content-type']?.startsWith('text/html')) return
  const fields = fieldsOf(operation.surface, text)
  const invalid = invalidStatuses[operation.surface] ?? 422
  // The gateway's own 400 is of a character, and not of a field.
  const named = status === invalid && !(invalid === 400 && 'message' in JSON.parse(text))
  expect({ request, status, named: fields.length > 0 }).toEqual({ request, status, named })
}

describe(`of ${REQUESTS} generated requests every one is answered with what its operation declares`, () => {
  test.each(operations.map((operation) => [operation.id, operation] as const))(
    '%s',
    async (id, operation) => {
      const { good, names } = bodies[id]?.() ?? { good: {}, names: ['id'] }
      const requests = hostileRequests(operation, { ids: idsFor(operation), good, names })

      await fc.assert(
        fc.asyncProperty(requests, async (request) => {
          const headers = ['Authorization', `Bearer ${token}`, ...request.headers]
          check(
            operation,
            request,
            await rawRequest(grantkeeper.url, request.method, request.path, headers, request.body),
          )
        }),
        { numRuns: perOperation },
      )
    },
    600_000,
  )

  test('and no function failed over it', () => {
    const { logDir } = grantkeeper.stack
    const lines = readdirSync(logDir).flatMap((file) => readFileSync(join(logDir, file), 'utf8').split('\n'))

    expect(lines.length).toBeGreaterThan(REQUESTS / 2)
    expect(lines.filter((line) => /"level":"(ERROR|FATAL|CRITICAL)"|[Uu]nhandled|timed out/.test(line))).toEqual([])
  })

  test('and nothing was polluted: the next request is answered as the first', async () => {
    const admin = await anAdmin(grantkeeper)

    const answer = await admin.get(`/providers/${provider.id}/`)

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id: provider.id, orgId: 'acme', clientId: provider.clientId })
    expect(answer.body.admin).toBeUndefined()
  })
})
