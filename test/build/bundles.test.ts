import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handlerFiles } from '../../lib/build/handlers.ts'
import type { Grant } from '../../lib/contract/grant.ts'
import { fileName, operations } from '../../lib/contract/index.ts'
import { workers } from '../../lib/contract/workers.ts'
import { type BuiltHandlers, type Bundle, buildBundles, largest } from './bundles.ts'

/** Nothing that one function loads may be larger, in KiB. */
const MOST = 600
/** So far, in KiB, a function may grow before the table is to be looked at. */
const TOLERANCE = 20

let built: BuiltHandlers
beforeAll(async () => {
  built = await buildBundles()
})
afterAll(() => built?.remove())

/** The handlers with the words of their rows; what belongs to the gateway has none. */
const words = new Map<string, readonly Grant[]>([
  ...operations.map(({ id, surface, grants }) => [`${surface}/${fileName(id)}`, grants] as const),
  ...workers.map(({ id, grants }) => [`workers/${fileName(id)}`, grants] as const),
  ['authorizer/authorize', []],
  ['gateway/preflight', []],
  ['gateway/unknown-path', []],
])
const names = [...words.keys()].sort()

const bundleOf = (name: string): Bundle => {
  const found = built.bundles.find((bundle) => bundle.name === name)
  if (!found) throw new Error(`There is no function ${name}`)
  return found
}
const inputsOf = (name: string, pattern: RegExp): string[] =>
  [...bundleOf(name).inputs.keys()].filter((input) => pattern.test(input))

describe('what a function loads', () => {
  test('is built for every row of the contract, and for nothing else', () => {
    expect(built.bundles.map(({ name }) => name).sort()).toEqual(names)
    expect(handlerFiles()).toHaveLength(names.length)
  })

  test.each(names)('%s is not too large', (name) => {
    const bundle = bundleOf(name)
    const account = `${name} loads ${bundle.kibibytes} KiB: ${largest(bundle)}`

    expect(bundle.kibibytes > MOST ? account : '').toBe('')
  })

  test('has not grown without anybody looking: see bundle-sizes.json', () => {
    const file = join(import.meta.dirname, 'bundle-sizes.json')
    const known = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>

    const changed = built.bundles.flatMap((bundle) => {
      const before = known[bundle.name] ?? 0
      const moved = Math.abs(bundle.kibibytes - before) > TOLERANCE
      return moved ? [`"${bundle.name}": ${bundle.kibibytes}, was ${before}: ${largest(bundle)}`] : []
    })

    expect(changed).toEqual([])
    expect(Object.keys(known).sort()).toEqual(names)
  })
})

describe('in no function is', () => {
  test.each([
    ['anything of the CDK', /^(aws-cdk|constructs)/],
    ['anything of the tests', /^(vitest|@vitest|fast-check|test\/)/],
    [
      'anything of the local stack, the build or the template',
      /^lib\/(local|infra|build)\/|^(fauxqs|oidc-provider|esbuild)/,
    ],
    ['another HTTP client', /^(undici|node-fetch|axios)\//],
    ['zod in any language', /^zod\/.*locales\/(?!en\.js$)/],
    ['a second SDK', /^@aws-sdk\/client-(?!dynamodb|kms|sqs)/],
    ['a CommonJS copy of what there is as a module', /dist-cjs\//],
  ])('%s', (_, pattern) => {
    expect(names.flatMap((name) => inputsOf(name, pattern).map((input) => `${name}: ${input}`))).toEqual([])
  })
})

describe('a function loads', () => {
  const has = (word: RegExp) => (name: string) => (words.get(name) ?? []).some((grant) => word.test(grant))
  /** Whoever opens a client secret does so to ask its provider; registering one reads metadata. */
  const talks = (name: string) => has(/^open:clientSecret$/)(name) || /authorizer|create-provider/.test(name)

  test.each<[string, RegExp, (name: string) => boolean]>([
    ['the client of KMS when it opens or seals', /^@aws-sdk\/client-kms\//, has(/^(open|reseal|seal):/)],
    ['the client of SQS when it sends', /^@aws-sdk\/client-sqs\//, has(/^send:/)],
    ['the client of DynamoDB when it reads or writes', /^@aws-sdk\/(client|lib)-dynamodb\//, has(/^(?!send:)/)],
    [
      'openid-client when it asks a provider',
      /^(openid-client|oauth4webapi)\//,
      (name) => talks(name) && !/authorizer/.test(name),
    ],
    ['jose when it verifies tokens', /^jose\//, (name) => talks(name)],
  ])('%s, and only then', (_, pattern, when) => {
    const loading = names.filter((name) => inputsOf(name, pattern).length > 0)

    expect(loading).toEqual(names.filter(when))
  })
})

describe('a function starts by itself', () => {
  /** What the template sets for every function, and no more. */
  const environment = {
    PATH: process.env.PATH ?? '',
    AWS_REGION: 'us-east-1',
    TABLE_NAME: 'table',
    KEY_ARN: 'arn:aws:kms:us-east-1:000000000000:key/1',
    JOBS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/jobs',
    CHUNKS_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/000000000000/chunks',
    PUBLIC_BASE_URL: 'https://api.example',
    ISSUER: 'https://issuer.example',
    AUDIENCE: 'grantkeeper',
  }

  test('in a fresh process, has a handler that Lambda can call, and leaves undici for whoever fetches', async () => {
    const script = `
      for (const file of process.argv.slice(1)) {
        const { handler, ...others } = await import(file)
        const fetches = process.moduleLoadList.some((loaded) => loaded.includes('undici'))
        console.log(JSON.stringify([typeof handler, handler.length <= 2, Object.keys(others), fetches]))
      }`
    const files = names.map((name) => join(built.folder, `${name}.mjs`))

    const started = await Promise.all(
      files.map((file) =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file], { env: environment }),
      ),
    )

    expect(started.map(({ stdout }) => stdout.trim())).toEqual(names.map(() => '["function",true,[],false]'))
    expect(started.map(({ stderr }) => stderr)).toEqual(names.map(() => ''))
  }, 60_000)
})
