import {
  AccessLogField,
  AccessLogFormat,
  type IAccessLogDestination,
  LogGroupLogDestination,
  type MethodDeploymentOptions,
  type StageOptions,
} from 'aws-cdk-lib/aws-apigateway'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { operations, pathsOf } from '../contract/index.ts'
import type { Operation } from '../contract/operation.ts'
import type { GrantkeeperProps, Throttle } from './props.ts'
import { policyOf } from './removal.ts'

/** A literal, and not taken from the stage, so that a function's environment can name it: the stage needs the functions. */
const STAGE = 'v1'

/** Below what a new account has where it has least: a stage may not be given more than its account. */
const everywhere: Throttle = { ratePerSecond: 1000, burst: 1000 }

/** How the stage throttles, traces and logs. */
export const stageOptions = (
  scope: Construct,
  { throttle, operationThrottles = {}, tracing = false, accessLog, ...props }: GrantkeeperProps,
): StageOptions & { readonly stageName: string } => ({
  stageName: STAGE,
  ...limits(throttle ?? everywhere),
  methodOptions: Object.fromEntries(
    operations.flatMap((operation): [string, MethodDeploymentOptions][] => {
      const own = operationThrottles[operation.id]
      if (!own) return []
      return pathsOf(operation).flatMap((path) =>
        methodsOf(operation).map((method): [string, MethodDeploymentOptions] => [
          `${path.replace(/\/$/, '')}/${method}`,
          limits(own),
        ]),
      )
    }),
  ),
  ...(tracing && { tracingEnabled: true }),
  ...(accessLog && { accessLogDestination: destination(scope, props), accessLogFormat: lines }),
})

/** Settings name methods one by one: ANY is none of them. */
const methodsOf = ({ method }: Operation): readonly string[] =>
  method === 'ANY' ? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] : [method]

const limits = ({ ratePerSecond, burst }: Throttle): MethodDeploymentOptions => ({
  throttlingRateLimit: ratePerSecond,
  throttlingBurstLimit: burst,
})

const destination = (
  scope: Construct,
  { logRetention = RetentionDays.THREE_MONTHS, removalPolicy }: GrantkeeperProps,
): IAccessLogDestination =>
  new LogGroupLogDestination(
    new LogGroup(scope, 'AccessLog', { retention: logRetention, removalPolicy: policyOf({ removalPolicy }) }),
  )

/** Who asked for what, and what came of it. No query, and no header: states, codes and tokens travel there. */
const lines = AccessLogFormat.custom(
  JSON.stringify({
    requestId: AccessLogField.contextRequestId(),
    at: AccessLogField.contextRequestTimeEpoch(),
    ip: AccessLogField.contextIdentitySourceIp(),
    method: AccessLogField.contextHttpMethod(),
    resource: AccessLogField.contextResourcePath(),
    status: AccessLogField.contextStatus(),
    error: AccessLogField.contextErrorResponseType(),
    orgId: AccessLogField.contextAuthorizer('orgId'),
    userId: AccessLogField.contextAuthorizer('userId'),
    milliseconds: AccessLogField.contextResponseLatency(),
    bytes: AccessLogField.contextResponseLength(),
  }),
)
