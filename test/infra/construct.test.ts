import { App, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { featureFlags } from '../../lib/infra/feature-flags.ts'
import { Grantkeeper } from '../../lib/infra/grantkeeper.ts'
import type { GrantkeeperProps } from '../../lib/infra/props.ts'
import { GrantkeeperStack } from '../../lib/infra/stack.ts'
import { anEmptyStack, fullContext, inFolders, type Resource } from './support.ts'

const required = { issuer: 'https://issuer.example', audience: 'grantkeeper' }

/** What names a resource outside of its template. */
const physicalNames = [
  'TableName',
  'QueueName',
  'RoleName',
  'FunctionName',
  'LogGroupName',
  'AlarmName',
  'DashboardName',
  'AliasName',
]

/** The resources of a stack with nothing but the construct, by type. */
const made = (props: Partial<GrantkeeperProps>) =>
  inFolders((handlersPath, outdir) => {
    const { app, stack } = anEmptyStack(outdir)
    new Grantkeeper(stack, 'G', { ...required, handlersPath, ...props })
    const { Resources } = app.synth().getStackByName('Stack').template as { Resources: Record<string, Resource> }
    return (type: string) => Object.values(Resources).filter(({ Type }) => Type === type)
  })

describe('the construct', () => {
  test('stands in two stacks of one account and region, since no resource has a name of its own', () => {
    inFolders((handlersPath, outdir) => {
      const { app, stack } = anEmptyStack(outdir)
      for (const scope of [stack, new Stack(app, 'Other')]) new Grantkeeper(scope, 'G', { ...required, handlersPath })

      const templates = app.synth().stacks.map(({ template }) => template as { Resources: Record<string, Resource> })

      const resources = templates.flatMap(({ Resources }) => Object.values(Resources))
      for (const { Properties = {} } of resources) {
        for (const name of physicalNames) {
          // A reference to another resource is no name.
          expect(typeof Properties[name]).not.toBe('string')
        }
      }
      // These have to be given, and CloudWatch tells deployments apart by them.
      const apis = resources.filter(({ Type }) => Type === 'AWS::ApiGateway::RestApi')
      expect(new Set(apis.map(({ Properties }) => Properties.Name)).size).toBe(2)
      const deployments = [...JSON.stringify(resources).matchAll(/"DEPLOYMENT":"([^"]+)"/g)].map(([, name]) => name)
      expect(new Set(deployments).size).toBe(2)
    })
  })

  test('stands in one stack only once, since two have more resources than CloudFormation takes', () => {
    inFolders((handlersPath, outdir) => {
      const { stack } = anEmptyStack(outdir)
      new Grantkeeper(stack, 'One', { ...required, handlersPath })

      expect(() => new Grantkeeper(stack, 'Two', { ...required, handlersPath })).toThrow(
        'Give each Grantkeeper a stack of its own: two do not fit into one',
      )
    })
  })

  test('gives the outputs that the stack gives, by the same names, and one for each URL', () => {
    const outputsOf = (make: (app: App, handlersPath: string) => Stack) =>
      inFolders((handlersPath, outdir) => {
        const app = new App({ outdir, context: { ...featureFlags }, analyticsReporting: false })
        const { stackName } = make(app, handlersPath)
        return (app.synth().getStackByName(stackName).template as { Outputs: Record<string, { Value: unknown }> })
          .Outputs
      })

    const ofStack = outputsOf((app, handlersPath) => new GrantkeeperStack(app, 'Stack', { handlersPath }))
    const ofConstruct = outputsOf((app, handlersPath) => {
      const stack = new Stack(app, 'Stack')
      new Grantkeeper(stack, 'G', { ...required, handlersPath })
      return stack
    })

    expect(Object.keys(ofConstruct)).toEqual([
      'ApiUrl',
      'ApiId',
      'TableName',
      'KeyArn',
      'JobsQueueUrl',
      'JobsDlqUrl',
      'ChunksDlqUrl',
    ])
    expect(Object.keys(ofStack)).toEqual(Object.keys(ofConstruct))
    expect(JSON.stringify(ofConstruct).match(/execute-api/g)).toHaveLength(1)
  })

  test.each<[string, Readonly<Record<string, unknown>>, StackProps]>([
    ['without settings', {}, {}],
    ['with every setting', fullContext, {}],
    [
      'in an account and region',
      // How the partition is spelled, as a name or a reference, is up to the stack; it is the same.
      { ...fullContext, '@aws-cdk/core:enablePartitionLiterals': true },
      { env: { account: '111122223333', region: 'eu-central-1' } },
    ],
  ])('%s is the same in an app with no feature flag as in one with all', (_, settings, props) => {
    const [none, all] = [settings, { ...featureFlags, ...settings }].map((context) =>
      inFolders((handlersPath, outdir) => {
        const app = new App({ outdir, context, analyticsReporting: false })
        new GrantkeeperStack(app, 'Stack', { handlersPath, ...props })
        return app.synth().getStackByName('Stack').template
      }),
    )

    expect(none).toEqual(all)
  })

  test('says so when the handlers are not built', () => {
    const stack = new Stack(new App(), 'Stack')

    expect(() => new Grantkeeper(stack, 'G', { ...required, handlersPath: '/nowhere/handlers' })).toThrow(
      'The handlers are not built: there is no /nowhere/handlers. Run `npm run build` first.',
    )
  })

  test('refuses what could not work before it makes anything', () => {
    const stack = new Stack(new App(), 'Stack')

    expect(() => new Grantkeeper(stack, 'G', { ...required, issuer: 'issuer' })).toThrow('issuer must be')
    expect(stack.node.findChild('G').node.children).toEqual([])
  })
})

describe('a key that is there already', () => {
  const arn = 'arn:aws:kms:eu-central-1:111122223333'
  const onKeys = (ofType: ReturnType<typeof made>) =>
    ofType('AWS::IAM::Role')
      .flatMap(({ Properties }) => (Properties as { Policies: { PolicyDocument: { Statement: object[] } }[] }).Policies)
      .flatMap(
        ({ PolicyDocument }) => PolicyDocument.Statement as { Action: string; Resource: unknown; Condition: object }[],
      )
      .filter(({ Action }) => String(Action).startsWith('kms:'))

  test.each([
    [`${arn}:key/0a1b2c3d`, `${arn}:key/0a1b2c3d`, undefined],
    [`${arn}:alias/team/tokens`, `${arn}:key/*`, { 'kms:ResourceAliases': 'alias/team/tokens' }],
  ])('%s is used, held to application and kind as our own would be', (keyArn, resource, alias) => {
    const ofType = made({ keyArn })

    expect(ofType('AWS::KMS::Key')).toEqual([])
    const statements = onKeys(ofType)
    expect(statements.length).toBeGreaterThan(5)
    for (const { Resource, Condition } of statements) {
      expect(Resource).toBe(resource)
      expect(Condition).toMatchObject({ StringEquals: { 'kms:EncryptionContext:app': 'grantkeeper' } })
      expect((Condition as Record<string, unknown>)['ForAnyValue:StringEquals']).toEqual(alias)
    }
    expect(JSON.stringify(ofType('AWS::Lambda::Function'))).toContain(`"KEY_ARN":"${keyArn}"`)
  })
})

describe('what is made to be kept', () => {
  const kept = ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Logs::LogGroup']
  const policies = (props: Partial<GrantkeeperProps>) => {
    const ofType = made(props)
    return new Set(
      kept
        .flatMap(ofType)
        .map(({ DeletionPolicy, UpdateReplacePolicy }) => [DeletionPolicy, UpdateReplacePolicy].join()),
    )
  }

  test.each<[Partial<GrantkeeperProps>, string]>([
    [{}, 'RetainExceptOnCreate,Retain'],
    [{ accessLog: true }, 'RetainExceptOnCreate,Retain'],
    [{ removalPolicy: RemovalPolicy.RETAIN }, 'RetainExceptOnCreate,Retain'],
    [{ removalPolicy: RemovalPolicy.DESTROY, accessLog: true }, 'Delete,Delete'],
  ])('with %j is %s: a first deployment that fails leaves nothing', (props, expected) => {
    expect(policies(props)).toEqual(new Set([expected]))
  })

  test.each<[Partial<GrantkeeperProps>, boolean]>([
    [{}, true],
    [{ deletionProtection: false }, false],
    [{ removalPolicy: RemovalPolicy.DESTROY }, false],
    [{ removalPolicy: RemovalPolicy.DESTROY, deletionProtection: true }, true],
  ])('with %j is a table with deletion protection: %s', (props, DeletionProtectionEnabled) => {
    expect(made(props)('AWS::DynamoDB::Table')).toMatchObject([{ Properties: { DeletionProtectionEnabled } }])
  })
})

test('a table that is there already is used, with rights on it and its index, and none is made', () => {
  const ofType = made({ existingTableName: 'restored' })

  expect(ofType('AWS::DynamoDB::Table')).toEqual([])
  expect(JSON.stringify(ofType('AWS::Lambda::Function'))).toContain('"TABLE_NAME":"restored"')
  const roles = JSON.stringify(ofType('AWS::IAM::Role'))
  expect(roles).toContain(':table/restored"')
  expect(roles).toContain(':table/restored/index/due"')
})
