import { beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../lib/contract/grant.ts'
import { fileName, operations } from '../../lib/contract/index.ts'
import { workers } from '../../lib/contract/workers.ts'
import { builtStack, listOf, parameters, type Statement, type SynthesizedStack, statementsOf } from './support.ts'

let stack: SynthesizedStack
beforeAll(() => {
  stack = builtStack()
})

interface Row {
  readonly file: string
  readonly grants: readonly Grant[]
  readonly timeoutSeconds: number
}

/** Every function, as the contract has it. */
const rows: readonly Row[] = [
  ...operations.map(({ id, surface, grants, timeoutSeconds = 29 }) => ({
    file: `${surface}/${fileName(id)}`,
    grants,
    timeoutSeconds,
  })),
  ...workers.map(({ id, grants, timeoutSeconds }) => ({ file: `workers/${fileName(id)}`, grants, timeoutSeconds })),
  { file: 'authorizer/authorize', grants: [], timeoutSeconds: 20 },
  { file: 'gateway/unknown-path', grants: [], timeoutSeconds: 29 },
]

const environmentOf = (file: string, given: Record<string, string> = parameters): Readonly<Record<string, string>> =>
  stack.read(given).functions.find(({ handler }) => handler === `${file}.handler`)?.environment ?? {}

const isSealing = ({ grants }: Row): boolean => grants.some((word) => /^(open|reseal|seal):/.test(word))

/** An ARN as a reader would say it. */
const say = (arn: string): string => {
  if (arn.includes(':logs:')) return 'own log'
  if (arn.includes(':kms:')) return 'key'
  if (arn.includes(':sqs:')) return arn.includes('Jobs') ? 'jobs' : 'chunks'
  return arn.endsWith('/index/due') ? 'index due' : 'table'
}

const summary = ({ Action, Resource, Condition }: Statement) => ({
  action: Action,
  on: listOf(Resource).map(say).join(),
  ...(Condition && { only: Condition['ForAllValues:StringLike'] ?? Condition.StringEquals }),
})

describe('every function', () => {
  test('is one of the contract, or the authorizer', () => {
    const handlers = stack.read().functions.map(({ handler }) => handler)

    expect(handlers.sort()).toEqual(rows.map(({ file }) => `${file}.handler`).sort())
  })

  test('runs on Node 24 on arm64 with a log group of its own, and logs JSON', () => {
    const functions = stack.ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties)

    expect(functions).toHaveLength(rows.length)
    for (const properties of functions) {
      expect(properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 512,
        LoggingConfig: {
          LogFormat: 'JSON',
          ApplicationLogLevel: 'INFO',
          SystemLogLevel: 'WARN',
          LogGroup: { Ref: expect.any(String) },
        },
      })
    }
    expect(new Set(functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig))).size).toBe(rows.length)
    expect(new Set(functions.map(({ Role }) => JSON.stringify(Role))).size).toBe(rows.length)
    expect(new Set(functions.map(({ Code }) => JSON.stringify(Code))).size).toBe(1)
  })

  test('keeps its log for three months', () => {
    const groups = stack.ofType('AWS::Logs::LogGroup').map(([, { Properties }]) => Properties.RetentionInDays)

    expect(groups).toEqual(rows.map(() => 90))
  })

  test.each(rows)('$file has the timeout of its row: $timeoutSeconds s', ({ file, timeoutSeconds }) => {
    const definition = stack.read().functions.find(({ handler }) => handler === `${file}.handler`)

    expect(definition?.timeoutSeconds).toBe(timeoutSeconds)
  })

  test('knows the public URL: the one of API Gateway, or the given one', () => {
    const own = /^https:\/\/\w+\.execute-api\.us-east-1\.amazonaws\.com\/v1$/

    for (const { file } of rows) {
      expect(environmentOf(file).PUBLIC_BASE_URL).toMatch(own)
      expect(environmentOf(file, { ...parameters, PublicBaseUrl: 'https://gk.example/base' })).toMatchObject({
        PUBLIC_BASE_URL: 'https://gk.example/base',
      })
    }
  })

  test('knows of table, key and queues only what its words are about', () => {
    for (const row of rows) {
      const { file, grants } = row
      const environment = environmentOf(file)
      expect({
        file,
        known: Object.keys(environment)
          .filter((name) => /TABLE|KEY|QUEUE/.test(name))
          .sort(),
      }).toEqual({
        file,
        known: [
          ...(grants.includes('send:chunks') ? ['CHUNKS_QUEUE_URL'] : []),
          ...(isSealing(row) ? ['DATA_KEY_CACHE_SECONDS'] : []),
          ...(file === 'workers/sweep' ? ['DATA_KEY_ROTATION_DAYS'] : []),
          ...(grants.includes('send:jobs') ? ['JOBS_QUEUE_URL'] : []),
          ...(isSealing(row) ? ['KEY_ARN'] : []),
          ...(grants.length > 0 ? ['TABLE_NAME'] : []),
        ],
      })
    }
  })

  test('the authorizer knows whom to trust', () => {
    expect(environmentOf('authorizer/authorize')).toMatchObject({
      ISSUER: 'https://issuer.example',
      AUDIENCE: 'grantkeeper',
      ORG_CLAIM: 'org_id',
      ROLES_CLAIM: 'roles',
    })
  })
})

