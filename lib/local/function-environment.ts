import type { FunctionDefinition } from './model.ts'
import { accessKeyIdOf, localSecretAccessKey } from './services/client-config.ts'
import type { Endpoints } from './services/services.ts'

/** The environment variables of a function: the template's, then where the services are, then the given ones. */
export function functionEnvironment(
  { logicalId, environment }: FunctionDefinition,
  { region, endpoints, extra }: { region: string; endpoints: Endpoints; extra: Readonly<Record<string, string>> },
): Record<string, string> {
  return {
    ...environment,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyIdOf(logicalId),
    AWS_SECRET_ACCESS_KEY: localSecretAccessKey,
    DYNAMODB_ENDPOINT: endpoints.dynamodb,
    SQS_ENDPOINT: endpoints.sqs,
    KMS_ENDPOINT: endpoints.kms,
    ...extra,
  }
}
