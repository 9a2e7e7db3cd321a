import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { DeleteMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FaultProxy, type FaultProxyCall, startFaultProxy } from './fault-proxy.ts'

/** What the server behind the proxy has done, oldest first. */
const done: { operation: string; input: Record<string, unknown> }[] = []
let connections = 0

const answers: Record<string, (input: Record<string, unknown>) => object> = {
  GetItem: () => ({ Item: { pk: { S: 'a' }, n: { N: '1' } } }),
  BatchGetItem: ({ RequestItems }) => ({
    Responses: Object.fromEntries(
      Object.entries(RequestItems as Record<string, { Keys: object[] }>).map(([table, { Keys }]) => [table, Keys]),
    ),
    UnprocessedKeys: {},
  }),
  BatchWriteItem: () => ({ UnprocessedItems: {} }),
  SendMessage: () => ({ MessageId: 'm', MD5OfMessageBody: '0cc175b9c0f1b6a831c399e269772661' }),
  DeleteMessageBatch: () => ({ Successful: [{ Id: '1' }, { Id: '2' }], Failed: [] }),
  Decrypt: () => ({ Plaintext: 'YWJj' }),
}

const server = createServer(async (request: IncomingMessage, response) => {
  const body = await text(request)
  const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
  const input = JSON.parse(body)
  done.push({ operation, input })
  const answer = answers[operation]?.(input)
  // The checksum is that of no answer at all: whoever changes the body must not pass it on.
  response
    .writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'x-amz-crc32': '12345' })
    .end(JSON.stringify(answer))
}).on('connection', () => connections++)

let proxy: FaultProxy
let dynamo: DynamoDBClient
let sqs: SQSClient
let kms: KMSClient

