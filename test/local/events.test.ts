import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failedMessages } from '../../lib/local/events/batch-failures.ts'
import { startEventSource } from '../../lib/local/events/event-source.ts'
import { startSchedule } from '../../lib/local/events/schedule.ts'
import type { Functions, InvokeResult } from '../../lib/local/model.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { type Fauxqs, startFauxqs } from '../../lib/local/services/fauxqs.ts'

const region = 'us-east-1'
const root = mkdtempSync(join(tmpdir(), 'events-'))
let fauxqs: Fauxqs
let client: SQSClient
beforeAll(async () => {
  fauxqs = await startFauxqs(root, region)
  client = new SQSClient(clientConfig(fauxqs.endpoint, region))
})
afterAll(async () => {
  client.destroy()
  await fauxqs.close()
  rmSync(root, { recursive: true })
})

/** Functions that keep their events and answer as told. */
function recorder(answer: (event: SQSEvent) => Promise<InvokeResult> | InvokeResult) {
  const seen: SQSEvent[] = []
  const functions: Functions = {
    async invoke(_logicalId, event) {
      seen.push(event as SQSEvent)
      return answer(event as SQSEvent)
    },
    kill: () => 0,
    close: async () => undefined,
  }
  return { seen, functions }
}

const ok = (payload: unknown): InvokeResult => ({ kind: 'ok', payload })
const failAll: InvokeResult = { kind: 'error', errorType: 'Error', errorMessage: 'no' }

async function aQueue(name: string, visibilitySeconds: number, bodies: readonly string[]) {
  const Attributes = { VisibilityTimeout: String(visibilitySeconds) }
  const { QueueUrl: queueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }))
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }))
  if (Entries.length > 0) await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
  return {
    functionId: 'Worker',
    queueArn: `arn:aws:sqs:${region}:000000000000:${name}`,
    queueUrl,
    batchSize: 10,
    windowSeconds: 0,
    reportsItemFailures: true,
    maximumConcurrency: 5,
  }
}

async function until(condition: () => boolean | Promise<boolean>) {
  for (let tries = 0; tries < 500 && !(await condition()); tries++) await delay(20)
}

async function messagesIn(QueueUrl: string) {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  )
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes?.[name]), 0)
}

describe('an event source', () => {
  test('gives the function messages in the shape of Lambda', async () => {
    const source = await aQueue('shape', 30, [])
    const { seen, functions } = recorder(() => ok(null))
    const loop = startEventSource(source, functions, client)
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'a' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from('b') },
    }
    await client.send(new SendMessageCommand({ QueueUrl: source.queueUrl, MessageBody: 'hello', MessageAttributes }))

    await until(() => seen.length > 0)
    await loop.stop()

    expect(seen[0]?.Records).toEqual([
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: 'hello',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: '000000000000',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {
          kind: { dataType: 'String', stringValue: 'a', stringListValues: [], binaryListValues: [] },
          raw: { dataType: 'Binary', binaryValue: 'Yg==', stringListValues: [], binaryListValues: [] },
        },
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        md5OfMessageAttributes: expect.any(String),
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:shape',
        awsRegion: 'us-east-1',
      },
    ])
  })

  test('deletes what succeeded and gives what failed again after the visibility timeout', async () => {
    const source = await aQueue('partial', 1, ['good', 'bad', 'fine'])
    const { seen, functions } = recorder(({ Records }) => {
      const failed = Records.filter(
        ({ body, attributes }) => body === 'bad' && attributes.ApproximateReceiveCount === '1',
      )
      return ok({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) })
    })
    const loop = startEventSource(source, functions, client)

    await until(async () => seen.length > 1 && (await messagesIn(source.queueUrl)) === 0)
    await loop.stop()

    const bodies = seen.map(({ Records }) => Records.map(({ body }) => body))
    expect(bodies).toEqual([['good', 'bad', 'fine'], ['bad']])
    expect(await messagesIn(source.queueUrl)).toBe(0)
  })

  test('keeps the whole batch when the function fails', async () => {
    const source = await aQueue('failing', 30, ['a', 'b'])
    const { seen, functions } = recorder(() => failAll)
    const loop = startEventSource(source, functions, client)

    await until(() => seen.length > 0)
    await loop.stop()

    expect(await messagesIn(source.queueUrl)).toBe(2)
  })

  test('has no more batches under way than told', async () => {
    const source = await aQueue('concurrency', 30, ['1', '2', '3', '4', '5', '6'])
    let running = 0
    let most = 0
    const { seen, functions } = recorder(async () => {
      most = Math.max(most, ++running)
      await delay(50)
      running--
      return ok(null)
    })
    const loop = startEventSource({ ...source, batchSize: 1, maximumConcurrency: 2 }, functions, client)

    await until(() => seen.length === 6)
    await loop.stop()

    expect([seen.length, most]).toEqual([6, 2])
  })

  test('gathers a batch over the window, also beyond ten messages', async () => {
    const source = await aQueue('window', 30, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
    const Entries = ['11', '12'].map((MessageBody) => ({ Id: MessageBody, MessageBody }))
    await client.send(new SendMessageBatchCommand({ QueueUrl: source.queueUrl, Entries }))
    const { seen, functions } = recorder(() => ok(null))

    const loop = startEventSource({ ...source, batchSize: 12, windowSeconds: 5 }, functions, client)
    await until(async () => seen.length > 0 && (await messagesIn(source.queueUrl)) === 0)
    await loop.stop()

    expect(seen.map(({ Records }) => Records.length)).toEqual([12])
    expect(await messagesIn(source.queueUrl)).toBe(0)
  })

  test('takes nothing any more once it has stopped', async () => {
    const source = await aQueue('stopped', 30, [])
    const { seen, functions } = recorder(() => ok(null))
    const loop = startEventSource(source, functions, client)

    await loop.stop()
    await client.send(new SendMessageCommand({ QueueUrl: source.queueUrl, MessageBody: 'late' }))
    await delay(100)

    expect([seen.length, await messagesIn(source.queueUrl)]).toEqual([0, 1])
  })

  test('goes on when the queue could not be reached for a while', async () => {
    const source = await aQueue('away', 30, ['a'])
    const { seen, functions } = recorder(() => ok(null))
    let refusals = 1
    const unsteady = new SQSClient({ ...clientConfig(fauxqs.endpoint, region), maxAttempts: 1 })
    unsteady.middlewareStack.add((next) => (args) => {
      if (refusals-- > 0) throw new Error('connection refused')
      return next(args)
    })
    const loop = startEventSource(source, functions, unsteady)

    await until(() => seen.length > 0)
    await loop.stop()
    unsteady.destroy()

    expect(seen.length).toBe(1)
  })
})

