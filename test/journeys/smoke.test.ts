import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { operations, pathsOf } from '../../lib/contract/index.ts'
import { endCommands, run } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { aFront, type Front, headerOf, itself } from '../support/front.ts'
import { aCaller, aGrantkeeper, anAdmin, aProvider, type Caller } from '../support/grantkeeper.ts'
import { smokeCommand, smokeRun, smokeWith } from '../support/smoke-run.ts'

let grantkeeper: Awaited<ReturnType<typeof aGrantkeeper>>
let admin: Caller
let front: Front
const folder = mkdtempSync(join(tmpdir(), 'smoke-'))

beforeAll(async () => {
  grantkeeper = await aGrantkeeper()
  admin = await anAdmin(grantkeeper)
  front = await aFront(grantkeeper.url)
})
afterEach(() => {
  front.flaw = {}
  front.seen.length = 0
})
afterAll(async () => {
  await endCommands()
  await front?.close()
  await grantkeeper?.close()
  rmSync(folder, { recursive: true })
})

const isReading = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method)
const names = async (): Promise<string[]> => {
  const { body } = await admin.get('/providers/')
  return body.data.map(({ name }: { name: string }) => name)
}

describe('a stack as it should be passes every check', () => {
  test('by reading', async () => {
    const { status, stdout, stderr, passed } = await smokeCommand(grantkeeper.url, admin.token)

    expect([status, stderr]).toEqual([0, ''])
    expect(passed.length).toBeGreaterThan(30)
    expect(stdout).toMatch(new RegExp(`\n${passed.length} passed, 0 failed\n$`))
  })

  test('where there are providers to be read', async () => {
    const other = { org: 'globex' }
    await aProvider(grantkeeper, {}, other)
    const reader = await anAdmin(grantkeeper, other)

    const { status, failed } = await smokeRun(grantkeeper.url, reader.token)

    expect([status, failed]).toEqual([0, []])
  })

  test('with the token of a member', async () => {
    const member = await aCaller(grantkeeper)

    const { status, failed } = await smokeRun(grantkeeper.url, member.token)

    expect([status, failed]).toEqual([0, []])
  })

  test('with the address of the first surface in place of the base', async () => {
    const { status } = await smokeRun(`${grantkeeper.url}/api/v2/externalOAuth/`, admin.token)

    expect(status).toBe(0)
  })

  test('whose pages lead to those of the organization', async () => {
    const end = itself(302, {}, ['Location', 'https://app.example.com/failed?error=invalidState'])
    front.flaw = { before: ({ path }) => (path.startsWith('/oauth2/callback') ? end : undefined) }

    const { status, failed } = await smokeRun(front.url, admin.token)

    expect([status, failed]).toEqual([0, []])
  })

  test('by writing, and keeps nothing of it but two finished jobs', async () => {
    const { status, stderr, failed, passed } = await smokeRun(grantkeeper.url, admin.token, '--write')

    const { body: jobs } = await admin.get('/jobs/')
    expect([status, stderr, failed]).toEqual([0, '', []])
    expect(passed).toContain('the job of the deletion is COMPLETED, and the provider gone')
    expect(await names()).toEqual([])
    expect(jobs.data.map(({ type, status: state }: { type: string; status: string }) => [type, state])).toEqual([
      ['DELETE_PROVIDER', 'COMPLETED'],
      ['STATS', 'COMPLETED'],
    ])
  })

  test('with a provider that is found by its issuer', async () => {
    const { issuer } = grantkeeper.upstream

    const { status, failed } = await smokeRun(grantkeeper.url, admin.token, '--write', '--issuer', issuer)

    expect([status, failed]).toEqual([0, []])
  })

  test('with a provider of a file, whose secret is not printed', async () => {
    const { issuer, client } = grantkeeper.upstream
    const file = join(folder, 'provider.json')
    const endpoints = { authorizationUrl: `${issuer}/authorize`, tokenUrl: `${issuer}/token` }
    const redirectUris = ['https://app.example.com/back']
    writeFileSync(
      file,
      JSON.stringify({ type: 'oauth2', fieldMap: { sub: '/sub' }, redirectUris, ...endpoints, ...client }),
    )
    // An answer that is printed, with the secret in it.
    front.flaw = { after: ({ body }) => ({ body: body.replace(/^\{"id"/, `{"secret":"${client.clientSecret}","id"`) }) }

    const good = await smokeRun(grantkeeper.url, admin.token, '--write', '--provider', file)
    const bad = await smokeRun(front.url, admin.token, '--write', '--provider', file)

    expect([good.status, good.failed]).toEqual([0, []])
    expect(bad.failed).toContain('a provider is registered, and its secret does not come back')
    expect(bad.stdout).toContain('<secret>')
    expect(bad.stdout).not.toContain(client.clientSecret)
    await eventually(names, (left) => left.length === 0)
  })

  test('as the documents call it, by npm', async () => {
    const token = { GRANTKEEPER_TOKEN: admin.token }

    const { status, stdout, stderr } = await run('npm', ['run', 'smoke', '--', '--url', grantkeeper.url], token)

    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain(admin.token)
  })
})

describe('reading', () => {
  test('sends nothing in the name of the caller that could change anything, and no body', async () => {
    const { status } = await smokeRun(front.url, admin.token)

    const inName = front.seen.filter((request) =>
      [headerOf(request, 'authorization'), headerOf(request, 'coder-session-token')].some((value) =>
        value?.includes(admin.token),
      ),
    )
    expect(status).toBe(0)
    expect(inName.length).toBeGreaterThan(30)
    expect(inName.filter(({ method }) => !isReading(method))).toEqual([])
    expect(front.seen.filter(({ body }) => body.length > 0)).toEqual([])
  })

  test('asks for every path of the contract in both spellings', async () => {
    await smokeRun(front.url, admin.token)

    const asked = new Set(front.seen.map(({ method, path }) => `${method} ${path.split('?')[0]}`))
    const spellings = operations.flatMap((operation) =>
      pathsOf(operation).flatMap((path) =>
        [path, path.endsWith('/') ? path.slice(0, -1) : `${path}/`].map(
          (spelled) => [operation.method === 'ANY' ? 'PATCH' : operation.method, spelled] as const,
        ),
      ),
    )
    const missing = spellings.filter(([method, path]) => {
      const pattern = new RegExp(`^${method} ${path.replaceAll('.', '\\.').replace(/\{\w+\+?\}/g, '[^/]+')}$`)
      return ![...asked].some((each) => pattern.test(each))
    })
    expect(missing).toEqual([])
  })
})

describe('it talks to the URL that it is given, and to nothing else', () => {
  test('also where jobs are said to be elsewhere, and answers lead there', async () => {
    const elsewhere = await aFront(grantkeeper.url)
    front.flaw = {
      before: ({ path }) =>
        path.endsWith('/providers')
          ? { status: 307, headers: [['Location', `${elsewhere.url}${path}/`]], body: '' }
          : undefined,
      after: ({ body }) => ({ body: body.replaceAll(front.url, elsewhere.url) }),
    }

    const { status, passed } = await smokeRun(front.url, admin.token, '--write')

    expect(status).toBe(1)
    expect(passed).toContain('a job of statistics runs to its end')
    expect(elsewhere.seen).toEqual([])
    await elsewhere.close()
  })
})

describe('where there is nothing to check', () => {
  test('at an address where nobody answers it says so once', async () => {
    const gone = await aFront(grantkeeper.url)
    await gone.close()

    const { status, failed, passed, stdout } = await smokeRun(gone.url, admin.token)

    expect([status, failed, passed]).toEqual([1, ['openapi.json is served'], []])
    expect(stdout).toContain('got no answer: ECONNREFUSED')
    expect(stdout).toMatch(/\n0 passed, 1 failed, \d+ not tried\n$/)
  })

  test('with the token of another issuer it checks what needs none', async () => {
    const [head, payload] = admin.token.split('.')

    const { status, failed, passed, notTried } = await smokeRun(grantkeeper.url, `${head}.${payload}.forged`, '--write')

    expect([status, failed]).toEqual([1, ['the token is taken']])
    expect(passed).toContain('no token: 401, in the body of all errors')
    expect(notTried).toContain('a provider is registered, and its secret does not come back')
  })

  test('with --write and the token of a member it writes nothing', async () => {
    const member = await aCaller(grantkeeper)

    const { status, failed } = await smokeRun(front.url, member.token, '--write')

    expect([status, failed]).toEqual([1, ["the token is an admin's"]])
    expect(front.seen.filter(({ method, body }) => !isReading(method) && body.length > 0)).toEqual([])
  })
})

test('a token on the command line is not printed', async () => {
  const { status, stdout, stderr } = await smokeWith(['--url', grantkeeper.url, '--token', admin.token])

  expect(status).toBe(0)
  expect(stdout + stderr).not.toContain(admin.token)
})
