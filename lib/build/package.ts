import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './assembly.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The npm package of the construct, ready for `npm pack` and `npm publish`. */
export const PACKAGE = `${root}dist/package`

const documents = ['README.md', 'CHANGELOG.md', 'COSTS.md', 'LICENSE', 'RUNBOOK.md', 'SECURITY.md']

/**
 * Makes the folder of the npm package anew: the construct as JavaScript with its types, since Node runs no TypeScript
 * below `node_modules`, and the handlers as they are built and tested. Who uses it needs the CDK, and nothing that builds.
 * Answers the folder.
 */
export const makePackage = async (folder = PACKAGE): Promise<string> => {
  const handlers = await bundle()
  rmSync(folder, { recursive: true, force: true })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.package.json'), '--outDir', folder], { cwd: root })
  nameJavaScript(folder)
  cpSync(handlers, join(folder, 'dist/handlers'), { recursive: true })
  for (const document of documents) copyFileSync(join(root, document), join(folder, document))
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
  return folder
}

/** In code the compiler does that by itself, in types it leaves the names of the sources. */
const nameJavaScript = (folder: string): void => {
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.d.ts')) continue
    const path = join(folder, file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(/(['"]\.{1,2}\/[^'"\n]+)\.ts(['"])/g, '$1.js$2'))
  }
}

const manifest = () => {
  const { name, version, description, license, engines, dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return {
    name,
    version,
    description,
    license,
    keywords: ['aws', 'cdk', 'oauth', 'oauth2', 'openid-connect', 'tokens'],
    type: 'module',
    engines,
    exports: {
      '.': { types: './lib/infra/index.d.ts', default: './lib/infra/index.js' },
      './package.json': './package.json',
    },
    // The one thing that the construct needs at synthesis: the contract is made of it. Handlers bring what they need.
    dependencies: { zod: dependencies.zod },
    // At least what is tested; which one it is, is the app's to say.
    peerDependencies: {
      'aws-cdk-lib': `^${devDependencies['aws-cdk-lib']}`,
      constructs: `^${devDependencies.constructs}`,
    },
  }
}