describe('the rights', () => {
  test('of listing providers are one query and the log', () => {
    expect(statementsOf(stack, 'externalOAuth/list-providers').map(summary)).toEqual([
      { action: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: 'own log' },
      { action: 'dynamodb:Query', on: 'table', only: { 'dynamodb:LeadingKeys': ['PROV#*'] } },
    ])
  })

  test('of getting an access token are those of a refresh', () => {
    const sealed = (...kinds: string[]) => ({
      'kms:EncryptionContext:app': 'grantkeeper',
      'kms:EncryptionContext:kind': kinds,
    })

    expect(statementsOf(stack, 'externalOAuth/acquire-access-token').map(summary)).toEqual([
      { action: ['logs:CreateLogStream', 'logs:PutLogEvents'], on: 'own log' },
      {
        action: 'dynamodb:GetItem',
        on: 'table',
        only: {
          'dynamodb:LeadingKeys': ['PROV#*', 'SECRET#*', 'GRANT#*', 'DATAKEY#clientSecret#*', 'DATAKEY#grant#*'],
        },
      },
      {
        action: ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'],
        on: 'table',
        only: { 'dynamodb:LeadingKeys': ['PROV#*', 'GRANT#*'] },
      },
      { action: 'dynamodb:Query', on: 'table', only: { 'dynamodb:LeadingKeys': ['SIBLING#*', 'DATAKEY#grant#*'] } },
      { action: 'kms:Decrypt', on: 'key', only: sealed('clientSecret', 'grant') },
    ])
  })

  test('of all functions name actions and resources, never all of them, and never a scan', () => {
    const statements = rows.flatMap(({ file }) => statementsOf(stack, file))

    for (const { Effect, Action, Resource } of statements) {
      expect(Effect).toBe('Allow')
      for (const action of listOf(Action)) expect(action).toMatch(/^(logs|dynamodb|kms|sqs):(?!Scan)[A-Za-z]+$/)
      // Of a log group's ARN the end stands for its streams.
      for (const arn of listOf(Resource)) {
        expect(arn).toMatch(/^arn:aws:\w+:us-east-1:000000000000:[\w/-]+(:Grantkeeper-[\w-]+:\*)?$/)
      }
    }
  })

  test('on the table are always held to kinds, and those on the key to application and kind', () => {
    const statements = rows.flatMap(({ file }) => statementsOf(stack, file))

    const serviceOf = ({ Action }: Statement) => listOf(Action)[0]?.split(':')[0]
    // Nothing documents what LeadingKeys is of an index; in this one there is but what is due.
    const ofIndex = ({ Resource }: Statement) => listOf(Resource).every((arn) => arn.endsWith('/index/due'))
    const onTable = statements.filter((statement) => serviceOf(statement) === 'dynamodb' && !ofIndex(statement))
    for (const { Condition } of onTable) {
      const keys = listOf(Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'])
      expect(keys.length).toBeGreaterThan(0)
      for (const key of keys) expect(key).toMatch(/^[A-Z]+#(\w+#)?\*$/)
      expect(Condition?.Null).toEqual({ 'dynamodb:LeadingKeys': 'false' })
    }
    for (const { Condition } of statements.filter((statement) => serviceOf(statement) === 'kms')) {
      expect(Condition?.StringEquals).toMatchObject({
        'kms:EncryptionContext:app': 'grantkeeper',
        'kms:EncryptionContext:kind': expect.any(Array),
      })
    }
  })

  test('on the key belong to those that open or seal', () => {
    const withKey = rows.filter(({ file }) =>
      statementsOf(stack, file).some(({ Action }) => listOf(Action).some((action) => action.startsWith('kms:'))),
    )

    expect(withKey.map(({ file }) => file)).toEqual(rows.filter(isSealing).map(({ file }) => file))
    expect(withKey.length).toBeGreaterThan(0)
  })

  test('fit into the size of inline policies, 10,240 characters a role', () => {
    for (const { file } of rows) expect(JSON.stringify(statementsOf(stack, file)).length).toBeLessThan(8_000)
  })

  test('come from no managed policy, and roles are for Lambda alone', () => {
    for (const [, { Properties }] of stack.ofType('AWS::IAM::Role')) {
      expect(Properties.ManagedPolicyArns).toBeUndefined()
      expect(Properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
      })
    }
    expect(stack.ofType('AWS::IAM::Policy')).toEqual([])
  })
})
