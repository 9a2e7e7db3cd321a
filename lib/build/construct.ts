import { build } from 'esbuild'
import { root } from './make.ts'

/** What a CDK app has of its own: two copies of it would not know each other's constructs. */
export const peers = ['aws-cdk-lib', 'constructs'] as const

/**
 * Bundles the construct into one file of JavaScript, since Node runs no TypeScript out of `node_modules`. The contract and
 * the part of zod that it needs are in it, so that an app installs nothing but its CDK.
 */
export const buildConstruct = async (outfile: string): Promise<void> => {
  await build({
    absWorkingDir: root,
    entryPoints: ['lib/infra/index.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: [...peers],
    legalComments: 'none',
    logLevel: 'warning',
  })
}
