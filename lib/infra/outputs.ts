import { CfnOutput } from 'aws-cdk-lib'
import type { Grantkeeper } from './grantkeeper.ts'

/**
 * Adds what whoever deploys needs to know to the outputs of the stack, under names that are the same wherever the construct
 * stands. Of each URL there is one: that of API Gateway would mislead where there is a domain name.
 */
export const addOutputs = (grantkeeper: Grantkeeper): void => {
  const { api, data, queues } = grantkeeper
  api.restApi.node.tryRemoveChild('Endpoint')
  const outputs = {
    ApiUrl: api.publicBaseUrl,
    ...(api.domain && { DomainTarget: api.domain.target }),
    ApiId: api.restApi.restApiId,
    TableName: data.table.tableName,
    KeyArn: data.key.arn,
    JobsQueueUrl: queues.jobs.queue.queueUrl,
    JobsDlqUrl: queues.jobs.deadLetters.queueUrl,
    ChunksDlqUrl: queues.chunks.deadLetters.queueUrl,
  }
  for (const [name, value] of Object.entries(outputs)) {
    new CfnOutput(grantkeeper, name, { value }).overrideLogicalId(name)
  }
}
