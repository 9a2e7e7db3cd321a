import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../lib/local/services/free-port.ts'
import { aToken, type Command, endCommands, root, run, start } from '../support/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
const dataDir = join(folder, "it's a data folder")

/** What a request was answered, and when; `refused` while nothing listens. */
interface Observed {
  readonly at: number
  readonly status: number | 'refused'
}
const observed: Observed[] = []
let command: Command
let url: string
let readyAt: number

beforeAll(async () => {
  const port = await freePort()
  command = start('npm', ['start'], { PORT: String(port), DATA_DIR: dataDir })
  const observing = observe(`http://127.0.0.1:${port}`)
  url = await command.ready()
  readyAt = performance.now()
  await observing
})
afterAll(async () => {
  await endCommands()
  rmSync(folder, { recursive: true })
})

/** Asks again and again, until ten requests after the ready line, for what the API itself answers once it serves. */
const observe = async (base: string): Promise<void> => {
  for (let after = 0; after < 10; await delay(5)) {
    const status = await fetch(`${base}/no-such-path`).then(
      (response) => response.text().then(() => response.status),
      () => 'refused' as const,
    )
    observed.push({ at: performance.now(), status })
    if (readyAt !== undefined) after++
  }
}

describe('npm start', () => {
  test('says that it is ready exactly when requests are served', async () => {
    const before = observed.filter(({ at }) => at < readyAt - 500)
    const after = observed.filter(({ at }) => at > readyAt)
    const first = await fetch(`${url}/api/v2/externalOAuth/openapi.json`)

    expect(command.stdout()).toMatch(/^Grantkeeper ready: http:\/\/127\.0\.0\.1:\d+\n$/m)
    expect(before.length).toBeGreaterThan(10)
    expect(before.filter(({ status }) => status !== 'refused' && status !== 503)).toEqual([])
    expect(after.length).toBeGreaterThan(5)
    expect(after.filter(({ status }) => status !== 404)).toEqual([])
    expect(first.status).toBe(200)
  })

  test('says nothing on standard error, and names the API and the demo provider', async () => {
    const said = command.stdout()
    const [, provider = ''] = /The demo provider +(\S+)/.exec(said) ?? []

    const metadata = await fetch(`${provider}/.well-known/openid-configuration`)

    expect(command.stderr()).toBe('')
    expect(said).toContain(`${url}/api/v2/externalOAuth/`)
    expect(await metadata.json()).toMatchObject({ issuer: provider })
  })

  test('says that real tokens lie in its folder, where nobody else can open anything', () => {
    const openToOthers = (path: string): string[] => {
      const found = statSync(path)
      const below = found.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : []
      return [...((found.mode & 0o077) === 0 ? [] : [path]), ...below.flatMap(openToOthers)]
    }

    expect(command.stdout()).toContain(`Tokens and keys    ${dataDir} holds them, real ones too`)
    expect(openToOthers(dataDir)).toEqual([])
  })

  test('offers an id for a provider, with the URL to register with a real one', () => {
    const [, callbackUrl = '', id] =
      /^A real provider +register (\S+) there,\n.*"id": "([^"]+)"/m.exec(command.stdout()) ?? []

    expect(callbackUrl).toBe(`${url}/oauth2/callback/${id}`)
  })

  test('says how long each step took', () => {
    expect(command.stdout()).toMatch(/^( +\d+\.\d s {2}\S.+\n){4}/m)
  })

  test.each(['bash', 'sh'])('prints a sample flow that can be pasted into %s', async (shell) => {
    const [, flow = ''] = /^Try it.*\n\n((?:(?: {2}.*)?\n)+)/m.exec(command.stdout()) ?? []

    const pasted = await run(shell, ['-eu', '-c', flow], { PATH: withCurl() })

    expect(pasted.stderr).toBe('')
    expect(pasted.stdout).toMatch(/^[\w-]{20,}\ngrace\.hopper@example\.test\n$/)
    expect(pasted.status).toBe(0)
  })
})

