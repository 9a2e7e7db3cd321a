import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '..')

/** What each folder may import: other folders of the project, packages, modules of Node. Itself it always may. */
const layers: readonly (readonly [folder: string, allowed: readonly string[]])[] = [
  ['lib/contract', ['zod']],
  ['lib/domain', ['lib/contract', 'zod', 'node:crypto', 'node:async_hooks', 'node:timers/promises']],
  [
    'lib/storage',
    ['lib/contract', 'lib/domain', 'lib/crypto', '@aws-sdk/lib-dynamodb', '@aws-sdk/client-dynamodb', 'node:*'],
  ],
  ['lib/crypto', ['lib/contract', 'lib/domain', 'lib/storage', '@aws-sdk/client-kms', 'node:*']],
  ['lib/queue', ['lib/contract', 'lib/domain', '@aws-sdk/client-sqs', 'node:*']],
  ['lib/oauth', ['lib/domain', 'openid-client', 'node:*']],
  [
    'lib/runtime',
    [
      ...['contract', 'domain', 'storage', 'crypto', 'queue', 'oauth'].map((layer) => `lib/${layer}`),
      ...['@aws-sdk/*', '@aws-lambda-powertools/logger', '@middy/core', 'aws-lambda', 'jose', 'zod', 'node:*'],
    ],
  ],
  ['lib/infra', ['lib/contract', 'aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'node:*']],
  ['functions', ['lib/contract', 'lib/domain', 'lib/oauth', 'lib/runtime', 'openapi.json']],
]

const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) =>
    name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name,
  )

const isAllowed = (imported: string, allowed: readonly string[]): boolean =>
  allowed.some((name) =>
    name.endsWith('*')
      ? imported.startsWith(name.slice(0, -1))
      : imported === name || (name.startsWith('lib/') && imported.startsWith(`${name}/`)),
  )

describe('the tree is the map', () => {
  test.each(layers)('%s imports only what it is made of', (folder, allowed) => {
    const files = globSync(`${folder}/**/*.ts`, { cwd: root })

    const strays = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => !imported.startsWith(`${folder}/`) && !isAllowed(imported, allowed))
        .map((imported) => `${file}: ${imported}`),
    )

    expect(files).not.toEqual([])
    expect(strays).toEqual([])
  })
})
