import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { withDeadline } from '../../lib/domain/deadline.ts'
import type { JobMessage } from '../../lib/domain/ports.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { type Fauxqs, startFauxqs } from '../../lib/local/services/fauxqs.ts'
import { sqsQueue } from '../../lib/queue/sqs-queue.ts'

let folder: string
let fauxqs: Fauxqs
let sqs: SQSClient
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'grantkeeper-queue-'))
  fauxqs = await startFauxqs(folder, 'us-east-1')
  sqs = new SQSClient(clientConfig(fauxqs.endpoint, 'us-east-1'))
})
afterAll(async () => {
  sqs?.destroy()
  await fauxqs?.close()
  rmSync(folder, { recursive: true })
})

const messages = (count: number): JobMessage[] =>
  Array.from({ length: count }, (_, place) => ({ orgId: 'a#b 漢', jobId: `job-${place}` }))

let queues = 0
const aQueueUrl = async (): Promise<string> =>
  (await sqs.send(new CreateQueueCommand({ QueueName: `queue-${++queues}` }))).QueueUrl ?? ''

/** The ids of the jobs in a queue, sorted. */
const received = async (QueueUrl: string): Promise<string[]> => {
  const ids: string[] = []
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    if (Messages.length === 0) return ids.sort()
    ids.push(...Messages.map(({ Body = '' }) => (JSON.parse(Body) as JobMessage).jobId))
  }
}

interface Entry {
  readonly Id: string
  readonly MessageBody: string
}

/** A client that takes of each batch only those entries that it is told to; it remembers the batches. */
const aTakingClient = (takes: (entry: Entry, request: number) => boolean) => {
  const batches: Entry[][] = []
  const send = async ({ input }: { input: { Entries: Entry[] } }) => {
    batches.push(input.Entries)
    return { Failed: input.Entries.filter((entry) => !takes(entry, batches.length)).map(({ Id }) => ({ Id })) }
  }
  return { batches, client: { send } as unknown as SQSClient }
}
const jobOf = ({ MessageBody }: Entry): string => (JSON.parse(MessageBody) as JobMessage).jobId

describe('messages', () => {
  test.each([0, 1, 10, 11, 25])('%i of them arrive, every one once and with ids only', async (count) => {
    const url = await aQueueUrl()

    await sqsQueue(sqs, () => url).send('jobs', messages(count))

    expect(await received(url)).toEqual(
      messages(count)
        .map(({ jobId }) => jobId)
        .sort(),
    )
  })

  test('go to the queue that is named', async () => {
    const urls = { jobs: await aQueueUrl(), chunks: await aQueueUrl() }

    await sqsQueue(sqs, (name) => urls[name]).send('chunks', messages(1))

    expect([await received(urls.jobs), await received(urls.chunks)]).toEqual([[], ['job-0']])
  })

  test('that a batch leaves out are sent again, and no others', async () => {
    const { batches, client } = aTakingClient((entry, request) => request > 2 || ['0', '3'].includes(entry.Id))

    await sqsQueue(client, () => 'url').send('jobs', messages(5))

    expect(batches.map((batch) => batch.map(jobOf))).toEqual([
      ['job-0', 'job-1', 'job-2', 'job-3', 'job-4'],
      ['job-1', 'job-2', 'job-4'],
      ['job-1', 'job-2', 'job-4'],
    ])
  })

  test('that are never taken are an error, and later batches are not sent then', async () => {
    const { batches, client } = aTakingClient((entry) => jobOf(entry) !== 'job-4')

    await expect(sqsQueue(client, () => 'url').send('jobs', messages(15))).rejects.toThrow('SQS did not take')

    expect(batches.flat().map(jobOf)).not.toContain('job-14')
    expect(batches.length).toBeLessThan(10)
  })

  test('to a queue that is not there are an error', async () => {
    const nowhere = sqsQueue(sqs, () => `${fauxqs.endpoint}/000000000000/nowhere`)

    await expect(nowhere.send('jobs', messages(1))).rejects.toMatchObject({ name: expect.stringMatching(/Queue/) })
  })

  test('are not waited for longer than their request has', async () => {
    const url = await aQueueUrl()

    const late = withDeadline(0, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await sqsQueue(sqs, () => url).send('jobs', messages(1))
    })

    await expect(late).rejects.toMatchObject({ name: 'AbortError' })
  })
})
