import * as z from 'zod'
import { contextOf, type NeedsOf, read, Unreadable } from './input.ts'

const bodySchema = z.object({ QueueUrl: z.string() })

/** The action of each operation on a queue; a batch has none of its own. In its refusals SQS writes them so. */
const actions: Readonly<Record<string, string>> = {
  SendMessage: 'sendmessage',
  SendMessageBatch: 'sendmessage',
  ReceiveMessage: 'receivemessage',
  DeleteMessage: 'deletemessage',
  DeleteMessageBatch: 'deletemessage',
  ChangeMessageVisibility: 'changemessagevisibility',
  ChangeMessageVisibilityBatch: 'changemessagevisibility',
  GetQueueAttributes: 'getqueueattributes',
  PurgeQueue: 'purgequeue',
}

/** What a request to SQS needs: an action on the queue that its URL names. */
export function sqsNeeds(queueArn: (accountId: string, name: string) => string): NeedsOf {
  return (operation, body) => {
    const action = Object.hasOwn(actions, operation) ? actions[operation] : undefined
    if (action === undefined) return undefined
    const { QueueUrl } = read(bodySchema, body)
    const [, accountId, name] = /\/(\d{12})\/([^/]+)$/.exec(QueueUrl) ?? []
    if (accountId === undefined || name === undefined) throw new Unreadable(`${QueueUrl} is the URL of no queue`)
    return [{ action: `sqs:${action}`, resource: queueArn(accountId, name), context: contextOf({}) }]
  }
}
