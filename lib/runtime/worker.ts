import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { MAX_RECEIVES } from '../contract/workers.ts'
import { withDeadline } from '../domain/deadline.ts'
import { allDone } from './before-answering.ts'
import { describeError, logger } from './logger.ts'

/** Left to answer in. */
const MARGIN_MS = 2_000

interface Work<Message> {
  /** Undefined for a body that is no message of ours. */
  readonly read: (body: string) => Message | undefined
  readonly run: (message: Message) => Promise<void>
  /** Puts the failure where somebody sees it. Called before the last receive of a message fails. */
  readonly giveUp: (message: Message) => Promise<void>
}

/** The Lambda handler of a queue: what fails is reported by itself, so that only that is delivered again. */
export const worker =
  <Message>(work: Work<Message>) =>
  async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = []
    for (const record of event.Records) {
      if (!(await handled(work, record, context))) batchItemFailures.push({ itemIdentifier: record.messageId })
    }
    return { batchItemFailures }
  }

const handled = async <Message>(
  { read, run, giveUp }: Work<Message>,
  record: SQSRecord,
  context: Context,
): Promise<boolean> => {
  const message = read(record.body)
  const receives = Number(record.attributes.ApproximateReceiveCount)
  try {
    if (message === undefined) throw new TypeError('The message cannot be read')
    await withDeadline(context.getRemainingTimeInMillis() - MARGIN_MS, async () => {
      await run(message)
      await allDone()
    })
    logger.info('message handled', { messageId: record.messageId, receives, ...message })
    return true
  } catch (error) {
    logger.error('message failed', { messageId: record.messageId, receives, ...describeError(error) })
    if (message !== undefined && receives >= MAX_RECEIVES) {
      await giveUp(message).catch((failure: unknown) => logger.error('giving up failed', describeError(failure)))
    }
    return false
  }
}
