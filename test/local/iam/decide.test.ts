import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../../lib/local/iam/decide.ts'
import { contextOf } from '../../../lib/local/iam/needs/input.ts'
import { parsePolicy } from '../../../lib/local/iam/policy.ts'
import type { Caller } from '../../../lib/local/iam/principal.ts'

const accountId = '000000000000'
const table = `arn:aws:dynamodb:us-east-1:${accountId}:table/things`
const roleArn = `arn:aws:iam::${accountId}:role/reader`
const sessionArn = `arn:aws:sts::${accountId}:assumed-role/reader/fn`
const caller: Caller = { arns: [roleArn, sessionArn], accountId }
const root = { AWS: `arn:aws:iam::${accountId}:root` }

interface Written {
  readonly [element: string]: unknown
}

const allow = (more: Written = {}): Written => ({
  Effect: 'Allow',
  Action: 'dynamodb:GetItem',
  Resource: table,
  ...more,
})
const deny = (more: Written = {}): Written => ({ ...allow(more), Effect: 'Deny' })
const leading = (...keys: string[]) => contextOf({ 'dynamodb:LeadingKeys': keys })

/** What becomes of `GetItem` of one key. */
const ask = (
  identity: readonly Written[],
  resource: readonly Written[] = [],
  { resourceDecides = false, action = 'dynamodb:GetItem', on = table, context = leading('PROV#1') } = {},
): string => {
  const decision = decide({ action, resource: on, context }, caller, {
    identity: parsePolicy({ Statement: identity }, 'role'),
    resource: parsePolicy({ Statement: resource }, 'resource'),
    resourceDecides,
  })
  return decision.allowed ? 'allowed' : decision.because
}

const NOBODY = 'because no identity-based policy allows the dynamodb:GetItem action'
const NO_RESOURCE = 'because no resource-based policy allows the dynamodb:GetItem action'
const DENIED = 'with an explicit deny in an identity-based policy'
const DENIED_BY_RESOURCE = 'with an explicit deny in a resource-based policy'

describe('the policies of a role', () => {
  test.each<[string, Written[], string]>([
    ['none', [], NOBODY],
    ['the action on the resource', [allow()], 'allowed'],
    ['the action in other letters', [allow({ Action: 'DynamoDB:getitem' })], 'allowed'],
    ['one of several actions', [allow({ Action: ['dynamodb:Query', 'dynamodb:GetItem'] })], 'allowed'],
    ['a wildcard in the action', [allow({ Action: 'dynamodb:Get*' })], 'allowed'],
    ['any action', [allow({ Action: '*' })], 'allowed'],
    ['another action', [allow({ Action: 'dynamodb:Query' })], NOBODY],
    ['an action that begins alike', [allow({ Action: 'dynamodb:Get' })], NOBODY],
    ['all actions but another', [allow({ Action: undefined, NotAction: 'dynamodb:Query' })], 'allowed'],
    ['all actions but this one', [allow({ Action: undefined, NotAction: 'dynamodb:getItem' })], NOBODY],
    ['any resource', [allow({ Resource: '*' })], 'allowed'],
    ['the resource in other letters', [allow({ Resource: table.replace('things', 'Things') })], NOBODY],
    ['a wildcard in the resource', [allow({ Resource: table.replace('things', 'th*') })], 'allowed'],
    ['the index of the resource', [allow({ Resource: `${table}/index/due` })], NOBODY],
    ['any resource but another', [allow({ Resource: undefined, NotResource: `${table}2` })], 'allowed'],
    ['any resource but this one', [allow({ Resource: undefined, NotResource: table })], NOBODY],
    ['an explicit deny besides', [allow(), deny()], DENIED],
    ['an explicit deny before', [deny({ Action: '*', Resource: '*' }), allow()], DENIED],
    ['a deny of something else', [allow(), deny({ Action: 'dynamodb:Query' })], 'allowed'],
    ['a deny whose condition does not hold', [allow(), deny(leadingKeys('GRANT#*'))], 'allowed'],
    ['a deny whose condition holds', [allow(), deny(leadingKeys('PROV#*'))], DENIED],
    ['a condition that holds', [allow(leadingKeys('PROV#*'))], 'allowed'],
    ['a condition that does not hold', [allow(leadingKeys('GRANT#*'))], NOBODY],
    ['two conditions of which one does not hold', [allow(leadingKeys('PROV#*', 'true'))], NOBODY],
  ])('%s', (_, statements, expected) => {
    expect(ask(statements)).toBe(expected)
  })

  test('keys of two kinds are allowed by one statement with both, not by two with one each', () => {
    const context = leading('PROV#1', 'SLUG#1')

    const together = ask([allow(leadingKeys(['PROV#*', 'SLUG#*']))], [], { context })
    const apart = ask([allow(leadingKeys('PROV#*')), allow(leadingKeys('SLUG#*'))], [], { context })

    expect([together, apart]).toEqual(['allowed', NOBODY])
  })

  test('a wildcard reaches over slashes and colons of the resource itself, and never into the next part of an ARN', () => {
    const on = `arn:aws:logs:us-east-1:${accountId}:log-group:/aws/lambda/x:log-stream:y`
    const patterns = [
      `arn:aws:logs:*:${accountId}:log-group:*`,
      `arn:aws:*:${accountId}:log-group:*`,
      'arn:aws:*:log-group:*:*:*',
    ]

    const outcomes = patterns.map((Resource) => ask([allow({ Resource })], [], { on }))

    expect(outcomes).toEqual(['allowed', NOBODY, NOBODY])
  })

  test('without Null, a request that names no key passes ForAllValues', () => {
    const { Null, ...careless } = leadingKeys('PROV#*').Condition

    const outcomes = [careless, { ...careless, Null }].map((Condition) =>
      ask([allow({ Condition })], [], { context: leading() }),
    )

    expect(outcomes).toEqual(['allowed', NOBODY])
  })
})