const settings = (accessKeyId: string, maxAttempts: number) => ({
  region: 'eu-central-1',
  endpoint: proxy.url,
  credentials: { accessKeyId, secretAccessKey: 'secret' },
  maxAttempts,
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy = await startFaultProxy({ target: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  dynamo = new DynamoDBClient(settings('AKIADYNAMO', 3))
  sqs = new SQSClient(settings('AKIASQS', 3))
  kms = new KMSClient(settings('AKIAKMS', 3))
})

beforeEach(() => {
  proxy.reset()
  done.length = 0
})

afterAll(async () => {
  for (const client of [dynamo, sqs, kms]) client.destroy()
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
})

const key = (pk: string) => ({ pk: { S: pk } })
const get = new GetItemCommand({ TableName: 't', Key: key('a') })
const put = new PutItemCommand({ TableName: 't', Item: key('a') })
const send = new SendMessageCommand({ QueueUrl: 'http://127.0.0.1/1/q', MessageBody: 'a' })
const decrypt = new DecryptCommand({ CiphertextBlob: Buffer.from('x') })

const services: Record<string, (attempts: number) => Promise<object>> = {
  DynamoDB: (attempts) => once(new DynamoDBClient(settings('A', attempts)), (client) => client.send(get)),
  SQS: (attempts) => once(new SQSClient(settings('A', attempts)), (client) => client.send(send)),
  KMS: (attempts) => once(new KMSClient(settings('A', attempts)), (client) => client.send(decrypt)),
}

const once = <C extends { destroy(): void }>(client: C, call: (client: C) => Promise<object>): Promise<object> =>
  call(client).finally(() => client.destroy())

describe('without a fault', () => {
  test('calls pass, and are recorded by number, operation, caller, body and status', async () => {
    const item = await dynamo.send(get)
    await sqs.send(send)
    const plain = await kms.send(decrypt)

    expect(item.Item).toEqual({ pk: { S: 'a' }, n: { N: '1' } })
    expect(Buffer.from(plain.Plaintext ?? []).toString()).toBe('abc')
    expect(proxy.calls()).toMatchObject([
      {
        index: 1,
        service: 'dynamodb',
        operation: 'GetItem',
        caller: 'AKIADYNAMO',
        status: 200,
        body: { Key: key('a') },
      },
      {
        index: 2,
        service: 'sqs',
        operation: 'SendMessage',
        caller: 'AKIASQS',
        status: 200,
        body: { MessageBody: 'a' },
      },
      { index: 3, service: 'kms', operation: 'Decrypt', caller: 'AKIAKMS', status: 200 },
    ])
  })

  test('connections are kept', async () => {
    await dynamo.send(get)
    const before = connections

    for (let i = 0; i < 5; i++) await dynamo.send(get)

    expect(connections).toBe(before)
  })

  test('a listener hears of each call as it arrives, until it stops', async () => {
    const heard: FaultProxyCall[] = []
    const stop = proxy.onCall((call) => heard.push({ ...call }))

    await dynamo.send(get)
    stop()
    await dynamo.send(get)

    expect(heard).toEqual([expect.not.objectContaining({ status: 200 })])
    expect(heard).toMatchObject([{ index: 1, operation: 'GetItem' }])
  })
})

describe('the plan', () => {
  test('strikes by number, counted from the last reset', async () => {
    await dynamo.send(get)
    proxy.reset()
    proxy.plan({ at: 2, kind: 'error' })

    await dynamo.send(get)
    await dynamo.send(put)

    expect(proxy.calls().map(({ operation, fault, status }) => [operation, fault, status])).toEqual([
      ['GetItem', undefined, 200],
      ['PutItem', 'error', 500],
      ['PutItem', undefined, 200],
    ])
  })

  test('strikes what matches, as often as it says; the first of several wins', async () => {
    proxy.plan([
      { match: ({ operation }) => operation === 'PutItem', times: 2, kind: 'throttle' },
      { at: 1, times: 2, kind: 'delay', ms: 1 },
    ])

    await dynamo.send(get)
    await dynamo.send(put)

    expect(proxy.calls().map(({ operation, fault }) => [operation, fault])).toEqual([
      ['GetItem', 'delay'],
      ['PutItem', 'throttle'],
      ['PutItem', 'throttle'],
      ['PutItem', 'delay'],
    ])
  })

  test('is forgotten by a reset', async () => {
    proxy.plan({ at: 1, times: 9, kind: 'error' })
    proxy.reset()

    await dynamo.send(get)

    expect(proxy.calls()).toMatchObject([{ index: 1, status: 200 }])
  })
})

describe('an SDK client sees', () => {
  test.each<{ service: string; fault: { kind: 'error' } | { kind: 'throttle' }; name: string; status: number }>([
    { service: 'DynamoDB', fault: { kind: 'error' }, name: 'InternalServerError', status: 500 },
    { service: 'SQS', fault: { kind: 'error' }, name: 'InternalError', status: 500 },
    { service: 'KMS', fault: { kind: 'error' }, name: 'KMSInternalException', status: 500 },
    { service: 'DynamoDB', fault: { kind: 'throttle' }, name: 'ProvisionedThroughputExceededException', status: 400 },
    { service: 'SQS', fault: { kind: 'throttle' }, name: 'RequestThrottled', status: 403 },
    { service: 'KMS', fault: { kind: 'throttle' }, name: 'ThrottlingException', status: 400 },
  ])('$fault.kind of $service as $name, and retries it', async ({ service, fault, name, status }) => {
    proxy.plan({ at: 1, times: 2, ...fault })

    await expect(services[service]?.(1)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } })
    await services[service]?.(2)

    expect(proxy.calls().map((call) => call.status)).toEqual([status, status, 200])
    expect(done).toHaveLength(1)
  })

  test.each(Object.keys(services))(
    'a lost answer of %s as a reset, after the work was done, and retries it',
    async (service) => {
      proxy.plan({ at: 1, times: 2, kind: 'lostAnswer' })

      await expect(services[service]?.(1)).rejects.toThrow('socket hang up')
      await services[service]?.(2)

      expect(proxy.calls().map((call) => call.status)).toEqual([undefined, undefined, 200])
      expect(done).toHaveLength(3)
    },
  )

  test('a cancelled transaction with a reason for each item, and does not retry it', async () => {
    proxy.plan({ at: 1, kind: 'transactionConflict' })
    const items = ['a', 'b'].map((pk) => ({ Put: { TableName: 't', Item: key(pk) } }))

    const outcome = dynamo.send(new TransactWriteItemsCommand({ TransactItems: items }))

    await expect(outcome).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message: expect.stringContaining('[TransactionConflict, None]'),
      CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
    })
    expect(proxy.calls()).toHaveLength(1)
    expect(done).toEqual([])
  })

  test('a conflict with a transaction in a single write', async () => {
    proxy.plan({ at: 1, times: 9, kind: 'transactionConflict' })

    await expect(dynamo.send(put)).rejects.toMatchObject({ name: 'TransactionConflictException' })
    expect(done).toEqual([])
  })

  test('the last entries of a batch as unprocessed, and only the others done', async () => {
    proxy.plan([{ at: 1, times: 2, kind: 'unprocessed', count: 2 }])
    const Keys = ['a', 'b', 'c'].map(key)
    const requests = ['a', 'b', 'c'].map((pk) => ({ PutRequest: { Item: key(pk) } }))

    const read = await dynamo.send(new BatchGetItemCommand({ RequestItems: { t: { Keys, ConsistentRead: true } } }))
    const written = await dynamo.send(new BatchWriteItemCommand({ RequestItems: { t: requests } }))

    expect(read.Responses).toEqual({ t: [key('a')] })
    expect(read.UnprocessedKeys).toEqual({ t: { Keys: [key('b'), key('c')], ConsistentRead: true } })
    expect(written.UnprocessedItems).toEqual({ t: requests.slice(1) })
    expect(done.map(({ input }) => input.RequestItems)).toEqual([
      { t: { Keys: [key('a')], ConsistentRead: true } },
      { t: requests.slice(0, 1) },
    ])
  })

  test('a whole batch as unprocessed, and nothing done', async () => {
    proxy.plan({ at: 1, kind: 'unprocessed', count: 25 })
    const RequestItems = { t: { Keys: [key('a')] }, u: { Keys: [key('b')] } }

    const read = await dynamo.send(new BatchGetItemCommand({ RequestItems }))

    expect(read).toMatchObject({ Responses: {}, UnprocessedKeys: RequestItems })
    expect(done).toEqual([])
  })

  test('an answer as rewritten', async () => {
    proxy.plan([
      { match: ({ operation }) => operation === 'GetItem', kind: 'rewrite', rewrite: () => ({}) },
      {
        match: ({ operation }) => operation === 'DeleteMessageBatch',
        kind: 'rewrite',
        rewrite: (answer) => ({
          ...(answer as object),
          Failed: [{ Id: '2', SenderFault: false, Code: 'InternalError' }],
        }),
      },
    ])
    const Entries = ['1', '2'].map((Id) => ({ Id, ReceiptHandle: Id }))

    const item = await dynamo.send(get)
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: 'http://127.0.0.1/1/q', Entries }))

    expect(item.Item).toBeUndefined()
    expect(deleted.Failed).toEqual([{ Id: '2', SenderFault: false, Code: 'InternalError' }])
  })
})
