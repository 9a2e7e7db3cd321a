import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { QueueDefinition } from '../template/queues.ts'

/** Creates the queues that are not there yet and gives all of them the template's attributes. Messages are kept. */
export async function createQueues(client: SQSClient, queues: readonly QueueDefinition[]): Promise<void> {
  // All before any attribute: a redrive policy names another queue.
  for (const { name } of queues) await client.send(new CreateQueueCommand({ QueueName: name }))
  for (const { url, attributes } of queues) {
    await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { ...attributes } }))
  }
}
