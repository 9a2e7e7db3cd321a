import * as z from 'zod'
import type { InvokeResult } from '../model.ts'

const responseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish()

/**
 * The ids of the messages that failed, out of those of the batch.
 * An invocation that failed, an answer of another shape and an id that was not in the batch fail all of them.
 */
export function failedMessages(
  result: InvokeResult,
  messageIds: ReadonlySet<string>,
  reportsItemFailures: boolean,
): ReadonlySet<string> {
  if (result.kind !== 'ok') return messageIds
  if (!reportsItemFailures) return new Set()
  const response = responseSchema.safeParse(result.payload)
  if (!response.success) return messageIds
  const failed = new Set(response.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier))
  return [...failed].every((messageId) => messageIds.has(messageId)) ? failed : messageIds
}
