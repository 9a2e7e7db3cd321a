import { RemovalPolicy } from 'aws-cdk-lib'
import { Topic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { CONTEXT_PREFIX } from './context-prefix.ts'
import type { GrantkeeperProps } from './props.ts'

/** What the context may set. */
export type Setting = keyof Omit<
  GrantkeeperProps,
  'issuer' | 'audience' | 'orgClaim' | 'rolesClaim' | 'publicBaseUrl' | 'handlersPath'
>
type Reader = (value: unknown, scope: Construct) => unknown

const asIs: Reader = (value) => value
const list: Reader = (value) => (typeof value === 'string' ? value.split(',').filter((item) => item !== '') : value)
/** `-c` gives texts, where `cdk.json` gives numbers, flags and objects. What is no JSON is refused as a wrong value. */
const json: Reader = (value) => {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
/** EventBridge, which tells what happens to the key, publishes to standard topics alone. */
const topic: Reader = (arn, scope) => {
  if (typeof arn === 'string' && /^arn:[\w-]+:sns:[\w-]+:\d{12}:[\w-]+$/.test(arn)) {
    return Topic.fromTopicArn(scope, 'AlarmTopic', arn)
  }
  throw new TypeError(`alarmTopic must be the ARN of a standard SNS topic; it is ${JSON.stringify(arn)}`)
}
const policies: Readonly<Record<string, RemovalPolicy>> = {
  RETAIN: RemovalPolicy.RETAIN,
  DESTROY: RemovalPolicy.DESTROY,
}

const readers: Readonly<Record<Setting, Reader>> = {
  domain: json,
  allowedOrigins: list,
  userConnectionsSource: asIs,
  privateHosts: list,
  successUrl: asIs,
  errorUrl: asIs,
  keyArn: asIs,
  previousKeyArns: list,
  dataKeyRotationDays: json,
  dataKeyCacheSeconds: json,
  throttle: json,
  operationThrottles: json,
  logRetention: json,
  logLevel: asIs,
  accessLog: json,
  auditInTable: json,
  tracing: json,
  alarmTopic: topic,
  webAclArn: asIs,
  removalPolicy: (value) => policies[String(value)] ?? value,
  deletionProtection: json,
  tableName: asIs,
  existingTableName: asIs,
}

/**
 * The properties that the CDK context sets, each as `grantkeeper:<property>`: by `cdk deploy -c`, or in `cdk.json`.
 * Throws TypeError for a name that is none, since a misspelt setting would be silently missing.
 */
export const propsFromContext = (scope: Construct): Partial<GrantkeeperProps> => {
  const given = Object.entries(scope.node.getAllContext() as Record<string, unknown>).filter(([name]) =>
    name.startsWith(CONTEXT_PREFIX),
  )
  return Object.fromEntries(
    given.map(([key, value]) => {
      const name = key.slice(CONTEXT_PREFIX.length)
      if (!Object.hasOwn(readers, name)) {
        throw new TypeError(`There is no setting ${key}; there are ${Object.keys(readers).join(', ')}`)
      }
      return [name, readers[name as Setting](value, scope)]
    }),
  )
}
