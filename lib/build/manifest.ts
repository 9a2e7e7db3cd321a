import { peers } from './construct.ts'

/** What of the project's own package.json goes into that of the package. */
interface Project {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly engines: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/**
 * The package.json of the construct's package. What handlers and construct need is bundled, so that there are no
 * dependencies but the CDK of the app: the version that was tested with, or a later one of the same major.
 * Throws TypeError when the project has no version of that.
 */
export const manifestFrom = ({ name, version, description, license, engines, devDependencies }: Project) => ({
  name,
  version,
  description,
  license,
  keywords: ['aws-cdk', 'cdk', 'construct', 'oauth'],
  type: 'module',
  engines,
  main: './lib/infra/index.js',
  types: './lib/infra/index.d.ts',
  exports: {
    '.': { types: './lib/infra/index.d.ts', default: './lib/infra/index.js' },
    './openapi.json': './openapi.json',
    './package.json': './package.json',
  },
  files: ['dist', 'lib', 'docs', '*.md', '*.txt', 'openapi.json'],
  peerDependencies: Object.fromEntries(
    peers.map((peer) => {
      const tested = devDependencies[peer]
      if (tested === undefined) throw new TypeError(`package.json has no version of ${peer}`)
      return [peer, `^${tested}`]
    }),
  ),
})
