import { createHash } from 'node:crypto'

/** What a resource is called outside the template. */
export interface Physical {
  readonly ref: string
  /** By attribute name, as `Fn::GetAtt` asks for it. */
  readonly attributes: Readonly<Record<string, string>>
}

/** A resource with its name properties, and where it lives. */
export interface NamedResource {
  readonly logicalId: string
  /** The resource's own name in the template (`TableName`, `QueueName`...), if any. */
  readonly givenName: string | undefined
  readonly stackName: string
  readonly region: string
  readonly accountId: string
  readonly queueUrl: (queueName: string) => string
  readonly keyId: (logicalId: string) => string
}

/** Which property names a resource of a type. */
export const nameProperties: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Stage': 'StageName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
}

const byType: Readonly<Record<string, (resource: NamedResource) => Physical>> = {
  'AWS::ApiGateway::RestApi': ({ logicalId }) => ({
    ref: logicalId.toLowerCase(),
    attributes: { RootResourceId: `${logicalId}Root`, RestApiId: logicalId.toLowerCase() },
  }),
  'AWS::DynamoDB::Table': (resource) => {
    const name = nameOf(resource, 255)
    return { ref: name, attributes: { Arn: arn(resource, 'dynamodb', `table/${name}`) } }
  },
  'AWS::Events::Rule': (resource) => ({
    ref: nameOf(resource, 64),
    attributes: { Arn: arn(resource, 'events', `rule/${nameOf(resource, 64)}`) },
  }),
  'AWS::IAM::ManagedPolicy': (resource) => ({
    ref: `arn:aws:iam::${resource.accountId}:policy/${nameOf(resource, 128)}`,
    attributes: {},
  }),
  'AWS::IAM::Role': (resource) => ({
    ref: nameOf(resource, 64),
    attributes: { Arn: `arn:aws:iam::${resource.accountId}:role/${nameOf(resource, 64)}` },
  }),
  'AWS::KMS::Key': (resource) => {
    const id = resource.keyId(resource.logicalId)
    return { ref: id, attributes: { Arn: arn(resource, 'kms', `key/${id}`), KeyId: id } }
  },
  'AWS::Lambda::Function': (resource) => ({
    ref: resource.logicalId,
    attributes: { Arn: arn(resource, 'lambda', `function:${resource.logicalId}`) },
  }),
  'AWS::Logs::LogGroup': (resource) => {
    const name = nameOf(resource, 512)
    return { ref: name, attributes: { Arn: arn(resource, 'logs', `log-group:${name}:*`) } }
  },
  'AWS::SNS::Topic': (resource) => {
    const name = nameOf(resource, 256)
    const topicArn = arn(resource, 'sns', name)
    return { ref: topicArn, attributes: { TopicArn: topicArn, TopicName: name } }
  },
  'AWS::SQS::Queue': (resource) => {
    const name = nameOf(resource, 80)
    return { ref: resource.queueUrl(name), attributes: { Arn: arn(resource, 'sqs', name), QueueName: name } }
  },
}

/** What `Ref` and `Fn::GetAtt` give for a resource. Types with nothing of their own here have a `Ref` only. */
export function physical(type: string, resource: NamedResource): Physical {
  return byType[type]?.(resource) ?? { ref: resource.givenName ?? resource.logicalId, attributes: {} }
}

/** The last part of an ARN: of a function its logical id, of a queue its name. */
export function nameInArn(value: string): string {
  return value.slice(value.lastIndexOf(':') + 1)
}

function nameOf({ givenName, stackName, logicalId }: NamedResource, maxLength: number): string {
  const name = givenName ?? `${stackName}-${logicalId}`
  if (name.length <= maxLength) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, maxLength - digest.length - 1)}-${digest}`
}

/** The ARN of a resource of this account and region. */
export function arn(
  { region, accountId }: Pick<NamedResource, 'region' | 'accountId'>,
  service: string,
  resource: string,
): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`
}
