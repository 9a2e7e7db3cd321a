import { describe, expect, test } from 'vitest'
import { createAuthority } from '../../../lib/local/iam/authority.ts'
import { readInvokePermissions } from '../../../lib/local/iam/invoke-permissions.ts'
import { contextOf } from '../../../lib/local/iam/needs/input.ts'
import { checkRoles } from '../../../lib/local/iam/role-checks.ts'
import { readAccess } from '../../../lib/local/template/access.ts'
import type { Assembly } from '../../../lib/local/template/assembly.ts'
import { resolveTemplate } from '../../../lib/local/template/resolved-template.ts'

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>>

const accountId = '000000000000'
const table = `arn:aws:dynamodb:us-east-1:${accountId}:table/things`
const key = `arn:aws:kms:us-east-1:${accountId}:key/id-of-Key`

const resolved = (resources: Resources) => {
  const Resources = Object.fromEntries(
    Object.entries(resources).map(([id, { Type, Properties = {} }]) => [id, { Type, Properties }]),
  )
  const template: Assembly['template'] = { Parameters: {}, Conditions: {}, Resources, Outputs: {} }
  return resolveTemplate(
    { stackName: 'Demo', template, assetFolders: new Map() },
    {
      parameters: {},
      region: 'us-east-1',
      accountId,
      queueUrl: (name) => `http://127.0.0.1:9/${accountId}/${name}`,
      keyId: (logicalId) => `id-of-${logicalId}`,
    },
  )
}

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] })
const allow = (Action: unknown, Resource: unknown = '*') => ({ Statement: { Effect: 'Allow', Action, Resource } })
const trust = (Service: string) => ({
  Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service } },
})
const basics = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'

/** The function `Reader` with its role, whose properties may be others. */
const reader = (role: Record<string, unknown> = {}, others: Resources = {}): Resources => ({
  Reader: { Type: 'AWS::Lambda::Function', Properties: { Role: arnOf('Role') } },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com'), ManagedPolicyArns: [basics], ...role },
  },
  ...others,
})

const refusal = (resources: Resources, action: string, resource: string): string | undefined =>
  createAuthority(readAccess(resolved(resources)), accountId).refuse('Reader', {
    action,
    resource,
    context: contextOf({}),
  })

describe('a function is allowed what', () => {
  const Get = allow('dynamodb:GetItem', table)

  test.each<[string, Resources]>([
    ['is written in its role', reader({ Policies: [{ PolicyName: 'Get', PolicyDocument: Get }] })],
    [
      'a policy says that is attached to its role',
      reader(
        {},
        { Get: policy('AWS::IAM::Policy', { PolicyName: 'Get', PolicyDocument: Get, Roles: [{ Ref: 'Role' }] }) },
      ),
    ],
    [
      'a managed policy says that its role names',
      reader(
        { ManagedPolicyArns: [{ Ref: 'Get' }] },
        { Get: policy('AWS::IAM::ManagedPolicy', { PolicyDocument: Get }) },
      ),
    ],
    [
      'a managed policy says that names its role',
      reader({}, { Get: policy('AWS::IAM::ManagedPolicy', { PolicyDocument: Get, Roles: [{ Ref: 'Role' }] }) }),
    ],
  ])('%s', (_, resources) => {
    expect(refusal(resources, 'dynamodb:GetItem', table)).toBeUndefined()
    expect(refusal(resources, 'dynamodb:PutItem', table)).toContain('no identity-based policy')
  })

  test("the policy of another role says, not: the sentence is AWS's own", () => {
    const other = policy('AWS::IAM::Policy', { PolicyName: 'Get', PolicyDocument: Get, Roles: ['other'] })

    expect(refusal(reader({}, { Get: other }), 'dynamodb:GetItem', table)).toBe(
      `User: arn:aws:sts::${accountId}:assumed-role/Demo-Role/Reader is not authorized to perform: dynamodb:GetItem ` +
        `on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`,
    )
  })
})

describe('a key', () => {
  const Decrypt = { Policies: [{ PolicyName: 'Open', PolicyDocument: allow('kms:Decrypt', arnOf('Key')) }] }
  const keyOf = (KeyPolicy?: unknown): Resources => ({
    Key: { Type: 'AWS::KMS::Key', Properties: KeyPolicy === undefined ? {} : { KeyPolicy } },
  })
  const forAccount = { ...allow('kms:*').Statement, Principal: { AWS: `arn:aws:iam::${accountId}:root` } }
  const deny = { Effect: 'Deny', Action: 'kms:Decrypt', Resource: '*', Principal: { AWS: arnOf('Role') } }

  test.each<[string, unknown, string | undefined]>([
    ['without a policy leaves it to the roles', undefined, undefined],
    ['that lets its account in leaves it to the roles', { Statement: [forAccount] }, undefined],
    ['that lets nobody in is closed to all', { Statement: [] }, 'because no resource-based policy allows'],
    [
      'that denies a role is closed to it',
      { Statement: [forAccount, deny] },
      'explicit deny in a resource-based policy',
    ],
  ])('%s', (_, KeyPolicy, expected) => {
    const refused = refusal(reader(Decrypt, keyOf(KeyPolicy)), 'kms:Decrypt', key)

    expect(refused).toEqual(expected && expect.stringContaining(expected))
  })

  test('has the names of its aliases', () => {
    const Alias = policy('AWS::KMS::Alias', { AliasName: 'alias/tokens', TargetKeyId: arnOf('Key') })

    const { keys } = readAccess(resolved({ ...keyOf(), Alias }))

    expect(keys[0]?.names).toEqual(['id-of-Key', 'alias/tokens', `arn:aws:kms:us-east-1:${accountId}:alias/tokens`])
  })
})