describe('what a batch answers', () => {
  const ids = new Set(['a', 'b'])

  test.each<[string, InvokeResult, string[]]>([
    ['nothing', ok(null), []],
    ['an empty object', ok({}), []],
    ['no list', ok({ batchItemFailures: null }), []],
    ['an empty list', ok({ batchItemFailures: [] }), []],
    ['one message', ok({ batchItemFailures: [{ itemIdentifier: 'b' }] }), ['b']],
    ['an empty id', ok({ batchItemFailures: [{ itemIdentifier: '' }] }), ['a', 'b']],
    ['a null id', ok({ batchItemFailures: [{ itemIdentifier: null }] }), ['a', 'b']],
    ['a misnamed id', ok({ batchItemFailures: [{ messageId: 'b' }] }), ['a', 'b']],
    ['a foreign id', ok({ batchItemFailures: [{ itemIdentifier: 'c' }] }), ['a', 'b']],
    ['text', ok('done'), ['a', 'b']],
    ['an exception', failAll, ['a', 'b']],
    ['a timeout', { kind: 'timeout' }, ['a', 'b']],
    ['the end of its environment', { kind: 'exit' }, ['a', 'b']],
  ])('%s', (_case, result, failed) => {
    expect([...failedMessages(result, ids, true)]).toEqual(failed)
  })

  test('is not looked at when the mapping does not ask for item failures', () => {
    expect([...failedMessages(ok({ batchItemFailures: [{ itemIdentifier: 'b' }] }), ids, false)]).toEqual([])
    expect([...failedMessages(failAll, ids, false)]).toEqual(['a', 'b'])
  })
})

describe('a schedule', () => {
  const schedule = {
    ruleArn: 'arn:aws:events:eu-west-1:123456789012:rule/Sweep',
    functionId: 'Sweeper',
    isPermitted: true,
  }

  test('fires at once with the event of EventBridge', async () => {
    const { seen, functions } = recorder(() => ok(null))
    const loop = startSchedule({ ...schedule, intervalSeconds: 3600 }, functions)

    await until(() => seen.length > 0)
    await loop.stop()

    expect(seen).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '123456789012',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        region: 'eu-west-1',
        resources: [schedule.ruleArn],
        detail: {},
      },
    ])
  })

  test('fires again and again, also after failures, with the constant input of its rule', async () => {
    const { seen, functions } = recorder(() => {
      throw new Error('no such function')
    })
    const loop = startSchedule({ ...schedule, intervalSeconds: 0.02, input: { kind: 'sweep' } }, functions)

    await until(() => seen.length > 2)
    await loop.stop()

    expect(seen.slice(0, 3)).toEqual([{ kind: 'sweep' }, { kind: 'sweep' }, { kind: 'sweep' }])
  })

  test('does not overlap itself', async () => {
    let running = 0
    let most = 0
    const { seen, functions } = recorder(async () => {
      most = Math.max(most, ++running)
      await delay(50)
      running--
      return ok(null)
    })
    const loop = startSchedule({ ...schedule, intervalSeconds: 0.005 }, functions)

    await until(() => seen.length > 2)
    await loop.stop()

    expect(most).toBe(1)
  })

  test('does not fire early for an interval longer than timers can hold', async () => {
    const { seen, functions } = recorder(() => ok(null))
    const loop = startSchedule({ ...schedule, intervalSeconds: 30 * 86_400 }, functions)

    await delay(50)
    await loop.stop()

    expect(seen.length).toBe(1)
  })
})
