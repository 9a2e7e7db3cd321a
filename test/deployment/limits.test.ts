import { describe, expect, test } from 'vitest'
import { excesses, limits } from '../../deployment/templates/limits.ts'
import type { Template } from '../../deployment/templates/template.ts'

type Resources = Readonly<Record<string, { Type: string; Properties: Record<string, unknown> }>>

/** As many resources of a type as that. */
const many = (
  count: number,
  Type: string,
  properties: (index: number) => Record<string, unknown> = () => ({}),
): Resources =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`R${index}`, { Type, Properties: properties(index) }]),
  )

const one = (Type: string, Properties: Record<string, unknown>): Resources => many(1, Type, () => Properties)

const named = (count: number): Record<string, object> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`Name${index}`, {}]))

/** An ARN, of which 130 characters are reckoned with. */
const anArn = { 'Fn::GetAtt': ['R0', 'Arn'] }

/** JSON that has `{"Statement":"…"}` around the text, and what goes before another member. */
const policyOf = (characters: number) => ({ Statement: 'x'.repeat(characters - '{}"":,""Statement'.length) })

const worker = (timeout: number): Resources => ({
  Function: { Type: 'AWS::Lambda::Function', Properties: { Timeout: timeout } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 180 } },
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { FunctionName: { Ref: 'Function' }, EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
  },
})

const variables = (...parts: string[]): Resources =>
  Object.fromEntries(
    parts.map((PathPart, index) => [
      `Resource${index}`,
      { Type: 'AWS::ApiGateway::Resource', Properties: { PathPart, ParentId: anArn } },
    ]),
  )

const stage = (burst: number): Resources =>
  one('AWS::ApiGateway::Stage', { MethodSettings: [{ ThrottlingBurstLimit: 5 }, { ThrottlingBurstLimit: burst }] })

/** The most that a template may have of each limit, and a little more. */
const rows: readonly (readonly [what: string, most: Partial<Template>, more: Partial<Template>])[] = [
  ['resources of a stack', { Resources: many(500, 'AWS::SQS::Queue') }, { Resources: many(501, 'AWS::SQS::Queue') }],
  [
    'bytes of a template',
    { Resources: one('AWS::SQS::Queue', { QueueName: 'x'.repeat(999_000) }) },
    { Resources: one('AWS::SQS::Queue', { QueueName: 'x'.repeat(1_000_000) }) },
  ],
  ['parameters', { Parameters: named(200) }, { Parameters: named(201) }],
  ['outputs', { Outputs: named(200) }, { Outputs: named(201) }],
  [
    'roles, of those that an account may have',
    { Resources: many(1000, 'AWS::IAM::Role') },
    { Resources: many(1001, 'AWS::IAM::Role') },
  ],
  [
    'characters of the policies in a role',
    { Resources: one('AWS::IAM::Role', { Policies: [5000, 5240].map((n) => ({ PolicyDocument: policyOf(n) })) }) },
    { Resources: one('AWS::IAM::Role', { Policies: [5000, 5241].map((n) => ({ PolicyDocument: policyOf(n) })) }) },
  ],
  [
    'characters of who may take a role',
    { Resources: one('AWS::IAM::Role', { AssumeRolePolicyDocument: policyOf(2048) }) },
    { Resources: one('AWS::IAM::Role', { AssumeRolePolicyDocument: policyOf(2049) }) },
  ],
  [
    'bytes of a function’s environment',
    { Resources: one('AWS::Lambda::Function', { Environment: { Variables: { A: anArn, B: 'x'.repeat(3964) } } }) },
    { Resources: one('AWS::Lambda::Function', { Environment: { Variables: { A: anArn, B: 'x'.repeat(3965) } } }) },
  ],
  [
    'characters of a function’s description',
    { Resources: one('AWS::Lambda::Function', { Description: 'x'.repeat(256) }) },
    { Resources: one('AWS::Lambda::Function', { Description: { 'Fn::Join': ['', [anArn, 'x'.repeat(127)]] } }) },
  ],
  [
    'bytes of who may call a function',
    { Resources: many(51, 'AWS::Lambda::Permission', () => ({ FunctionName: anArn })) },
    { Resources: many(52, 'AWS::Lambda::Permission', () => ({ FunctionName: anArn })) },
  ],
  ['seconds that messages are seen again too early', { Resources: worker(30) }, { Resources: worker(31) }],
  [
    'resources of an API',
    { Resources: many(300, 'AWS::ApiGateway::Resource', (index) => ({ PathPart: `a${index}` })) },
    { Resources: many(301, 'AWS::ApiGateway::Resource', (index) => ({ PathPart: `a${index}` })) },
  ],
  [
    'authorizers of an API',
    { Resources: many(10, 'AWS::ApiGateway::Authorizer') },
    { Resources: many(11, 'AWS::ApiGateway::Authorizer') },
  ],
  [
    'variables in one place of a path',
    { Resources: variables('{providerId}', 'authorize', 'jobs') },
    { Resources: variables('{providerId}', '{providerID}') },
  ],
  [
    'parts of a path that API Gateway does not take',
    { Resources: variables('openapi.json', '{path+}') },
    { Resources: variables('a b') },
  ],
  [
    'milliseconds that an integration may take',
    { Resources: one('AWS::ApiGateway::Method', { Integration: { TimeoutInMillis: 29_000 } }) },
    { Resources: one('AWS::ApiGateway::Method', { Integration: { TimeoutInMillis: 29_001 } }) },
  ],
  ['requests at once', { Resources: stage(1250) }, { Resources: stage(1251) }],
  [
    'characters of an event pattern',
    { Resources: one('AWS::Events::Rule', { EventPattern: policyOf(4096) }) },
    { Resources: one('AWS::Events::Rule', { EventPattern: policyOf(4097) }) },
  ],
  [
    'characters of a key’s policy',
    { Resources: one('AWS::KMS::Key', { KeyPolicy: policyOf(32_768) }) },
    { Resources: one('AWS::KMS::Key', { KeyPolicy: policyOf(32_769) }) },
  ],
  [
    'attributes that indexes hold besides keys',
    { Resources: one('AWS::DynamoDB::Table', { GlobalSecondaryIndexes: indexes(60, 40) }) },
    { Resources: one('AWS::DynamoDB::Table', { GlobalSecondaryIndexes: indexes(60, 41) }) },
  ],
]

function indexes(...counts: number[]): object[] {
  return counts.map((count) => ({ Projection: { NonKeyAttributes: Object.keys(named(count)) } }))
}

describe('a limit of AWS', () => {
  test.each(rows)('%s: so much, and no more', (what, most, more) => {
    expect(excesses({ Resources: {}, ...most })).not.toContainEqual(expect.stringMatching(`^${what}:`))
    expect(excesses({ Resources: {}, ...more })).toContainEqual(expect.stringMatching(`^${what}: \\d+, and \\d+ are`))
  })

  test('is tried here, each of them', () => {
    expect(rows.map(([what]) => what)).toEqual(limits.map(([what]) => what))
  })

  test('is told with the place where it is exceeded most', () => {
    const Resources = { ...stage(1300), Other: { Type: 'AWS::ApiGateway::Stage', Properties: {} } }

    expect(excesses({ Resources })).toEqual(['requests at once: 1300, and 1250 are allowed (R0)'])
  })
})
