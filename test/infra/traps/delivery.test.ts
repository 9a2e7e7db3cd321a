import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { App, Stack } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { featureFlags } from '../../../lib/infra/feature-flags.ts'
import { Grantkeeper } from '../../../lib/infra/grantkeeper.ts'
import { builtStack, inFolders, parameters, type Resource } from '../support.ts'

// What works on one machine and breaks on AWS, and how it would show here: the template, the bundle, the tools, the URLs.

const root = fileURLToPath(new URL('../../../', import.meta.url))
const stack = builtStack()

describe('trap 22: a construct must do without knowing account and region', () => {
  test.each([
    ['unknown', {}],
    ['known', { env: { account: '111122223333', region: 'eu-central-1' } }],
    ['of another partition', { env: { account: '111122223333', region: 'cn-north-1' } }],
  ])('an environment that is %s gives a plain table that stays, and a regional API', (_, env) => {
    const template = inFolders((handlersPath, outdir) => {
      const app = new App({ outdir, context: { ...featureFlags }, analyticsReporting: false })
      const made = new Stack(app, 'Stack', env)
      new Grantkeeper(made, 'G', { issuer: 'https://issuer.example', audience: 'a', handlersPath })
      return app.synth().getStackByName('Stack').template
    })

    const resources = Object.values((template as { Resources: Record<string, Resource> }).Resources)
    const ofType = (type: string) => resources.filter(({ Type }) => Type === type)
    expect(ofType('AWS::DynamoDB::GlobalTable')).toEqual([])
    expect(ofType('AWS::DynamoDB::Table')).toMatchObject([
      { DeletionPolicy: 'RetainExceptOnCreate', Properties: { DeletionProtectionEnabled: true } },
    ])
    expect(ofType('AWS::ApiGateway::RestApi')).toMatchObject([
      { Properties: { EndpointConfiguration: { Types: ['REGIONAL'] } } },
    ])
    expect(ofType('AWS::ApiGateway::Account')).toEqual([])
  })

  test('and without knowing the partition: nothing but the names of services ends in amazonaws.com', () => {
    expect(stack.text).not.toMatch(/arn:aws:|us-east-1|\d{12}[^\w"]/)
    const named = [...stack.text.matchAll(/[\w.-]*amazonaws\.com/g)].map(([name]) => name)
    expect(new Set(named)).toEqual(
      new Set(['apigateway.amazonaws.com', 'events.amazonaws.com', 'lambda.amazonaws.com']),
    )
  })
})

test('trap 23: a bundle that leans on what the machine has: test/build/bundles.test.ts looks at each', () => {
  const { functions } = stack.read()

  for (const { codeDir, handler } of functions) {
    const file = `${codeDir}/${handler.replace(/\.handler$/, '.mjs')}`
    const imports = [...readFileSync(file, 'utf8').matchAll(/\bimport(?:[\w*{][^;"]*?from)?\s*"([^"]+)"/g)]
    const strays = imports
      .map(([, name = '']) => name)
      .filter((name) => !/^(\.\.?\/|node:)/.test(name) && !isBuiltin(name))
    expect(imports.length).toBeGreaterThan(0)
    expect(strays).toEqual([])
  }
})

describe('trap 24: tools of another version', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(`${root}package.json`, 'utf8'),
  ) as Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
  const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')) as {
    packages: Record<string, { version: string }>
  }

  test('every package is named by one exact version, which is the one that is locked', () => {
    const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })

    for (const [name, version] of all) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
      expect({ name, version: packages[`node_modules/${name}`]?.version }).toEqual({ name, version })
    }
  })

  test('the CLI is of the library’s line, and not the stray 3.0.0; the SDK’s clients are of one version', () => {
    expect(devDependencies['aws-cdk']).toMatch(/^2\.1\d{3}\./)
    expect(devDependencies['aws-cdk-lib']).toMatch(/^2\.2\d\d\./)
    const clients = Object.entries(dependencies).filter(([name]) => name.startsWith('@aws-sdk/'))
    expect(new Set(clients.map(([, version]) => version)).size).toBe(1)
  })

  test('the Node of the tests is the one that Lambda runs', () => {
    expect(process.versions.node.split('.')[0]).toBe('24')
    for (const [, { Properties }] of stack.ofType('AWS::Lambda::Function'))
      expect(Properties.Runtime).toBe('nodejs24.x')
  })
})

describe('trap 25: a URL that is made of what the request says', () => {
  test('every function is told the public URL, which has no last slash', () => {
    for (const given of [parameters, { ...parameters, PublicBaseUrl: 'https://gk.example/base' }]) {
      for (const { environment } of stack.read(given).functions) {
        expect(environment.PUBLIC_BASE_URL).toMatch(/^https:\/\/.*[^/]$/)
      }
    }
  })

  test('and none looks at the host of a request', () => {
    const files = ['lib/runtime', 'functions'].flatMap((folder) =>
      readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${folder}/${file}`),
    )

    const lookers = files.filter((file) =>
      /x-forwarded|'host'|headers\.host|domainName|requestContext\??\.stage/i.test(readFileSync(root + file, 'utf8')),
    )
    expect(lookers).toEqual([])
  })
})
