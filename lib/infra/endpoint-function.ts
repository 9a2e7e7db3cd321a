import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { APPLICATION, type Grant, type QueueName } from '../contract/grant.ts'
import { acknowledge } from './acknowledged.ts'
import type { Data } from './data.ts'
import { isAudited, keepsKeys, statementsFor, usesKey, usesTable } from './permissions.ts'
import type { LogLevel } from './props.ts'
import type { WorkQueue } from './queues.ts'

/** What all functions of a deployment share. */
export interface Platform {
  readonly code: lambda.Code
  readonly data: Data
  readonly queues: Readonly<Record<QueueName, WorkQueue>>
  readonly publicBaseUrl: string
  readonly allowedOrigins: readonly string[]
  readonly privateHosts: readonly string[]
  readonly dataKeyCacheSeconds: number
  readonly dataKeyRotationDays: number
  readonly logRetention: logs.RetentionDays
  readonly logLevel: LogLevel
  readonly removalPolicy: RemovalPolicy
  readonly tracing: boolean
  /** Under which name the functions keep their metrics. */
  readonly deployment: string
  /** How many days the table keeps copies of audit records; none unless given. */
  readonly auditDays: number | undefined
}

/** What one function is. */
export interface EndpointFunctionProps {
  readonly platform: Platform
  readonly description: string
  /** As in the built asset: `<folder>/<file without extension>`. */
  readonly file: string
  readonly timeoutSeconds: number
  readonly grants: readonly Grant[]
  readonly environment?: Readonly<Record<string, string>>
  /** Rights besides those of the grants. */
  readonly statements?: readonly iam.PolicyStatement[]
  readonly recursiveLoop?: lambda.RecursiveLoop
}

/** A Lambda function with its own log group and role: it may write its log and do what its grants say. */
export class EndpointFunction extends Construct {
  readonly function: lambda.Function

  constructor(scope: Construct, id: string, props: EndpointFunctionProps) {
    super(scope, id)
    const { platform, description, file, timeoutSeconds, grants, environment, statements = [], recursiveLoop } = props
    const { data, queues } = platform
    // Audit lines are in there, so it stays when the function goes.
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: platform.logRetention,
      removalPolicy: platform.removalPolicy,
    })
    const writeLog = new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    })
    const words = platform.auditDays === undefined ? grants.filter((word) => word !== 'audit:put') : grants
    const granted = statementsFor(words, {
      tableArn: data.table.tableArn,
      key: data.key,
      queueArns: { jobs: queues.jobs.queue.queueArn, chunks: queues.chunks.queue.queueArn },
    })
    const traced = platform.tracing ? [writeTraces()] : []
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      // Inline, because a policy of its own is a resource more for every function.
      inlinePolicies: {
        // Merged and in order whatever the flags of the app are.
        Grants: new iam.PolicyDocument({
          statements: [writeLog, ...traced, ...granted, ...statements],
          minimize: true,
        }),
      },
    })
    const stars = [...(platform.tracing ? ['*'] : []), ...(data.key.resource === undefined ? [] : [data.key.resource])]
    for (const star of stars) acknowledge(role, 'AwsSolutions-IAM5', `Resource::${star}`)
    if (stars.length > 0) acknowledge(role, 'Serverless-LambdaStarPermissions')
    this.function = new lambda.Function(this, 'Function', {
      description,
      code: platform.code,
      handler: `${file}.handler`,
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(timeoutSeconds),
      role,
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      // Lambda takes a line without a level, as those of audit and metrics are, for INFO, and would drop it above that.
      applicationLogLevelV2:
        platform.logLevel === 'DEBUG' ? lambda.ApplicationLogLevel.DEBUG : lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...(recursiveLoop !== undefined && { recursiveLoop }),
      environment: { ...environmentFor(platform, grants), ...environment },
    })
    if (platform.tracing) {
      const resource = this.function.node.defaultChild as lambda.CfnFunction
      // The property of the construct would add a policy of its own to the role.
      resource.tracingConfig = { mode: 'Active' }
    }
  }
}

/** X-Ray knows no resources. */
const writeTraces = (): iam.PolicyStatement =>
  new iam.PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] })

/** What the environment says of the deployment: a function is told only of what it may use. */
const environmentFor = (platform: Platform, grants: readonly Grant[]): Record<string, string> => {
  const { data, queues, publicBaseUrl, allowedOrigins, privateHosts, dataKeyCacheSeconds, logLevel } = platform
  const { previousArns = [] } = data.key
  const auditDays = isAudited(grants) || grants.includes('audit:query') ? platform.auditDays : undefined
  return {
    POWERTOOLS_SERVICE_NAME: APPLICATION,
    POWERTOOLS_LOG_LEVEL: logLevel,
    DEPLOYMENT: platform.deployment,
    PUBLIC_BASE_URL: publicBaseUrl,
    ...(allowedOrigins.length > 0 && { ALLOWED_ORIGINS: allowedOrigins.join(',') }),
    ...(privateHosts.length > 0 && { PRIVATE_HOSTS: privateHosts.join(',') }),
    ...(auditDays !== undefined && { AUDIT_DAYS: String(auditDays) }),
    ...(usesTable(grants) && { TABLE_NAME: data.table.tableName }),
    ...(usesKey(grants) && { KEY_ARN: data.key.arn, DATA_KEY_CACHE_SECONDS: String(dataKeyCacheSeconds) }),
    ...(usesKey(grants) && previousArns.length > 0 && { PREVIOUS_KEY_ARNS: previousArns.join(',') }),
    ...(keepsKeys(grants) && { DATA_KEY_ROTATION_DAYS: String(platform.dataKeyRotationDays) }),
    ...(grants.includes('send:jobs') && { JOBS_QUEUE_URL: queues.jobs.queue.queueUrl }),
    ...(grants.includes('send:chunks') && { CHUNKS_QUEUE_URL: queues.chunks.queue.queueUrl }),
  }
}