describe('docs/github.md', () => {
  test('can be pasted: the provider has the id that was printed, and there is a link for the browser', async () => {
    const page = readFileSync(join(root, 'docs/github.md'), 'utf8')
    const [, register = '', , connect = ''] = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, code]) => code)
    const [, id = ''] = /with "id": "([^"]+)"/.exec(command.stdout()) ?? []
    // The stand-in is where GitHub would be.
    const here = register
      .replace('http://127.0.0.1:8080', url)
      .replace(/PROVIDER=\S+/, `PROVIDER=${id}`)
      .replace('\\"type\\": \\"github\\"', '\\"type\\": \\"test\\", \\"metadata\\": {\\"plays\\": \\"github\\"}')

    const pasted = await run('bash', ['-eu', '-c', here + connect], { PATH: withCurl(), DATA_DIR: dataDir })

    expect(pasted.stderr).toBe('')
    expect(pasted.stdout).toContain(`"callbackUrl":"${url}/oauth2/callback/${id}"`)
    expect(pasted.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/oauth2\/connect\S+$/m)
  })
})

/** The path for commands, with a stand-in where the machine has no curl. */
const withCurl = (): string => {
  const path = process.env['PATH'] ?? ''
  if (spawnSync('curl', ['--version']).status === 0) return path
  const bin = join(folder, 'bin')
  const standIn = join(root, 'test/support/curl.mjs')
  mkdirSync(bin, { recursive: true })
  chmodSync(standIn, 0o755)
  rmSync(join(bin, 'curl'), { force: true })
  symlinkSync(standIn, join(bin, 'curl'))
  return `${bin}${delimiter}${path}`
}

describe('npm run -s token', () => {
  test('prints one token and nothing else', async () => {
    const printed = await run('npm', ['run', '-s', 'token', '--', '--user', 'ada', '--org', 'acme'], {
      DATA_DIR: dataDir,
    })

    expect(printed).toEqual({ status: 0, stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/), stderr: '' })
  })

  test.each([
    ['a member reads providers', [], '/providers/', {}, 200],
    ['a member reads no jobs', [], '/jobs/', {}, 403],
    ['an admin reads jobs', ['--role', 'admin'], '/jobs/', {}, 200],
    ['a member acts for nobody', [], '/providers/', { 'X-On-Behalf-Of': 'grace' }, 403],
    ['a service acts for a user', ['--role', 'service'], '/providers/', { 'X-On-Behalf-Of': 'grace' }, 200],
    ['two roles at once', ['--role', 'service', '--role', 'admin'], '/jobs/', {}, 200],
  ])('prints a token with roles: %s', async (_title, roles, path, headers, status) => {
    const token = await aToken(dataDir, '--user', 'auth0|ada@example.test', '--org', 'a#b', ...roles)

    const answer = await fetch(`${url}/api/v2/externalOAuth${path}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    })

    expect(answer.status).toBe(status)
  })

  test.each([
    ['no user', ['--org', 'acme'], 'Usage: '],
    ['no organization', ['--user', 'ada'], 'Usage: '],
    ['an empty user', ['--user', '', '--org', 'acme'], 'Usage: '],
    ['a user id that no stack accepts', ['--user', 'x'.repeat(256), '--org', 'acme'], 'Usage: '],
    ['an unknown role', ['--user', 'ada', '--org', 'acme', '--role', 'root'], 'Usage: '],
    ['an unknown option', ['--user', 'ada', '--org', 'acme', '--admin'], "Unknown option '--admin'"],
  ])('refuses %s in one line', async (_title, args, said) => {
    const refused = await run('node', ['bin/token.ts', ...args], { DATA_DIR: dataDir })

    expect(refused).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(/^.+\n$/) })
    expect(refused.stderr).toContain(said)
  })

  test('says in one line that there is no stack yet', async () => {
    const nowhere = join(folder, 'nowhere')

    const refused = await run('node', ['bin/token.ts', '--user', 'ada', '--org', 'acme'], { DATA_DIR: nowhere })

    expect(refused).toEqual({
      status: 1,
      stdout: '',
      stderr: `There is no local stack in ${nowhere}: run npm start first, or set DATA_DIR\n`,
    })
  })
})
