import { Duration } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { APPLICATION, type Grant, type QueueName } from '../contract/grant.ts'
import type { Data } from './data.ts'
import { statementsFor, usesKey, usesTable } from './permissions.ts'
import type { WorkQueue } from './queues.ts'

/** What all functions of a deployment share. */
export interface Platform {
  readonly code: lambda.Code
  readonly data: Data
  readonly queues: Readonly<Record<QueueName, WorkQueue>>
  readonly publicBaseUrl: string
  readonly privateHosts: readonly string[]
  readonly dataKeyCacheSeconds: number
  readonly logRetention: logs.RetentionDays
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
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: platform.logRetention })
    const writeLog = new iam.PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    })
    const granted = statementsFor(grants, {
      tableArn: data.table.tableArn,
      keyArn: data.key.keyArn,
      queueArns: { jobs: queues.jobs.queue.queueArn, chunks: queues.chunks.queue.queueArn },
    })
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { Grants: new iam.PolicyDocument({ statements: [writeLog, ...granted, ...statements] }) },
    })
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
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...(recursiveLoop !== undefined && { recursiveLoop }),
      environment: { ...environmentFor(platform, grants), ...environment },
    })
  }
}

/** What the environment says of the deployment: a function is told only of what it may use. */
const environmentFor = (platform: Platform, grants: readonly Grant[]): Record<string, string> => {
  const { data, queues, publicBaseUrl, privateHosts, dataKeyCacheSeconds } = platform
  return {
    POWERTOOLS_SERVICE_NAME: APPLICATION,
    PUBLIC_BASE_URL: publicBaseUrl,
    ...(privateHosts.length > 0 && { PRIVATE_HOSTS: privateHosts.join(',') }),
    ...(usesTable(grants) && { TABLE_NAME: data.table.tableName }),
    ...(usesKey(grants) && { KEY_ARN: data.key.keyArn, DATA_KEY_CACHE_SECONDS: String(dataKeyCacheSeconds) }),
    ...(grants.includes('send:jobs') && { JOBS_QUEUE_URL: queues.jobs.queue.queueUrl }),
    ...(grants.includes('send:chunks') && { CHUNKS_QUEUE_URL: queues.chunks.queue.queueUrl }),
  }
}