describe('the policy of a resource', () => {
  test.each<[string, Written[], Written[], boolean, string]>([
    ['names the role', [], [allow({ Principal: { AWS: roleArn } })], false, 'allowed'],
    ['names the session', [], [allow({ Principal: { AWS: sessionArn } })], false, 'allowed'],
    ['names everybody', [], [allow({ Principal: '*' })], false, 'allowed'],
    ['names another role', [], [allow({ Principal: { AWS: `${roleArn}2` } })], false, NOBODY],
    ['names a service', [], [allow({ Principal: { Service: 'events.amazonaws.com' } })], false, NOBODY],
    ['names the account', [], [allow({ Principal: root })], false, NOBODY],
    ['names the account, and the role allows', [allow()], [allow({ Principal: root })], false, 'allowed'],
    ['denies everybody', [allow()], [deny({ Principal: '*' })], false, DENIED_BY_RESOURCE],
    ['denies the account', [allow()], [deny({ Principal: root })], false, DENIED_BY_RESOURCE],
    ['denies another role', [allow()], [deny({ Principal: { AWS: `${roleArn}2` } })], false, 'allowed'],
    ['of a key: lets the account in', [allow()], [allow({ Principal: root })], true, 'allowed'],
    [
      'of a key: lets the account in by its number',
      [allow()],
      [allow({ Principal: { AWS: accountId } })],
      true,
      'allowed',
    ],
    ['of a key: lets the account in, not the role', [], [allow({ Principal: root })], true, NOBODY],
    ['of a key: lets nobody in', [allow()], [], true, NO_RESOURCE],
    [
      'of a key: lets the account do something else',
      [allow()],
      [allow({ Principal: root, Action: 'a:b' })],
      true,
      NO_RESOURCE,
    ],
    ['of a key: lets the role in', [], [allow({ Principal: { AWS: [roleArn] } })], true, 'allowed'],
    ['has no principal', [], [allow()], false, NOBODY],
  ])('%s', (_, identity, resource, resourceDecides, expected) => {
    expect(ask(identity, resource, { resourceDecides })).toBe(expected)
  })

  test('aws:SecureTransport is true: AWS is called by TLS alone', () => {
    const insecure = deny({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })

    expect(ask([allow()], [insecure])).toBe('allowed')
  })
})

