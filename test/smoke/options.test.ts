import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readOptions, UsageError } from '../../lib/smoke/options.ts'
import { usage } from '../../lib/smoke/usage.ts'
import { smokeWith } from '../support/smoke-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'smoke-options-'))
afterAll(() => rmSync(folder, { recursive: true }))
const aFile = (name: string, content: string): string => {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

const TOKEN = 'head.payload.signature'
const url = ['--url', 'https://connect.example.com/v1']
const read = (...args: string[]) => readOptions([...url, ...args], { GRANTKEEPER_TOKEN: TOKEN })

const refusal = (args: readonly string[], env: Record<string, string> = { GRANTKEEPER_TOKEN: TOKEN }): string => {
  try {
    readOptions(args, env)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'taken'
}

describe('the base', () => {
  test.each([
    ['https://connect.example.com', 'https://connect.example.com'],
    ['https://connect.example.com/', 'https://connect.example.com'],
    ['https://x.execute-api.eu-central-1.amazonaws.com/v1', 'https://x.execute-api.eu-central-1.amazonaws.com/v1'],
    ['https://connect.example.com/v1/api/v2/externalOAuth/', 'https://connect.example.com/v1'],
    ['http://127.0.0.1:8080/api/v2/externalOAuth', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('of --url %s is %s', (given, base) => {
    expect(readOptions(['--url', given], { GRANTKEEPER_TOKEN: TOKEN })?.base).toBe(base)
  })
})

describe('the token', () => {
  test('is that of the flag, or else that of the environment', () => {
    expect([read()?.token, read('--token', 'a.b.c')?.token]).toEqual([TOKEN, 'a.b.c'])
  })
})

describe('the provider of a writing run', () => {
  test('is a GitHub whose client nobody knows, and on this machine one that is played', () => {
    const here = readOptions(['--url', 'http://localhost:8080'], { GRANTKEEPER_TOKEN: TOKEN })

    expect(read()?.provider).toEqual({ type: 'github' })
    expect(here?.provider).toEqual({ type: 'test', metadata: { plays: 'github' } })
  })

  test('is that of an issuer, or of a file', () => {
    const file = aFile('good.json', '{"type":"gitlab","clientId":"c"}')

    expect(read('--issuer', 'https://login.example.com')?.provider).toEqual({
      type: 'oidc',
      issuer: 'https://login.example.com',
    })
    expect(read('--provider', file)?.provider).toEqual({ type: 'gitlab', clientId: 'c' })
  })
})

describe('it refuses, by the name of the flag,', () => {
  test.each([
    [[], '--url is missing: where clients reach the API'],
    [['--url', 'connect.example.com'], '--url must be an absolute https URL'],
    [['--url', 'ftp://connect.example.com'], '--url must be an absolute https URL'],
    [
      ['--url', 'http://connect.example.com'],
      '--url must be https, but on this machine: the token would go over the wire in clear',
    ],
    [['--url', 'https://ada:secret@connect.example.com'], '--url must hold no user name or password'],
    [['--url', 'https://connect.example.com/?a=b'], '--url must have no query and no fragment'],
    [[...url, '--origin', 'app.example.com'], '--origin must be an origin such as https://app.example.com'],
    [[...url, '--origin', 'https://app.example.com/'], '--origin must be an origin such as https://app.example.com'],
    [[...url, '--timeout', '0'], '--timeout must be a whole number of seconds from 1 to 3600'],
    [[...url, '--timeout', 'soon'], '--timeout must be a whole number of seconds from 1 to 3600'],
    [[...url, '--job-wait', '3601'], '--job-wait must be a whole number of seconds from 1 to 3600'],
    [[...url, '--issuer', 'login'], '--issuer must be an absolute https URL'],
    [[...url, '--issuer', 'https://a.example', '--provider', 'x.json'], '--issuer and --provider cannot be given both'],
    [[...url, '--provider', 'no-such-file.json'], '--provider must name a JSON file, and of no-such-file.json it'],
    [[...url, '--wirte'], "Unknown option '--wirte'"],
    [['--url'], "Option '--url <value>' argument missing"],
    [[...url, '--write=yes'], "Option '--write' does not take an argument"],
  ])('%j', (args, message) => {
    expect(refusal(args)).toContain(message)
  })

  test.each([
    ['is no JSON', '{"type":'],
    ['holds a list', '[]'],
    ['has no type', '{"clientId":"c"}'],
  ])('a file of --provider that %s', (name, content) => {
    const file = aFile(`${name}.json`, content)

    expect(refusal([...url, '--provider', file])).toMatch(/^--provider must name a .*JSON/)
  })

  test('the lack of a token', () => {
    expect(refusal(url, {})).toBe('--token is missing, and GRANTKEEPER_TOKEN is not set')
    expect(refusal(url, { GRANTKEEPER_TOKEN: '' })).toBe('--token is missing, and GRANTKEEPER_TOKEN is not set')
  })

  test.each([
    ['--token', [...url, '--token', 'Bearer the.secret.one'], {}],
    ['--token', [...url, '--token', 'the.secret\n.one'], {}],
    ['GRANTKEEPER_TOKEN', url, { GRANTKEEPER_TOKEN: 'thesecretone' }],
    ['every argument', [...url, 'the.secret.one'], { GRANTKEEPER_TOKEN: TOKEN }],
  ])('what is no token, without printing it: %s %#', (name, args, env: Record<string, string>) => {
    const said = refusal(args, env)

    expect(said).toMatch(new RegExp(`^${name} must`))
    expect(said).not.toContain('secret')
  })
})

describe('the command', () => {
  test('ends with 2 and the usage when it is not given right', async () => {
    const { status, stdout, stderr } = await smokeWith([...url])

    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toBe(`--token is missing, and GRANTKEEPER_TOKEN is not set\n\n${usage}\n`)
  })

  test('shows its usage, which names every flag and the variable', async () => {
    const { status, stdout, stderr } = await smokeWith(['--help'])

    expect([status, stdout, stderr]).toEqual([0, `${usage}\n`, ''])
    for (const name of ['url', 'token', 'write', 'origin', 'issuer', 'provider', 'timeout', 'job-wait', 'help']) {
      expect(stdout).toContain(`--${name}`)
    }
    expect(stdout).toContain('GRANTKEEPER_TOKEN')
  })
})
