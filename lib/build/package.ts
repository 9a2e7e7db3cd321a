import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './assembly.ts'
import { emitDeclarations } from './declarations.ts'
import { licencesOfBundled } from './licences.ts'
import { make, root } from './make.ts'
import { manifestFrom } from './manifest.ts'

/** What goes into the package as it is: the licence, the document of the API, and all that the README leads to. */
const documents = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'docs/github.md',
  'CONTRIBUTING.md',
  'COSTS.md',
  'RUNBOOK.md',
  'SECURITY.md',
  'openapi.json',
]

/** What the package is made of besides the sources. */
const others = [...documents, 'package.json', 'tsconfig.json', 'tsconfig.package.json']

/**
 * Makes the npm package of the construct, unless it is there already: a folder for `npm pack`. Construct and handlers lie
 * in it as they do here, so that the one finds the other. Throws when the types of the construct do not compile.
 */
export const buildPackage = (): Promise<string> =>
  make(
    `${root}dist/package`,
    async (fresh) => {
      const { buildConstruct } = await import('./construct.ts')
      cpSync(await bundle(), join(fresh, 'dist/handlers'), { recursive: true })
      await buildConstruct(join(fresh, 'lib/infra/index.js'))
      emitDeclarations(fresh)
      for (const document of documents) cpSync(join(root, document), join(fresh, document))
      writeFileSync(join(fresh, 'THIRD-PARTY-LICENSES.txt'), licencesOfBundled())
      const manifest = manifestFrom(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
      writeFileSync(join(fresh, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
    },
    others,
  )
