import { beforeAll, describe, expect, test } from 'vitest'
import { fileName, operations } from '../../lib/contract/index.ts'
import { builtStack, fullContext, type SynthesizedStack, synthesizeStack } from './support.ts'

test('only the functions of user connections are told which source they give', () => {
  const told = synthesizeStack({ 'grantkeeper:userConnectionsSource': 'id' })
    .ofType('AWS::Lambda::Function')
    .filter(([, { Properties }]) => JSON.stringify(Properties.Environment).includes('"USER_CONNECTIONS_SOURCE":"id"'))

  expect(told.map(([, { Properties }]) => String(Properties.Handler).split('/')[0])).toEqual([
    'userConnections',
    'userConnections',
    'userConnections',
  ])
})

describe('a stack with everything set by the CDK context', () => {
  let stack: SynthesizedStack
  beforeAll(() => {
    stack = synthesizeStack(fullContext)
  })
  const propertiesOf = (type: string) => stack.ofType(type).map(([, { Properties }]) => Properties)
  const environments = () =>
    propertiesOf('AWS::Lambda::Function').map(({ Environment }) => (Environment as { Variables: object }).Variables)

  test('is reached under its own domain name alone', () => {
    expect(propertiesOf('AWS::ApiGateway::RestApi')).toMatchObject([{ DisableExecuteApiEndpoint: true }])
    expect(propertiesOf('AWS::ApiGateway::DomainName')).toMatchObject([
      {
        DomainName: 'connect.example.com',
        EndpointConfiguration: { Types: ['REGIONAL'] },
        RegionalCertificateArn: fullContext['grantkeeper:domain'].certificateArn,
        SecurityPolicy: 'TLS_1_2',
      },
    ])
    expect(propertiesOf('AWS::ApiGateway::BasePathMapping')).toMatchObject([{ Stage: { Ref: expect.any(String) } }])
    expect(propertiesOf('AWS::Route53::RecordSet')).toMatchObject([
      { Name: 'connect.example.com.', Type: 'A', HostedZoneId: 'Z0123456789ABC', AliasTarget: expect.anything() },
    ])
    for (const variables of environments()) {
      expect(JSON.stringify(variables)).toContain('"https://connect.example.com"')
    }
  })

  test('answers the preflight requests of every path by one function, without a token', () => {
    const methods = propertiesOf('AWS::ApiGateway::Method')
    const resources = new Set(methods.map(({ ResourceId }) => JSON.stringify(ResourceId)))

    const preflights = methods.filter(({ HttpMethod }) => HttpMethod === 'OPTIONS')
    expect(preflights).toHaveLength(resources.size)
    expect(new Set(preflights.map(({ Integration }) => JSON.stringify(Integration))).size).toBe(1)
    for (const { AuthorizationType } of preflights) expect(AuthorizationType).toBe('NONE')
  })

  test('lets pages of any origin read the constant answers of the gateway, without credentials', () => {
    const responses = propertiesOf('AWS::ApiGateway::GatewayResponse')

    expect(responses).toHaveLength(21)
    for (const { ResponseParameters } of responses) {
      expect(ResponseParameters).toMatchObject({ 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" })
    }
    expect(stack.text).not.toContain('Allow-Credentials')
  })

  test('throttles, logs and traces as it is told', () => {
    expect(propertiesOf('AWS::ApiGateway::Stage')).toMatchObject([
      {
        TracingEnabled: true,
        AccessLogSetting: { DestinationArn: expect.anything(), Format: expect.stringContaining('$context.requestId') },
        MethodSettings: [
          { ResourcePath: '/*', HttpMethod: '*', ThrottlingRateLimit: 5, ThrottlingBurstLimit: 7 },
          {
            ResourcePath: expect.stringMatching(/^\/~1api~1v2~1.*~1accessToken$/),
            HttpMethod: 'POST',
            ThrottlingRateLimit: 2,
            ThrottlingBurstLimit: 3,
          },
          { ResourcePath: expect.stringMatching(/~1token$/), HttpMethod: 'POST', ThrottlingRateLimit: 2 },
        ],
      },
    ])
    for (const properties of propertiesOf('AWS::Lambda::Function')) {
      expect(properties).toMatchObject({ TracingConfig: { Mode: 'Active' } })
    }
    expect(stack.ofType('AWS::IAM::Policy')).toEqual([])
  })

  test('has an access log without query, headers and path parameters', () => {
    const [stage] = propertiesOf('AWS::ApiGateway::Stage') as { AccessLogSetting: { Format: string } }[]

    const variables = [...(stage?.AccessLogSetting.Format ?? '').matchAll(/\$context\.([\w.]+)/g)].map(
      ([, name]) => name,
    )
    expect(variables.filter((name) => /query|header|^path$/i.test(name ?? ''))).toEqual([])
    expect(variables).toEqual(expect.arrayContaining(['resourcePath', 'status', 'authorizer.orgId']))
  })

  test('logs less, though Lambda must not drop the lines that have no level: those of audit', () => {
    for (const properties of propertiesOf('AWS::Lambda::Function')) {
      expect(properties).toMatchObject({ LoggingConfig: { ApplicationLogLevel: 'INFO' } })
    }
    for (const variables of environments()) expect(variables).toMatchObject({ POWERTOOLS_LOG_LEVEL: 'WARN' })
  })

  test('goes as a whole, and keeps its logs for a year until then', () => {
    const lasting = ['AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Logs::LogGroup'].flatMap(stack.ofType)

    for (const [, { DeletionPolicy }] of lasting) expect(DeletionPolicy).toBe('Delete')
    expect(propertiesOf('AWS::DynamoDB::Table')).toMatchObject([
      { TableName: 'connections', DeletionProtectionEnabled: false },
    ])
    const days = propertiesOf('AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays)
    expect(new Set(days)).toEqual(new Set([365]))
  })

  test('is watched by a firewall, and its alarms tell the topic', () => {
    expect(propertiesOf('AWS::WAFv2::WebACLAssociation')).toMatchObject([
      { WebACLArn: fullContext['grantkeeper:webAclArn'], ResourceArn: expect.anything() },
    ])
    for (const { AlarmActions } of propertiesOf('AWS::CloudWatch::Alarm')) {
      expect(AlarmActions).toEqual([fullContext['grantkeeper:alarmTopic']])
    }
  })

  test('tells its functions what they need to know', () => {
    for (const variables of environments()) {
      expect(variables).toMatchObject({
        ALLOWED_ORIGINS: fullContext['grantkeeper:allowedOrigins'],
        PRIVATE_HOSTS: fullContext['grantkeeper:privateHosts'],
      })
    }
    expect(JSON.stringify(environments())).toContain('"DATA_KEY_CACHE_SECONDS":"60"')
  })

  test('tells the functions of pages, and no other, where browsers go in the end', () => {
    const told = propertiesOf('AWS::Lambda::Function').filter(({ Environment }) =>
      JSON.stringify(Environment).includes('https://app.example.com/failed'),
    )

    const pages = operations
      .filter(({ surface }) => surface === 'pages')
      .map(({ id }) => `pages/${fileName(id)}.handler`)
    expect(told.map(({ Handler }) => Handler).sort()).toEqual(pages.sort())
    for (const { Environment } of told) {
      expect(Environment).toMatchObject({
        Variables: {
          SUCCESS_URL: fullContext['grantkeeper:successUrl'],
          ERROR_URL: fullContext['grantkeeper:errorUrl'],
        },
      })
    }
  })

  test('has environments that fit into the 4 KB that Lambda gives them', () => {
    for (const variables of environments()) expect(JSON.stringify(variables).length).toBeLessThan(3_000)
  })

  test('is in no VPC, so that there is no NAT gateway to pay', () => {
    expect(stack.text).not.toMatch(/VpcConfig|AWS::EC2::/)
  })

  test('still leaves room below the 500 resources that CloudFormation takes', () => {
    expect(Object.keys(stack.resources).length).toBeLessThan(460)
  })
})

describe('without settings', () => {
  test('no origin may call from a browser: there is neither preflight nor header', () => {
    const { text } = builtStack()

    expect(text).not.toMatch(/OPTIONS|Access-Control|ALLOWED_ORIGINS/)
  })
})

test('one allowed origin is named in the answers of the gateway', () => {
  const stack = synthesizeStack({ 'grantkeeper:allowedOrigins': 'https://app.example.com' })

  const { headers } = stack.read().api.responses.UNAUTHORIZED ?? {}
  expect(headers).toMatchObject({ 'Access-Control-Allow-Origin': 'https://app.example.com' })
  const preflights = stack.read().api.routes.filter(({ method }) => method === 'OPTIONS')
  expect(preflights.length).toBeGreaterThan(operations.length / 2)
})

test('a setting that does not exist is refused, with those that do', () => {
  expect(() => synthesizeStack({ 'grantkeeper:logLevels': 'DEBUG' })).toThrow(
    /There is no setting grantkeeper:logLevels; there are domain, allowedOrigins, .*existingTableName/,
  )
})

test.each([
  ['dataKeyCacheSeconds', 'long', 'dataKeyCacheSeconds must be'],
  ['domain', '{"name": "connect.example.com"', 'domain.name must be'],
  ['operationThrottles', '5', 'operationThrottles must be'],
  ['userConnectionsSource', 'pk', 'userConnectionsSource must be object or id; it is "pk"'],
  ['deletionProtection', 'no', 'deletionProtection must be true or false; it is "no"'],
  ['removalPolicy', 'KEEP', 'removalPolicy must be RETAIN or DESTROY; it is "KEEP"'],
  ['alarmTopic', 'alarms', 'alarmTopic must be the ARN of a standard SNS topic; it is "alarms"'],
  ['alarmTopic', 'arn:aws:sqs:eu-central-1:111122223333:alarms', 'alarmTopic must be'],
  ['alarmTopic', 'arn:aws:sns:eu-central-1:111122223333:alarms.fifo', 'alarmTopic must be'],
])('the setting %s with the value %s is refused as the property would be', (name, value, message) => {
  expect(() => synthesizeStack({ [`grantkeeper:${name}`]: value })).toThrow(message)
})
