import type { SQSEvent } from 'aws-lambda'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { MAX_RECEIVES } from '../../lib/contract/workers.ts'
import { remainingMs } from '../../lib/domain/deadline.ts'
import { logger } from '../../lib/runtime/logger.ts'
import { readChunkMessage, readJobMessage } from '../../lib/runtime/messages.ts'
import { scheduled } from '../../lib/runtime/scheduled.ts'
import { worker } from '../../lib/runtime/worker.ts'
import { aContext } from './events.ts'

const info = vi.spyOn(logger, 'info').mockReturnValue(undefined)
const error = vi.spyOn(logger, 'error').mockReturnValue(undefined)
beforeEach(() => {
  info.mockClear()
  error.mockClear()
})

/** A batch of jobs, each with how often it was received by now. */
const batch = (...records: [jobId: string, receives: number][]): SQSEvent =>
  ({
    Records: records.map(([jobId, receives]) => ({
      messageId: `message-of-${jobId}`,
      body: jobId === 'garbage' ? 'garbage' : JSON.stringify({ orgId: 'acme', jobId }),
      attributes: { ApproximateReceiveCount: String(receives) },
    })),
  }) as unknown as SQSEvent

/** A worker that fails on jobs whose name says so, with what it did. */
const aWorker = (giveUp: () => Promise<void> = async () => undefined) => {
  const ran: string[] = []
  const gaveUp: string[] = []
  const handler = worker({
    read: readJobMessage,
    run: async ({ jobId }) => {
      ran.push(jobId)
      if (jobId.startsWith('bad')) throw new Error('canary')
    },
    giveUp: async ({ jobId }) => {
      gaveUp.push(jobId)
      await giveUp()
    },
  })
  const failures = async (event: SQSEvent): Promise<string[]> =>
    (await handler(event, aContext())).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
  return { ran, gaveUp, failures }
}

describe('a worker', () => {
  test('reports exactly the messages that failed, and works on after them', async () => {
    const { ran, failures } = aWorker()

    const failed = await failures(
      batch(['one', 1], ['bad-1', 1], ['two', 1], ['garbage', 1], ['bad-2', 2], ['three', 1]),
    )

    expect(failed).toEqual(['message-of-bad-1', 'message-of-garbage', 'message-of-bad-2'])
    expect(ran).toEqual(['one', 'bad-1', 'two', 'bad-2', 'three'])
  })

  test('has nothing to report of an empty batch', async () => {
    expect(await aWorker().failures(batch())).toEqual([])
  })

  test.each(Array.from({ length: MAX_RECEIVES + 1 }, (_, index) => index + 1))(
    'that receives a message that fails for the %i. time gives it up when it was the last',
    async (receives) => {
      const { gaveUp, failures } = aWorker()

      const failed = await failures(batch(['bad', receives], ['good', receives]))

      expect(gaveUp).toEqual(receives >= MAX_RECEIVES ? ['bad'] : [])
      expect(failed).toEqual(['message-of-bad'])
    },
  )

  test('whose giving up fails as well reports the message all the same', async () => {
    const { failures } = aWorker(() => Promise.reject(new Error('canary')))

    expect(await failures(batch(['bad', MAX_RECEIVES], ['good', 1]))).toEqual(['message-of-bad'])
    expect(error.mock.calls.map(([message]) => message)).toEqual(['message failed', 'giving up failed'])
  })

  test('never gives up what it cannot read: there is nothing to put an end to', async () => {
    const { gaveUp, failures } = aWorker()

    expect(await failures(batch(['garbage', MAX_RECEIVES]))).toEqual(['message-of-garbage'])
    expect(gaveUp).toEqual([])
  })

  test("logs ids and outcomes, and nothing of an error's text", async () => {
    await aWorker(() => Promise.reject(new Error('canary'))).failures(batch(['one', 1], ['bad', MAX_RECEIVES]))

    expect(info.mock.calls).toEqual([
      ['message handled', { messageId: 'message-of-one', receives: 1, orgId: 'acme', jobId: 'one' }],
    ])
    expect(JSON.stringify(error.mock.calls)).not.toContain('canary')
  })

  test('has the time of its function, less a moment to answer in', async () => {
    let left = Number.NaN
    const handler = worker({
      read: readJobMessage,
      run: async () => {
        left = remainingMs()
      },
      giveUp: async () => undefined,
    })

    await handler(batch(['one', 1]), aContext(300_000))

    expect(left).toBeLessThanOrEqual(298_000)
    expect(left).toBeGreaterThan(290_000)
  })
})

describe('a message', () => {
  test.each<[string, string, boolean, boolean]>([
    ['of a job', '{"orgId":"acme","jobId":"j"}', true, false],
    ['of a chunk', '{"orgId":"acme","jobId":"j","chunkId":"c"}', true, true],
    ['with more than we send', '{"orgId":"acme","jobId":"j","chunkId":"c","x":1}', true, true],
    ['without an organization', '{"jobId":"j","chunkId":"c"}', false, false],
    ['with an empty id', '{"orgId":"acme","jobId":"","chunkId":""}', false, false],
    ['with an id that is a number', '{"orgId":"acme","jobId":7,"chunkId":7}', false, false],
    ['that is null', 'null', false, false],
    ['that is a list', '[]', false, false],
    ['that is no JSON', 'garbage', false, false],
    ['that is nothing', '', false, false],
  ])('%s is read as a job: %# %s', (_, body, isJob, isChunk) => {
    expect([readJobMessage(body) !== undefined, readChunkMessage(body) !== undefined]).toEqual([isJob, isChunk])
  })

  test('is what we send, without anything beside it', () => {
    expect(readChunkMessage('{"orgId":"acme","jobId":"j","chunkId":"c","evil":1}')).toEqual({
      orgId: 'acme',
      jobId: 'j',
      chunkId: 'c',
    })
  })
})

describe('a schedule', () => {
  test('does its work within the time of its function, and logs what came of it', async () => {
    let left = Number.NaN
    const handler = scheduled('sweep', async () => {
      left = remainingMs()
      return { due: 2, failed: 0, stuck: 0 }
    })

    await handler({}, aContext(60_000))

    expect(left).toBeLessThanOrEqual(58_000)
    expect(info.mock.calls).toEqual([['sweep done', { due: 2, failed: 0, stuck: 0 }]])
  })

  test('that fails is an error of its function, which alarms count', async () => {
    const handler = scheduled('sweep', () => Promise.reject(new Error('failed')))

    await expect(handler({}, aContext())).rejects.toThrow('failed')
  })
})
