import { randomBytes } from 'node:crypto'
import type { FunctionDefinition } from '../model.ts'

/** The account of everything local. */
export const ACCOUNT_ID = '000000000000'

/**
 * The environment variables of one execution environment: the function's own and those Lambda sets.
 * `AWS_LAMBDA_RUNTIME_API` and `AWS_EXECUTION_ENV` are left out: they would say that this is Lambda.
 */
export function lambdaEnv(definition: FunctionDefinition): Record<string, string> {
  const name = definition.logicalId
  return {
    PATH: process.env.PATH ?? '',
    ...definition.environment,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    LAMBDA_TASK_ROOT: definition.codeDir,
    _HANDLER: definition.handler,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(),
  }
}

/** The ARN by which the function is invoked. */
export function functionArn(definition: FunctionDefinition): string {
  const region = definition.environment.AWS_REGION ?? 'us-east-1'
  return `arn:aws:lambda:${region}:${ACCOUNT_ID}:function:${definition.logicalId}`
}

function logStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`
}
