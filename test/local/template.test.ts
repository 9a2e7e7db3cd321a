import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Assembly, readAssembly } from '../../lib/local/template/assembly.ts'
import { resolveTemplate } from '../../lib/local/template/resolved-template.ts'
import { readStack } from '../../lib/local/template/stack-definition.ts'
import { synthesizePlatform } from './fixtures/platform/platform-stack.ts'

const options = {
  parameters: {},
  region: 'us-east-1',
  accountId: '000000000000',
  queueUrl: (queueName: string) => `http://127.0.0.1:9/000000000000/${queueName}`,
  keyId: (logicalId: string) => `id-of-${logicalId}`,
}

function anAssembly(template: Partial<Assembly['template']>): Assembly {
  const empty = { Parameters: {}, Conditions: {}, Resources: {}, Outputs: {} }
  return { stackName: 'Demo', template: { ...empty, ...template }, assetFolders: new Map() }
}

function aResource(Type: string, Properties: Record<string, unknown> = {}) {
  return { Type, Properties }
}

describe('a synthesized stack', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'assembly-'))
  beforeAll(() => synthesizePlatform(outdir))
  afterAll(() => rmSync(outdir, { recursive: true }))
  const read = () => readStack(readAssembly(outdir), { ...options, parameters: { Origin: 'here' } })
  const logicalId = (id: string) => expect.stringMatching(new RegExp(`^${id}[0-9A-F]{8}$`))

  test('gives its functions with their asset, limits and resolved environment', () => {
    const { functions } = read()

    expect(functions.map(({ handler }) => handler).sort()).toEqual([
      'authorizer.handler',
      'echo.handler',
      'worker.handler',
    ])
    expect(functions.find(({ handler }) => handler === 'worker.handler')).toEqual({
      logicalId: logicalId('Worker'),
      codeDir: expect.stringContaining(join(outdir, 'asset.')),
      handler: 'worker.handler',
      timeoutSeconds: 2,
      memoryMiB: 256,
      environment: {
        ORIGIN: 'here',
        TABLE: expect.stringMatching(/^Platform-Table/),
        WORK_QUEUE_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/000000000000\/Platform-Work/),
        KEY_ARN: expect.stringMatching(/^arn:aws:kms:us-east-1:000000000000:key\/id-of-Key/),
        AWS_HINT: 'from the template',
      },
    })
  })

  test('gives its API with paths, authorizers and gateway responses', () => {
    const { api } = read()

    expect(api).toMatchObject({ stage: 'v1', binaryMediaTypes: ['*/*'] })
    expect(api.routes).toEqual([
      {
        method: 'GET',
        path: '/things/{thingId}',
        functionId: logicalId('Echo'),
        isPermitted: true,
        timeoutMs: 10_000,
        authorizer: {
          functionId: logicalId('Authorizer'),
          isPermitted: true,
          identitySources: ['method.request.header.Authorization'],
          ttlSeconds: 60,
        },
      },
      { method: 'GET', path: '/', functionId: logicalId('Echo'), isPermitted: true, timeoutMs: 10_000 },
    ])
    expect(api.responses).toEqual({
      UNAUTHORIZED: {
        headers: { 'WWW-Authenticate': 'Bearer' },
        templates: { 'application/json': '{"message":$context.error.messageString}' },
      },
    })
  })

  test('gives its tables, queues, event sources, schedules and outputs', () => {
    const { tables, queues, eventSources, schedules, outputs } = read()

    expect(tables).toEqual([
      {
        name: outputs.TableName,
        keySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        attributes: ['pk', 'sk', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        indexes: [
          {
            IndexName: 'byDue',
            KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
        ttlAttribute: 'ttl',
      },
    ])
    const [deadLetters, work] = queues
    expect(deadLetters?.attributes).toEqual({ MessageRetentionPeriod: '1209600' })
    expect(work?.attributes).toEqual({
      VisibilityTimeout: '2',
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadLetters?.name}`,
        maxReceiveCount: 2,
      }),
    })
    expect(eventSources).toEqual([
      {
        functionId: logicalId('Worker'),
        queueArn: `arn:aws:sqs:us-east-1:000000000000:${work?.name}`,
        queueUrl: work?.url,
        batchSize: 5,
        windowSeconds: 0,
        reportsItemFailures: true,
        maximumConcurrency: 2,
      },
    ])
    expect(schedules).toEqual([
      {
        ruleArn: expect.stringContaining(':rule/'),
        functionId: logicalId('Worker'),
        isPermitted: true,
        intervalSeconds: 300,
      },
    ])
  })

  test('is refused in one line when a parameter without default is not given', () => {
    expect(() => readStack(readAssembly(outdir), options)).toThrow('missing parameters: Origin')
  })
})

describe('a value of a template', () => {
  const template: Partial<Assembly['template']> = {
    Parameters: {
      Name: { Type: 'String', Default: 'ada' },
      Names: { Type: 'CommaDelimitedList', Default: 'a, b' },
      Secret: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/secret' },
    },
    Conditions: {
      IsAda: { 'Fn::Equals': [{ Ref: 'Name' }, 'ada'] },
      IsNot: { 'Fn::Not': [{ Condition: 'IsAda' }] },
      Both: { 'Fn::And': [{ Condition: 'IsAda' }, { Condition: 'IsNot' }] },
      Either: { 'Fn::Or': [{ Condition: 'IsAda' }, { Condition: 'IsNot' }] },
    },
    Resources: {
      Jobs: aResource('AWS::SQS::Queue'),
      Absent: { ...aResource('AWS::SQS::Queue'), Condition: 'IsNot' },
      Named: aResource('AWS::DynamoDB::Table', { TableName: { 'Fn::Sub': `table-of-\${Name}` } }),
      Alarms: aResource('AWS::SNS::Topic'),
    },
  }
  const resolved = (Value: unknown) =>
    resolveTemplate(anAssembly({ ...template, Outputs: { Value: { Value } } }), options).outputs.Value

  test.each<[unknown, string]>([
    ['plain', 'plain'],
    [{ Ref: 'Name' }, 'ada'],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ Ref: 'Jobs' }, 'http://127.0.0.1:9/000000000000/Demo-Jobs'],
    [{ Ref: 'Named' }, 'table-of-ada'],
    [{ Ref: 'Alarms' }, 'arn:aws:sns:us-east-1:000000000000:Demo-Alarms'],
    [{ 'Fn::GetAtt': ['Jobs', 'Arn'] }, 'arn:aws:sqs:us-east-1:000000000000:Demo-Jobs'],
    [{ 'Fn::GetAtt': 'Jobs.QueueName' }, 'Demo-Jobs'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::NoValue' }, { Ref: 'Name' }, 1]] }, 'a-ada-1'],
    [{ 'Fn::Join': ['+', { Ref: 'Names' }] }, 'a+b'],
    [{ 'Fn::Select': ['1', { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::Sub': `\${Name}@\${Jobs.QueueName} \${!Name}` }, `ada@Demo-Jobs \${Name}`],
    [{ 'Fn::Sub': [`\${Name} \${Own}`, { Own: { Ref: 'AWS::Partition' } }] }, 'ada aws'],
    [{ 'Fn::If': ['IsAda', 'yes', 'no'] }, 'yes'],
    [{ 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    [{ 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
  ])('%j is %j', (value, expected) => {
    expect(resolved(value)).toBe(expected)
  })

  test.each<[unknown, string]>([
    [{ 'Fn::Base64': 'x' }, 'output Value: Fn::Base64 is not known'],
    [{ Ref: 'Nothing' }, 'output Value: there is no resource Nothing'],
    [{ Ref: 'Absent' }, 'output Value: there is no resource Absent'],
    [{ Ref: 'Secret' }, 'output Value: Secret is kept in SSM'],
    [{ 'Fn::GetAtt': ['Jobs', 'Colour'] }, 'output Value: attribute Jobs.Colour is not known'],
    [{ 'Fn::Select': [5, ['a']] }, 'output Value: Fn::Select finds no item 5'],
    [{ 'Fn::If': ['Maybe', 'yes', 'no'] }, 'output Value: there is no condition Maybe'],
    [{ 'Fn::Join': ['', [{ a: 1 }]] }, 'output Value: {"a":1} is not text'],
  ])('%j is refused', (value, message) => {
    expect(() => resolved(value)).toThrow(message)
  })

  test('a resource whose condition is false does not exist', () => {
    const resources = resolveTemplate(anAssembly(template), options).resources('AWS::SQS::Queue')

    expect(resources.map(([logicalId]) => logicalId)).toEqual(['Jobs'])
  })

  test('a name too long for its service is cut, and stays different from others', () => {
    const names = ['x', 'y'].map((end) => {
      const Resources = { [`${'Long'.repeat(30)}${end}`]: aResource('AWS::SQS::Queue') }
      const [queue] = resolveTemplate(anAssembly({ Resources }), options).resources('AWS::SQS::Queue')
      return resolveTemplate(anAssembly({ Resources }), options).physical(queue?.[0] ?? '').attributes.QueueName
    })

    expect(names.map((name) => name?.length)).toEqual([80, 80])
    expect(names[0]).not.toBe(names[1])
  })
})

describe('a template is refused in one line', () => {
  const api = {
    Api: aResource('AWS::ApiGateway::RestApi'),
    Stage: aResource('AWS::ApiGateway::Stage', { StageName: 'v1' }),
  }
  const method = (Type: string) =>
    aResource('AWS::ApiGateway::Method', {
      HttpMethod: 'GET',
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      AuthorizationType: 'NONE',
      Integration: { Type, Uri: 'x' },
    })
  const mapping = (more: Record<string, unknown>) => ({
    Queue: aResource('AWS::SQS::Queue'),
    Mapping: aResource('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionName: 'Function',
      ...more,
    }),
  })
  const fn = (Code: unknown) => ({
    Function: aResource('AWS::Lambda::Function', { Code, Handler: 'a.handler', Runtime: 'nodejs24.x' }),
  })
  const rule = (more: Record<string, unknown>) => ({
    Rule: aResource('AWS::Events::Rule', { Targets: [{ Arn: 'arn:aws:lambda:::f', Id: 'x' }], ...more }),
  })

  test.each<[string, Assembly['template']['Resources'], string]>([
    ['an unknown type', { Cluster: aResource('AWS::ECS::Cluster') }, 'resource Cluster: the local stack does not know'],
    ['inline code', fn({ ZipFile: 'x' }), 'function Function: Code.S3Key: only code from a folder can run locally'],
    ['a missing asset', fn({ S3Key: 'a.zip' }), 'function Function: the assembly has no asset a.zip'],
    ['no API', {}, 'the template has 0 of AWS::ApiGateway::RestApi, not one'],
    ['a mock integration', { ...api, Get: method('MOCK') }, 'only Lambda proxy integrations are served'],
    ['an integration without function', { ...api, Get: method('AWS_PROXY') }, 'method Get: x invokes no function'],
    ['a FIFO queue', { ...api, Q: aResource('AWS::SQS::Queue', { FifoQueue: true }) }, 'queue Q: FifoQueue: FIFO'],
    ['a filter', { ...api, ...mapping({ FilterCriteria: {} }) }, 'event source mapping Mapping'],
    ['a cron rule', { ...api, ...rule({ ScheduleExpression: 'cron(0 12 * * ? *)' }) }, 'is no rate(...)'],
    ['an event pattern', { ...api, ...rule({ EventPattern: {} }) }, 'rule Rule'],
  ])('%s', (_case, Resources, message) => {
    expect(() => readStack(anAssembly({ Resources }), options)).toThrow(message)
  })

  test.each<[string, Record<string, string>, string]>([
    ['an unknown parameter', { Color: 'red' }, 'the template has no parameter Color'],
    ['a value that is not allowed', { Size: 'huge' }, 'parameter Size must be one of small, large'],
    ['a value of the wrong form', { Digits: '12a' }, 'parameter Digits must match [0-9]+'],
  ])('%s', (_case, parameters, message) => {
    const Parameters = {
      Size: { Type: 'String', Default: 'small', AllowedValues: ['small', 'large'] },
      Digits: { Type: 'String', Default: '1', AllowedPattern: '[0-9]+' },
    }

    expect(() => resolveTemplate(anAssembly({ Parameters }), { ...options, parameters })).toThrow(message)
  })

  test('a folder that holds no assembly', () => {
    expect(() => readAssembly(join(tmpdir(), 'not-there'))).toThrow(/cannot read .*manifest\.json; was the stack/)
  })

  test('an assembly of two stacks', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assembly-'))
    const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'x.json' } }
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ artifacts: { A: stack, B: stack } }))

    expect(() => readAssembly(folder)).toThrow('holds 2 stacks, not one')
    rmSync(folder, { recursive: true })
  })
})