test('the policy of a queue counts for that queue alone', () => {
  const deny = { Effect: 'Deny', Action: 'sqs:*', Resource: '*', Principal: '*' }
  const resources = reader(
    { Policies: [{ PolicyName: 'Send', PolicyDocument: allow('sqs:SendMessage') }] },
    {
      Closed: { Type: 'AWS::SQS::Queue' },
      Open: { Type: 'AWS::SQS::Queue' },
      Policy: policy('AWS::SQS::QueuePolicy', { Queues: [{ Ref: 'Closed' }], PolicyDocument: { Statement: deny } }),
    },
  )

  const refused = ['Demo-Closed', 'Demo-Open'].map((name) =>
    refusal(resources, 'sqs:sendmessage', `arn:aws:sqs:us-east-1:${accountId}:${name}`),
  )

  expect(refused).toEqual([expect.stringContaining('explicit deny in a resource-based policy'), undefined])
})

describe('a template is refused in one line', () => {
  const mapping = [
    {
      functionId: 'Reader',
      queueArn: `arn:aws:sqs:us-east-1:${accountId}:jobs`,
      queueUrl: '',
      batchSize: 1,
      windowSeconds: 0,
      reportsItemFailures: true,
      maximumConcurrency: 2,
    },
  ]
  const check = (resources: Resources, eventSources: Parameters<typeof checkRoles>[1]['eventSources'] = []) => {
    const access = readAccess(resolved(resources))
    const streamArn = (logGroup: string) => `arn:aws:logs:us-east-1:${accountId}:log-group:${logGroup}:log-stream:any`
    checkRoles(createAuthority(access, accountId), { access, eventSources, streamArn })
  }
  const mayReceive = (...actions: string[]) => ({
    Policies: [{ PolicyName: 'Receive', PolicyDocument: allow(actions) }],
  })

  test.each<[string, Resources, string]>([
    ['a role that is none of its own', { ...reader(), Role: { Type: 'AWS::SNS::Topic' } }, 'Role'],
    [
      'a policy of AWS that is not known',
      reader({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/x'] }),
      'what arn:aws:iam::aws:policy/x allows is not known',
    ],
    ['a permissions boundary', reader({ PermissionsBoundary: basics }), 'permissions boundaries are not played'],
    [
      'a role for another service',
      reader({ AssumeRolePolicyDocument: trust('ec2.amazonaws.com') }),
      'the role Demo-Role cannot be assumed by Lambda',
    ],
    [
      'a log that may not be written',
      reader({ ManagedPolicyArns: [] }),
      'is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/Reader:log-stream:any',
    ],
  ])('for %s', (_, resources, message) => {
    expect(() => check(resources)).toThrow(message)
  })

  test.each([
    [['sqs:ReceiveMessage', 'sqs:GetQueueAttributes'], 'sqs:DeleteMessage'],
    [['sqs:DeleteMessage', 'sqs:GetQueueAttributes'], 'sqs:ReceiveMessage'],
    [['sqs:ReceiveMessage', 'sqs:DeleteMessage'], 'sqs:GetQueueAttributes'],
  ])('for an event source whose function may only %j', (actions, missing) => {
    expect(() => check(reader(mayReceive(...actions)), mapping)).toThrow(`not authorized to perform: ${missing}`)
  })

  test('and not for an event source whose function may do all three', () => {
    const all = mayReceive('sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes')

    expect(() => check(reader(all), mapping)).not.toThrow()
  })
})

describe('a function is invoked by whom its permissions name', () => {
  const source = `arn:aws:execute-api:us-east-1:${accountId}:api/v1/GET/things`
  const permission = (more: Record<string, unknown> = {}) =>
    policy('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      FunctionName: 'Reader',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:us-east-1:${accountId}:api/*/GET/*`,
      ...more,
    })

  test.each<[string, Record<string, unknown>, boolean]>([
    ['for a method that fits', {}, true],
    ['by the name in its ARN', { FunctionName: `arn:aws:lambda:us-east-1:${accountId}:function:Reader` }, true],
    ['for any source', { SourceArn: undefined }, true],
    ['for its own account', { SourceAccount: accountId }, true],
    ['not for another method', { SourceArn: source.replace('GET', 'PUT') }, false],
    ['not for another account', { SourceAccount: '111111111111' }, false],
    ['not by another service', { Principal: 'events.amazonaws.com' }, false],
    ['not for another function', { FunctionName: 'Writer' }, false],
    ['not for another action', { Action: 'lambda:GetFunction' }, false],
  ])('%s', (_, more, expected) => {
    const mayInvoke = readInvokePermissions(resolved({ Permission: permission(more) }))

    expect(mayInvoke('apigateway.amazonaws.com', 'Reader', source)).toBe(expected)
  })

  test('a permission with what is not understood is refused', () => {
    const Permission = permission({ PrincipalOrgID: 'o-1' })

    expect(() => readInvokePermissions(resolved({ Permission }))).toThrow('permission Permission')
  })
})

function policy(Type: string, Properties: Record<string, unknown>) {
  return { Type, Properties }
}
