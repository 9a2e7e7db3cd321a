import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ASSEMBLY } from '../../lib/build/assembly.ts'
import { makePackage } from '../../lib/build/package.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const modules = join(root, 'node_modules')
const folder = mkdtempSync(join(tmpdir(), 'grantkeeper-package-'))
const app = join(folder, 'app')
const installed = join(app, 'node_modules/grantkeeper')

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}
let packed: Packed

/** Files below a folder, by their paths in it. */
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(path, file)).isFile())

/** Runs npm where no registry is reached, and nothing is known of one. */
const npm = async (cwd: string, ...args: string[]): Promise<string> => {
  const offline = ['--offline', '--cache', join(folder, 'empty-cache'), '--ignore-scripts', '--no-audit', '--no-fund']
  return (await run('npm', [...args, ...offline], { cwd })).stdout
}

/** A template in which the order of lists that mean sets tells nothing. */
const withSortedSets = (template: string): unknown =>
  JSON.parse(template, (name, value) =>
    (name === 'Action' || name === 'Resource') && Array.isArray(value)
      ? value.map((item) => JSON.stringify(item)).sort()
      : value,
  )

const program = `
  import { App, Stack } from 'aws-cdk-lib'
  import { Grantkeeper, type GrantkeeperProps, GrantkeeperStack, type Throttle } from 'grantkeeper'

  const throttle: Throttle = { ratePerSecond: 200, burst: 400 }
  const props: GrantkeeperProps = { issuer: 'https://login.example.com', audience: 'grantkeeper', throttle }
  const app = new App()
  const { api } = new Grantkeeper(new Stack(app, 'Construct'), 'Grantkeeper', props)
  const url: string = api.publicBaseUrl
  // @ts-expect-error a property that there is not
  new Grantkeeper(new Stack(app, 'Misspelt'), 'Grantkeeper', { ...props, publicUrl: url })
  new GrantkeeperStack(app, 'Stack')
`

/** An app in JavaScript that does with the package what is asked, and prints what came of it. */
const inApp = async (body: string): Promise<string> => {
  writeFileSync(
    join(app, 'app.js'),
    `import { App, Stack } from 'aws-cdk-lib'
     import { Grantkeeper, GrantkeeperStack } from 'grantkeeper'
     ${body}`,
  )
  return (await run(process.execPath, ['app.js'], { cwd: app })).stdout
}

beforeAll(async () => {
  const made = await makePackage(join(folder, 'package'))
  packed = JSON.parse(await npm(folder, 'pack', made, '--json'))[0]
  const { devDependencies, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  mkdirSync(app)
  const own = Object.fromEntries(['aws-cdk-lib', 'constructs', 'zod'].map((name) => [name, `file:${modules}/${name}`]))
  expect(Object.keys({ ...dependencies, ...devDependencies })).toEqual(expect.arrayContaining(Object.keys(own)))
  const manifest = { name: 'app', type: 'module', dependencies: { ...own, grantkeeper: `file:../${packed.filename}` } }
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest))
  await npm(app, 'install', '--install-links=false')
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

describe('the npm package', () => {
  test('holds the construct, its types, the handlers and the documents, and nothing else', () => {
    const paths = packed.files.map(({ path }) => path)
    const kinds = [
      /^lib\/(contract|infra)\/[\w/-]+\.(js|d\.ts)$/,
      /^dist\/handlers\/[\w/-]+\.mjs$/,
      /^(README|CHANGELOG|COSTS|RUNBOOK|SECURITY)\.md$|^LICENSE$|^package\.json$/,
    ]

    expect(paths.filter((path) => !kinds.some((kind) => kind.test(path)))).toEqual([])
    expect(kinds.map((kind) => paths.some((path) => kind.test(path)))).toEqual([true, true, true])
    console.info(
      `The package has ${paths.length} files, ${packed.size >> 10} KiB, unpacked ${packed.unpackedSize >> 10} KiB`,
    )
  })

  test('has the very handlers that every test ran on', () => {
    const built = join(root, 'dist/handlers')
    const files = filesIn(built).sort()

    expect(filesIn(join(installed, 'dist/handlers')).sort()).toEqual(files)
    for (const file of files) {
      expect(readFileSync(join(installed, 'dist/handlers', file)).equals(readFileSync(join(built, file)))).toBe(true)
    }
  })

  test('wants of who uses it the CDK alone, and no more than it needs', () => {
    const {
      dependencies,
      devDependencies,
      peerDependencies,
      scripts,
      private: isPrivate,
    } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

    expect({ dependencies, devDependencies, peerDependencies, scripts, isPrivate }).toEqual({
      dependencies: { zod: expect.stringMatching(/^\d+\.\d+\.\d+$/) },
      peerDependencies: {
        'aws-cdk-lib': expect.stringMatching(/^\^2\.\d+\.\d+$/),
        constructs: expect.stringMatching(/^\^10\.\d+\.\d+$/),
      },
    })
  })

  test('has types that an app is checked by', async () => {
    writeFileSync(join(app, 'typed.ts'), program)
    const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2024', '--skipLibCheck', 'false']
    const types = ['--typeRoots', `${modules}/@types`, '--types', 'node']

    const checked = run(process.execPath, [join(modules, 'typescript/bin/tsc'), ...options, ...types, 'typed.ts'], {
      cwd: app,
    }).catch((error: { stdout: string }) => error)

    expect((await checked).stdout).toBe('')
  }, 120_000)
})

describe('an app that has installed it', () => {
  test('synthesizes offline, with flags of its own or none, what is synthesized here', async () => {
    await inApp(`
      const app = new App({ outdir: 'out', analyticsReporting: false })
      new GrantkeeperStack(app, 'Grantkeeper')
      app.synth()`)

    const theirs = readFileSync(join(app, 'out/Grantkeeper.template.json'), 'utf8')
    const ours = readFileSync(join(ASSEMBLY, 'Grantkeeper.template.json'), 'utf8')
    expect(withSortedSets(theirs)).toEqual(withSortedSets(ours))
  }, 60_000)

  test('may deploy two of them, each in a stack of its own', async () => {
    const printed = await inApp(`
      const app = new App({ outdir: 'two', analyticsReporting: false })
      const props = { issuer: 'https://login.example.com', audience: 'grantkeeper' }
      for (const name of ['One', 'Two']) new Grantkeeper(new Stack(app, name), 'Grantkeeper', props)
      console.log(app.synth().stacks.map(({ stackName }) => stackName).join())`)

    expect(printed.trim()).toBe('One,Two')
  }, 60_000)

  test('is told what is wrong with its props', async () => {
    const printed = await inApp(`
      try {
        new Grantkeeper(new Stack(new App(), 'Wrong'), 'Grantkeeper', { issuer: 'login', audience: 'grantkeeper' })
      } catch (error) {
        console.log(error.name + ': ' + error.message)
      }`)

    expect(printed).toBe(
      'TypeError: issuer must be an https URL without query, exactly as the iss of the JWTs says; it is "login"\n',
    )
  }, 60_000)
})
