import { setTimeout as delay } from 'node:timers/promises'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import type { Functions } from '../model.ts'
import type { EventSourceDefinition } from '../template/event-sources.ts'
import { failedMessages } from './batch-failures.ts'
import { type EventLoop, settle } from './event-loop.ts'
import { sqsEvent } from './sqs-event.ts'

/** The most messages SQS takes or gives at a time. */
const maxPerCall = 10
/** Short, so that a stop can let the last poll answer: a poll cut off could take a message with it. */
const pollSeconds = 1

/**
 * Polls a queue for a function as Lambda does. What succeeded is deleted;
 * what failed stays as it is and comes back after its visibility timeout.
 */
export function startEventSource(source: EventSourceDefinition, functions: Functions, client: SQSClient): EventLoop {
  const { functionId, queueArn, queueUrl: QueueUrl, batchSize } = source
  const aborter = new AbortController()
  const batches = new Set<Promise<void>>()
  let isStopping = false

  async function receive(count: number): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(count, maxPerCall),
      WaitTimeSeconds: pollSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
    const { Messages = [] } = await client.send(command, { abortSignal: aborter.signal })
    return Messages
  }

  async function gather(): Promise<Message[]> {
    const messages = await receive(batchSize)
    const deadline = performance.now() + source.windowSeconds * 1000
    while (!isStopping && messages.length > 0 && messages.length < batchSize && performance.now() < deadline) {
      messages.push(...(await receive(batchSize - messages.length)))
    }
    return messages
  }

  async function handle(messages: readonly Message[]): Promise<void> {
    const messageIds = new Set(messages.map(({ MessageId = '' }) => MessageId))
    const result = await functions.invoke(functionId, sqsEvent(messages, queueArn))
    const failed = failedMessages(result, messageIds, source.reportsItemFailures)
    for (const Entries of entries(messages.filter(({ MessageId = '' }) => !failed.has(MessageId)))) {
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    }
  }

  async function putBack(messages: readonly Message[]): Promise<void> {
    for (const batch of entries(messages)) {
      const Entries = batch.map((entry) => ({ ...entry, VisibilityTimeout: 0 }))
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
    }
  }

  async function poll(): Promise<void> {
    const messages = await gather()
    if (messages.length === 0) return
    if (isStopping) return putBack(messages)
    // A failure to delete leaves the messages to be delivered again, which a handler must bear anyway.
    const batch = handle(messages)
      .catch(() => undefined)
      .finally(() => batches.delete(batch))
    batches.add(batch)
    if (batches.size >= source.maximumConcurrency) await Promise.race(batches)
  }

  async function run(): Promise<void> {
    while (!isStopping) {
      // While the queue cannot be reached there is nothing to do but to try again.
      await poll().catch(() => delay(1000, undefined, { signal: aborter.signal }).catch(() => undefined))
    }
  }

  const running = run()
  return {
    async stop() {
      isStopping = true
      await settle(Promise.all([running, ...batches]))
      aborter.abort()
    },
  }
}

function entries(messages: readonly Message[]): { Id: string; ReceiptHandle: string }[][] {
  const all = messages.map(({ ReceiptHandle = '' }, index) => ({ Id: String(index), ReceiptHandle }))
  return Array.from({ length: Math.ceil(all.length / maxPerCall) }, (_, part) =>
    all.slice(part * maxPerCall, (part + 1) * maxPerCall),
  )
}
