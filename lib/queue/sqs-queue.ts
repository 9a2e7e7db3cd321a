import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { QueueName } from '../contract/grant.ts'
import { deadlineSignal } from '../domain/deadline.ts'
import type { Queue } from '../domain/ports.ts'

/** One request takes so many messages. */
const BATCH = 10
const TRIES = 4

/** The queues. A batch answers 200 also when some messages were not taken, so each is looked at. */
export const sqsQueue = (client: SQSClient, queueUrl: (queue: QueueName) => string): Queue => ({
  send: async (queue, messages, delaySeconds = 0) => {
    for (let start = 0; start < messages.length; start += BATCH) {
      let left = messages.slice(start, start + BATCH).map((message, place) => ({
        Id: String(place),
        MessageBody: JSON.stringify(message),
        ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
      }))
      for (let tries = 0; left.length > 0; tries++) {
        if (tries === TRIES) throw new Error('SQS did not take every message')
        const abortSignal = deadlineSignal()
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl(queue), Entries: left }),
          abortSignal ? { abortSignal } : {},
        )
        const failed = new Set(Failed.map(({ Id }) => Id))
        left = left.filter(({ Id }) => failed.has(Id))
      }
    }
  },
})
