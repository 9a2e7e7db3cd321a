import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ASSEMBLY, isBuilt } from '../../lib/build/assembly.ts'
import { buildPackage } from '../../lib/build/package.ts'
import { readAssembly } from '../../lib/local/template/assembly.ts'
import { root } from '../support/command.ts'
import { aFreshApp } from '../support/fresh-app.ts'
import { buildBundles } from './bundles.ts'
import { freshAppFiles, fromSources } from './fresh-app-files.ts'

const PATIENCE = 300_000

/** Every file below a folder with its bytes. */
const contentOf = (folder: string): Map<string, Buffer> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [file.slice(folder.length + 1), readFileSync(file)]),
  )

/** The files of which only one of two folders has one, or in which they differ. */
const differences = (some: string, others: string): string[] => {
  const [here, there] = [contentOf(some), contentOf(others)]
  return [...new Set([...here.keys(), ...there.keys()])].filter((file) => {
    const [one, other] = [here.get(file), there.get(file)]
    return one === undefined || other === undefined || !one.equals(other)
  })
}

/** The one folder of code that an assembly has: all functions are made of it. */
const handlersIn = (assembly: string): string => {
  const assets = readdirSync(assembly).filter((name) => statSync(join(assembly, name)).isDirectory())
  expect(assets).toEqual([expect.stringMatching(/^asset\./)])
  return join(assembly, assets[0] ?? '')
}

let app: Awaited<ReturnType<typeof aFreshApp>>
let packed: string
let files: Map<string, Buffer>
beforeAll(async () => {
  if (!isBuilt()) throw new Error('The stack is not built from these sources: run npm run build (npm test does)')
  app = await aFreshApp(await buildPackage(), freshAppFiles)
  packed = join(app.folder, 'node_modules/grantkeeper')
  files = contentOf(packed)
}, PATIENCE)
afterAll(() => app?.remove())

