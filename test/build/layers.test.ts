import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every source file below these folders, as a path from the root. */
const filesIn = (...folders: string[]): string[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )

const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** What a file imports, in whatever way: paths from the root for our own files, the name of the package otherwise. */
const importsOf = (file: string): string[] =>
  [...sourceOf(file).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, specifier = '']) => {
    if (specifier.startsWith('.')) return relative(root, resolve(root, dirname(file), specifier))
    return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
  })

const isBuiltin = (name: string): boolean => name.startsWith('node:') || builtinModules.includes(name)
const isPackage = (name: string): boolean => !isBuiltin(name) && !/^(lib|functions|bin|test|openapi)\b/.test(name)

/** The imports of the files that `allowed` does not take, as `file -> import`. */
const strays = (files: readonly string[], allowed: (name: string, file: string) => boolean): string[] =>
  files.flatMap((file) =>
    importsOf(file)
      .filter((name) => !allowed(name, file))
      .map((name) => `${file} -> ${name}`),
  )

const below =
  (...folders: string[]) =>
  (name: string) =>
    folders.some((folder) => name.startsWith(`${folder}/`))

describe('a layer imports only what it stands on', () => {
  test.each([
    ['contract: itself and zod', 'lib/contract', [/^lib\/contract\//, /^zod$/]],
    // Of zod the domain has the types alone: what a request is was checked before.
    [
      'domain: itself, the contract, and Node',
      'lib/domain',
      [/^lib\/(domain|contract)\//, /^node:(crypto|async_hooks|timers)$/, /^zod$/],
    ],
    [
      'storage: itself, the domain, the contract, and its one SDK',
      'lib/storage',
      [/^lib\/(storage|domain|contract)\//, /^lib\/crypto\/data-keys\.ts$/, /^node:/, /^@aws-sdk\/lib-dynamodb$/],
    ],
    [
      'crypto: itself, the domain, the contract, and KMS',
      'lib/crypto',
      [/^lib\/(crypto|domain|contract)\//, /^node:/, /^@aws-sdk\/client-kms$/],
    ],
    [
      'queue: itself, the domain, the contract, and SQS',
      'lib/queue',
      [/^lib\/(queue|domain|contract)\//, /^@aws-sdk\/client-sqs$/],
    ],
    [
      'oauth: itself, the domain, and openid-client',
      'lib/oauth',
      [/^lib\/(oauth|domain)\//, /^node:/, /^openid-client$/],
    ],
    [
      'runtime: all of these, and what makes a Lambda of them',
      'lib/runtime',
      [
        /^lib\/(runtime|contract|domain|storage|crypto|queue|oauth)\//,
        /^node:/,
        /^@aws-sdk\/(client-(dynamodb|kms|sqs)|lib-dynamodb)$/,
        /^(@aws-lambda-powertools\/logger|@middy\/core|aws-lambda|jose|zod)$/,
      ],
    ],
    [
      'infra: itself, the contract, the build, and the CDK',
      'lib/infra',
      [/^lib\/(infra|contract|build)\//, /^node:/, /^aws-cdk-lib$/, /^constructs$/],
    ],
    // Nothing must be built or installed for the cloud to look at a deployment.
    ['smoke: itself, the contract, and Node', 'lib/smoke', [/^lib\/(smoke|contract)\//, /^node:/]],
    [
      'local: anything of the product but its insides',
      'lib/local',
      [/^(?!lib\/(domain|storage|crypto|oauth|runtime|queue)\/)/],
    ],
    [
      'functions: the product and openapi.json',
      'functions',
      [/^lib\/(contract|domain|oauth|runtime)\//, /^openapi\.json$/],
    ],
  ] as const)('%s', (_, folder, allowed) => {
    const files = filesIn(folder)

    expect(files.length).toBeGreaterThan(0)
    expect(strays(files, (name) => allowed.some((pattern) => pattern.test(name)))).toEqual([])
  })

  test('in the domain, zod is types and nothing else', () => {
    const values = filesIn('lib/domain').filter((file) => /import (?!type\b)[^;]*?['"]zod['"]/.test(sourceOf(file)))

    expect(values).toEqual([])
  })
})

describe('a package is imported in one place', () => {
  const sources = filesIn('lib', 'functions', 'bin').filter((file) => !below('lib/local')(file))

  test.each([
    ['@aws-sdk/lib-dynamodb', ['lib/storage/', 'lib/runtime/services/table.ts']],
    ['@aws-sdk/client-dynamodb', ['lib/runtime/services/table.ts']],
    ['@aws-sdk/client-kms', ['lib/crypto/', 'lib/runtime/services/data-keys.ts']],
    ['@aws-sdk/client-sqs', ['lib/queue/', 'lib/runtime/services/queue.ts']],
    ['openid-client', ['lib/oauth/']],
    ['jose', ['lib/runtime/authorizer.ts', 'lib/runtime/jwt-refused.ts']],
    ['@middy/core', ['lib/runtime/']],
    ['@aws-lambda-powertools/logger', ['lib/runtime/logger.ts']],
    ['aws-cdk-lib', ['lib/infra/', 'bin/']],
    ['esbuild', ['lib/build/']],
  ])('%s', (name, places) => {
    const importers = sources.filter((file) => importsOf(file).includes(name))

    expect(importers.length).toBeGreaterThan(0)
    expect(importers.filter((file) => !places.some((place) => file.startsWith(place)))).toEqual([])
  })

  test('and every package that the product imports is one of its dependencies', () => {
    const { dependencies } = JSON.parse(sourceOf('package.json')) as { dependencies: Record<string, string> }
    const runs = filesIn('lib', 'functions').filter((file) => !below('lib/local', 'lib/infra', 'lib/build')(file))

    // `aws-lambda` is the name under which types alone are known.
    const used = new Set(runs.flatMap(importsOf).filter((name) => isPackage(name) && name !== 'aws-lambda'))

    expect([...used].filter((name) => !(name in dependencies))).toEqual([])
  })
})

describe('in no file', () => {
  const sources = filesIn('lib', 'functions', 'bin')

  test.each([
    [
      'is zod imported by the spelling that cannot be shaken',
      /import\s+(type\s+)?\{[^}]*\bz\b[^}]*\}\s+from\s+['"]zod/,
    ],
    [
      'is a package of node imported without saying so',
      /from\s+['"](fs|path|crypto|http|https|os|url|dns|net|util|events|stream)['"]/,
    ],
    ['is anything skipped by the compiler', /@ts-(ignore|nocheck|expect-error)/],
    ['is a random number drawn for a secret', /Math\.random\(\)\.toString/],
  ])('%s', (_, pattern) => {
    expect(sources.filter((file) => pattern.test(sourceOf(file)))).toEqual([])
  })

  test("of a function is the path of a request looked at: routes are the gateway's", () => {
    // What is handed on keeps its slashes, which only that path has.
    const exception = 'lib/runtime/middleware/read-raw.ts'
    const handlers = filesIn('lib', 'functions').filter((file) => !below('lib/local')(file) && file !== exception)

    const lookers = handlers.filter((file) =>
      /\bevent\??\.(path|rawPath|resource)\b|\brawPath\b|requestContext\??\.path\b/.test(sourceOf(file)),
    )

    expect(lookers).toEqual([])
  })
})