describe('a policy is refused that', () => {
  test.each<[string, Written, string]>([
    ['has both actions and exclusions', allow({ NotAction: 'a:b' }), 'one of Action and NotAction is needed'],
    ['has no action', allow({ Action: undefined }), 'one of Action and NotAction is needed'],
    ['has an action without service', allow({ Action: 'GetItem' }), 'GetItem is no action'],
    ['has resources and exclusions', allow({ NotResource: '*' }), 'Resource and NotResource exclude each other'],
    ['has variables', allow({ Resource: `${table}/\${aws:username}` }), 'policy variables are not known'],
    ['excludes principals', allow({ NotPrincipal: '*' }), 'Unrecognized key'],
    ['names federated users', allow({ Principal: { Federated: 'x' } }), 'the principal Federated is not known'],
    ['has another effect', allow({ Effect: 'Maybe' }), 'Effect'],
    ['has an empty list', allow({ Action: [] }), 'Action'],
  ])('%s', (_, statement, message) => {
    expect(() => parsePolicy({ Version: '2012-10-17', Statement: statement }, 'role x')).toThrow(message)
  })
})

describe('whatever the policies are', () => {
  const element = (...values: unknown[]) => fc.constantFrom(...values)
  const statement = fc.record({
    Effect: element('Allow', 'Deny'),
    Action: element('dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:*', '*', ['dynamodb:Get*', 'kms:Decrypt']),
    Resource: element(table, '*', `${table}/index/*`, table.replace('things', '*')),
    Condition: element({}, leadingKeys('PROV#*').Condition, leadingKeys('GRANT#*').Condition),
    Principal: element('*', root, { AWS: roleArn }, { Service: 'sqs.amazonaws.com' }),
  })
  const policies = fc.record({
    identity: fc.array(statement, { maxLength: 4 }),
    resource: fc.array(statement, { maxLength: 4 }),
    resourceDecides: fc.boolean(),
  })
  type Policies = typeof policies extends fc.Arbitrary<infer Value> ? Value : never
  const outcome = (given: Policies) => ask(given.identity, given.resource, given)
  const besides = (given: Policies, of: 'identity' | 'resource', added: Policies['identity'][number]) =>
    outcome({ ...given, [of]: [...given[of], added] })

  test('one more allowance denies nothing', () => {
    fc.assert(
      fc.property(policies, fc.constantFrom('identity', 'resource'), statement, (given, of, added) => {
        fc.pre(outcome(given) === 'allowed')

        expect(besides(given, of, { ...added, Effect: 'Allow' })).toBe('allowed')
      }),
    )
  })

  test('one more denial allows nothing', () => {
    fc.assert(
      fc.property(policies, fc.constantFrom('identity', 'resource'), statement, (given, of, added) => {
        fc.pre(outcome(given) !== 'allowed')

        expect(besides(given, of, { ...added, Effect: 'Deny' })).not.toBe('allowed')
      }),
    )
  })

  test('a denial of everything denies everything', () => {
    fc.assert(
      fc.property(policies, (given) => {
        const everything = { Effect: 'Deny', Action: '*', Resource: '*' }

        expect(ask([...given.identity, everything], given.resource, given)).toBe(DENIED)
      }),
    )
  })

  test('their order does not matter', () => {
    fc.assert(
      fc.property(policies, ({ identity, resource, resourceDecides }) => {
        const reversed = ask(identity.toReversed(), resource.toReversed(), { resourceDecides })

        expect(reversed).toBe(ask(identity, resource, { resourceDecides }))
      }),
    )
  })
})

function leadingKeys(keys: string | readonly string[], absent = 'false') {
  return {
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
      Null: { 'dynamodb:LeadingKeys': absent },
    },
  }
}