describe('the npm package', () => {
  test('holds the construct, its types, the handlers and the documents, and nothing else', () => {
    const bytes = statSync(app.tarball).size
    process.stdout.write(`${files.size} files in a tarball of ${Math.round(bytes / 1024)} KiB\n`)

    const others = [...files.keys()].filter(
      (file) => !/^(dist\/handlers\/\w+\/[\w-]+\.mjs|lib\/(infra|contract)\/[\w-]+\.d\.ts)$/.test(file),
    )
    expect(others).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'COSTS.md',
      'LICENSE',
      'README.md',
      'RUNBOOK.md',
      'SECURITY.md',
      'THIRD-PARTY-LICENSES.txt',
      'docs/github.md',
      'lib/infra/index.js',
      'openapi.json',
      'package.json',
    ])
    expect(bytes).toBeLessThan(600 * 1024)
  })

  test('says nothing of the machine that made it, and leads to no source map', () => {
    const telling = [...files].filter(([, content]) =>
      [root, `${homedir()}/`, 'sourceMappingURL=', '-----BEGIN'].some((word) => content.includes(word)),
    )

    expect(telling.map(([file]) => file)).toEqual([])
  })

  test('has the handlers that the tests run on, byte for byte', () => {
    expect(differences(join(packed, 'dist/handlers'), handlersIn(ASSEMBLY))).toEqual([])
    expect(differences(join(packed, 'dist/handlers'), join(root, 'dist/handlers'))).toEqual([])
  })

  test('needs the CDK of the app, from the version that it was tested with, and no other package', () => {
    const project = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'))

    expect(manifest).toMatchObject({ name: 'grantkeeper', version: project.version, license: 'Apache-2.0' })
    expect(manifest.peerDependencies).toEqual({
      'aws-cdk-lib': `^${project.devDependencies['aws-cdk-lib']}`,
      constructs: `^${project.devDependencies.constructs}`,
    })
    expect(
      Object.keys(manifest).filter((name) => /^(d|devD|optionalD)ependencies$|private|scripts/.test(name)),
    ).toEqual([])
  })

  test('imports nothing but the CDK and Node', () => {
    const code = files.get('lib/infra/index.js')?.toString() ?? ''
    const imported = [...code.matchAll(/^import .*from "([^"]+)";$/gm)].map(([, name = '']) => name)

    expect(imported).toContain('aws-cdk-lib/aws-lambda')
    expect(imported.filter((name) => !/^(aws-cdk-lib(\/[\w-]+)?|constructs|node:\w+)$/.test(name))).toEqual([])
  })

  test('explains every property where it is declared', () => {
    const declared = files.get('lib/infra/props.d.ts')?.toString() ?? ''
    const comments = /\/\*\*.*?\*\//gs
    const plain = (text: string) => (text.match(comments) ?? []).map((comment) => comment.replace(/\s+/g, ' '))

    expect(plain(declared)).toEqual(plain(readFileSync(join(root, 'lib/infra/props.ts'), 'utf8')))
    expect(files.get('lib/infra/grantkeeper.d.ts')?.toString()).toMatch(/\*\/\nexport declare class Grantkeeper /)
  })

  test('has documents that lead to nothing that is missing', () => {
    const links = [...files].flatMap(([file, content]) =>
      file.endsWith('.md')
        ? [...content.toString().matchAll(/\]\((?!http)([^)#]+)/g)].map(([, link = '']) => join(dirname(file), link))
        : [],
    )

    expect(links.length).toBeGreaterThan(3)
    expect(links.filter((link) => !files.has(link))).toEqual([])
  })

  test('names the licence of every package of which a part is bundled', async () => {
    const { bundles, remove } = await buildBundles()
    const inputs = bundles.flatMap((bundle) => [...bundle.inputs.keys()])
    remove()
    const names = new Set(
      inputs.flatMap((input) => /^(?!lib\/|functions\/)(@[^/]+\/)?[^/.]+(?=\/)/.exec(input)?.[0] ?? []),
    )

    const licences = files.get('THIRD-PARTY-LICENSES.txt')?.toString() ?? ''
    expect(names).toContain('zod')
    expect([...names].filter((name) => !licences.includes(`\n${name} `))).toEqual([])
    expect(licences).not.toMatch(/^unknown, by/m)
  })
})

describe('a fresh app', () => {
  beforeAll(async () => {
    expect(await app.compile()).toBe('')
  }, PATIENCE)

  test('installs it without a network, and nothing with it', () => {
    expect(app.installed).toEqual(['grantkeeper'])
  })

  test(
    'synthesizes from it what the sources synthesize, in every template and asset',
    async () => {
      writeFileSync(join(app.folder, 'from-sources.ts'), fromSources)

      await Promise.all([app.run('out/app.js', 'cdk.out'), app.run('from-sources.ts', 'sources.out')])

      const [made, expected] = ['cdk.out', 'sources.out'].map((name) => join(app.folder, name)) as [string, string]
      // These say in which line a construct was made.
      const lines = /^(tree|\w+\.metadata)\.json$/
      expect(differences(made, expected).filter((file) => !lines.test(file))).toEqual([])
      expect(readdirSync(made)).toEqual(
        expect.arrayContaining(['First.template.json', 'Second.template.json', 'Whole.template.json']),
      )
      expect(differences(handlersIn(made), handlersIn(ASSEMBLY))).toEqual([])
    },
    PATIENCE,
  )

  test(
    'is told what is wrong with its props, also when it is a CommonJS module',
    async () => {
      const right = { issuer: 'https://login.example.com', audience: 'grantkeeper' }
      const rows = [
        [{ ...right, issuer: 'login.example.com' }, 'TypeError: issuer must be an https URL without query'],
        [{ ...right, logLevel: 'LOUD' }, 'TypeError: logLevel must be one of DEBUG, INFO, WARN, ERROR; it is "LOUD"'],
        [{ ...right, operationThrottles: { none: {} } }, 'TypeError: operationThrottles must be ids of operations'],
        [{ ...right, handlersPath: '/nowhere' }, 'Error: The handlers are not built: there is no /nowhere'],
        [right, 'nothing'],
      ] as const

      const said = await app.run('out/wrong.cjs', 'wrong.out', JSON.stringify(rows.map(([props]) => props)))

      const lines = said.trim().split('\n')
      expect(lines).toEqual(rows.map(([, message]) => expect.stringContaining(message)))
    },
    PATIENCE,
  )

  test(
    'is what the README shows, as it stands',
    async () => {
      expect(await app.run('out/readme.js', 'readme.out')).toBe('')

      expect(readAssembly(join(app.folder, 'readme.out')).stackName).toBe('Connections')
    },
    PATIENCE,
  )
})
