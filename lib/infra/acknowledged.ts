import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** What CDK itself and the AwsSolutions and Serverless packs of cdk-nag find, and why it is meant so. */
const reasons = {
  'Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment': 'Topic and rule must be of one account and region.',
  'AwsSolutions-APIG1':
    'The role that API Gateway logs by belongs to the account; the prop accessLog turns the log on.',
  'AwsSolutions-APIG2': 'Every function checks its request against the schemas of its row, and names each wrong field.',
  'AwsSolutions-APIG3': 'A web ACL has a price and rules of its own; the prop webAclArn takes one.',
  'AwsSolutions-APIG4': 'An operation for anyone: the document of the API, pages for people, and preflight requests.',
  'AwsSolutions-APIG6': 'Execution logs of a stage hold requests, and so tokens; each function logs ids and outcomes.',
  'AwsSolutions-COG4': 'Callers hold JWTs of the organization’s own issuer, which a Lambda authorizer verifies.',
  'AwsSolutions-IAM5': 'X-Ray knows no resources; of a key that is named by its alias a condition demands the alias.',
  'Serverless-APIGWAccessLogging': 'As AwsSolutions-APIG1.',
  'Serverless-APIGWXrayEnabled': 'Traces have a price; the prop tracing turns them on.',
  'Serverless-EventBusDLQ': 'The schedule comes again within a minute, and what a sweep has missed the next one finds.',
  'Serverless-LambdaDLQ': 'Functions are called by API Gateway and queues, for which Lambda uses no dead-letter queue.',
  'Serverless-LambdaEventSourceMappingDestination': 'What fails ends in the dead letters of its queue, by SQS itself.',
  'Serverless-LambdaStarPermissions': 'As AwsSolutions-IAM5.',
  'Serverless-LambdaTracing': 'As Serverless-APIGWXrayEnabled.',
  'Serverless-SQSRedrivePolicy': 'The queues without one are those of the dead letters.',
} as const

export type AcknowledgedRule = keyof typeof reasons

/** All that is acknowledged. */
export const acknowledgedRules = Object.keys(reasons) as AcknowledgedRule[]

/**
 * Says of a construct, and all that is in it, that what a rule finds is meant so. Of a rule that tells what it found,
 * such as `Resource::*`, that is named as well.
 */
export const acknowledge = (scope: IConstruct, rule: AcknowledgedRule, found?: string): void =>
  Validations.of(scope).acknowledge({ id: found === undefined ? rule : `${rule}[${found}]`, reason: reasons[rule] })
