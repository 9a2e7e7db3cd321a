import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** What the page shows, by the path that its first line names. */
const shown = new Map(
  [...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(
    ([, path = '', code = '']) => [path, code],
  ),
)

/** Where the page says that one more is listed: the file, what stands before, and what is added. */
const lists = [
  ['lib/contract/schemas/provider.ts', 'export const namedTypes = [', "'tracker',"],
  ['lib/oauth/catalogue/index.ts', 'CatalogueEntry>> = {', 'tracker,'],
  ['lib/local/stand-in/providers/all-facts.ts', 'ProviderFacts>> = {', 'tracker,'],
  ['test/support/named-lives.ts', 'readonly Life[] = [', shown.get('test/support/named-lives.ts') ?? ''],
] as const

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'grantkeeper-seventeenth-'))
  for (const part of ['lib', 'functions', 'bin', 'test', 'package.json', 'package-lock.json', 'tsconfig.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  // The stand-in's own tests, which hold what it plays to manuals of their own, are left out.
  const include = ['bin', 'lib', 'functions', 'test/support', 'test/journeys/named-providers-life.test.ts']
  writeFileSync(join(copy, 'tsconfig.copy.json'), JSON.stringify({ extends: './tsconfig.json', include }))
  for (const file of ['vitest.config.ts', 'cdk.json', 'openapi.json']) cpSync(join(root, file), join(copy, file))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

  for (const [path, code] of shown) if (path.endsWith('/tracker.ts')) writeFileSync(join(copy, path), code)
  for (const [path, before, line] of lists) {
    const file = join(copy, path)
    const imported =
      path.startsWith('lib/contract') || path.startsWith('test') ? '' : "import { tracker } from './tracker.ts'\n"
    writeFileSync(file, imported + readFileSync(file, 'utf8').replace(before, `${before}\n${line}`))
  }
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const node = (...args: string[]) => run(process.execPath, args, { cwd: copy, timeout: 80_000, maxBuffer: 1 << 24 })

describe('the seventeenth provider of CONTRIBUTING', () => {
  test('is one short file, the facts for the stand-in, and a row', () => {
    expect([...shown.keys()]).toEqual([
      'lib/oauth/catalogue/tracker.ts',
      'lib/local/stand-in/providers/tracker.ts',
      'test/support/named-lives.ts',
    ])
    expect((shown.get('lib/oauth/catalogue/tracker.ts') ?? '').split('\n').length).toBeLessThan(35)
  })

  test('compiles', async () => {
    const { stdout } = await node('node_modules/typescript/bin/tsc', '--project', 'tsconfig.copy.json')

    expect(stdout).toBe('')
  })

  test('lives a whole life, like the others', async () => {
    await node('bin/build.ts')
    const life = 'test/journeys/named-providers-life.test.ts'
    const { stdout } = await node('node_modules/vitest/vitest.mjs', 'run', life, '--testNamePattern=tracker')

    expect(stdout).toMatch(/^6 passed, 0 failed/m)
  })
})
