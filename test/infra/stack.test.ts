import { CfnResource } from 'aws-cdk-lib'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { TemplateError } from '../../lib/local/template/template-error.ts'
import { anEmptyStack, fullContext, inFolders, parameters, type SynthesizedStack, synthesizeStack } from './support.ts'

/** The logical ids that a resource refers to. */
function referencesOf(resource: unknown): string[] {
  const found = [...JSON.stringify(resource).matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^".]+)/g)].map(([, id = '']) => id)
  const { DependsOn = [] } = resource as { DependsOn?: string | string[] }
  return [...found, ...[DependsOn].flat()]
}

describe('the stack', () => {
  let stack: SynthesizedStack
  beforeAll(() => {
    stack = synthesizeStack()
  })

  test('leaves room below the 500 resources that CloudFormation takes', () => {
    const types = Object.values(stack.resources).map(({ Type }) => Type.replace('AWS::', ''))
    const parts = [...Map.groupBy(types, (type) => type)].map(([type, all]) => `${all.length} ${type}`)
    process.stdout.write(`${types.length} resources: ${parts.join(', ')}\n`)

    expect(types.length).toBeLessThan(460)
  })

  test('leaves room below the megabyte that CloudFormation takes of a template', () => {
    expect(Buffer.byteLength(stack.text)).toBeLessThan(800_000)
  })

  test('is the same when it is synthesized again, with every setting as without', () => {
    expect(synthesizeStack().text).toBe(stack.text)
    expect(synthesizeStack(fullContext).text).toBe(synthesizeStack(fullContext).text)
  })

  test('has functions that need neither stage nor deployment, so that these can need the functions', () => {
    const needed = new Set<string>()
    const queue = stack.ofType('AWS::Lambda::Function').map(([logicalId]) => logicalId)
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (needed.has(id) || !stack.resources[id]) continue
      needed.add(id)
      queue.push(...referencesOf(stack.resources[id]))
    }

    const types = new Set([...needed].map((id) => stack.resources[id]?.Type))
    expect([...types].sort()).toEqual([
      'AWS::ApiGateway::RestApi',
      'AWS::DynamoDB::Table',
      'AWS::IAM::Role',
      'AWS::KMS::Key',
      'AWS::Lambda::Function',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
    ])
  })

  test('has no resource that needs itself', () => {
    const done = new Set<string>()
    const visit = (id: string, path: readonly string[]): void => {
      if (path.includes(id)) throw new Error([...path, id].join(' -> '))
      if (done.has(id) || !stack.resources[id]) return
      for (const next of referencesOf(stack.resources[id])) visit(next, [...path, id])
      done.add(id)
    }

    expect(() => {
      for (const id of Object.keys(stack.resources)) visit(id, [])
    }).not.toThrow()
  })

  test('tells where everything is', () => {
    expect(stack.read().outputs).toMatchObject({
      ApiUrl: expect.stringMatching(/^https:.*\/v1$/),
      TableName: expect.stringMatching(/^Grantkeeper-/),
      KeyArn: expect.stringMatching(/^arn:aws:kms:/),
      JobsDlqUrl: expect.stringMatching(/JobsDeadLetters/),
      ChunksDlqUrl: expect.stringMatching(/ChunksDeadLetters/),
    })
  })

  test.each([
    ['no issuer', { Audience: 'a' }, 'missing parameters: Issuer'],
    ['no audience', { Issuer: 'https://i.example' }, 'missing parameters: Audience'],
    ['an issuer without TLS', { ...parameters, Issuer: 'http://issuer.example' }, 'parameter Issuer must match'],
    ['a public URL with a trailing slash', { ...parameters, PublicBaseUrl: 'https://gk.example/' }, 'must match'],
    ['a public URL with a query', { ...parameters, PublicBaseUrl: 'https://gk.example?a' }, 'must match'],
  ])('is not deployed with %s', (_, given, message) => {
    expect(() => stack.read(given)).toThrow(TemplateError)
    expect(() => stack.read(given)).toThrow(message)
  })

  test.each([
    { Issuer: 'http://127.0.0.1:4000' },
    { Issuer: 'http://localhost:4000/realms/a/' },
    { Issuer: 'https://tenant.example/' },
    { PublicBaseUrl: 'http://127.0.0.1:3000' },
    { PublicBaseUrl: 'https://gk.example/a/b' },
  ])('is deployed with %j', (given) => {
    expect(stack.read({ ...parameters, ...given }).api.stage).toBe('v1')
  })
})

describe('the built-in validation', () => {
  const silence = vi.spyOn(process.stderr, 'write')
  beforeEach(() => void silence.mockReturnValue(true))
  afterAll(() => silence.mockRestore())

  test('fails a stack with a property that does not exist', () => {
    inFolders((_, outdir) => {
      const { app, stack } = anEmptyStack(outdir)
      new CfnResource(stack, 'Queue', { type: 'AWS::SQS::Queue', properties: { VisibilityTimeouts: 30 } })

      expect(() => app.synth()).toThrow(/validation/i)
    })
  })
})
