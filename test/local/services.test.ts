import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeTimeToLiveCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type DataFolder, openDataFolder } from '../../lib/local/data-folder.ts'
import { startKms } from '../../lib/local/kms/server.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { startDynoxide } from '../../lib/local/services/dynoxide.ts'
import { startFauxqs } from '../../lib/local/services/fauxqs.ts'
import { createQueues } from '../../lib/local/services/queues.ts'
import { startServices } from '../../lib/local/services/services.ts'
import { createTables } from '../../lib/local/services/tables.ts'
import { sweepExpired } from '../../lib/local/services/ttl.ts'
import type { TableDefinition } from '../../lib/local/template/tables.ts'

const region = 'us-east-1'
const accountId = '000000000000'
const root = mkdtempSync(join(tmpdir(), 'services-'))
afterAll(() => rmSync(root, { recursive: true }))

const table: TableDefinition = {
  name: 'things',
  keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  attributes: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'due', AttributeType: 'S' },
  ],
  indexes: [
    {
      IndexName: 'byDue',
      KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['b', 'a'] },
    },
  ],
  ttlAttribute: 'ttl',
}

let folder: DataFolder
let cleanup: AsyncDisposableStack
beforeEach(() => {
  folder = openDataFolder(mkdtempSync(join(root, 'data-')))
  cleanup = new AsyncDisposableStack()
})
afterEach(async () => {
  await cleanup.disposeAsync()
  folder.close()
})

async function aDynamoDb(onExit: (reason: string) => void = () => undefined) {
  const dynoxide = await startDynoxide(folder, onExit)
  cleanup.defer(() => dynoxide.close())
  const client = new DynamoDBClient(clientConfig(dynoxide.endpoint, region))
  cleanup.defer(async () => client.destroy())
  return { ...dynoxide, client }
}

async function anSqs() {
  const fauxqs = await startFauxqs(join(folder.path, 'sqs'), region)
  const client = new SQSClient(clientConfig(fauxqs.endpoint, region))
  return { ...fauxqs, client }
}

function keysOf(items: Record<string, { S?: string | undefined }>[] | undefined) {
  return items?.map(({ pk }) => pk?.S).sort()
}

describe('DynamoDB', () => {
  test('keeps its rows across restarts', async () => {
    const first = await aDynamoDb()
    await createTables(first.client, [table], folder.path)
    await first.client.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'kept' } } }))
    await first.close()

    const second = await aDynamoDb()
    await createTables(second.client, [table], folder.path)
    const { Items } = await second.client.send(new ScanCommand({ TableName: 'things' }))

    expect(keysOf(Items)).toEqual(['kept'])
  })

  test.each<[string, Partial<TableDefinition>]>([
    ['another key', { keySchema: [{ AttributeName: 'due', KeyType: 'HASH' }] }],
    ['another type', { attributes: table.attributes.map((item) => ({ ...item, AttributeType: 'N' as const })) }],
    ['no index', { indexes: [] }],
  ])('a table with %s than before is refused and names the folder to remove', async (_case, change) => {
    const { client } = await aDynamoDb()
    await createTables(client, [table], folder.path)

    const again = createTables(client, [{ ...table, ...change }], folder.path)

    await expect(again).rejects.toThrow(
      `table things has other keys or indexes than the template: remove ${folder.path} to start anew`,
    )
  })

  test('expired items are swept, the others stay', async () => {
    const { client } = await aDynamoDb()
    await createTables(client, [table], folder.path)
    const now = Math.floor(Date.now() / 1000)
    for (const [pk, ttl] of Object.entries({ past: now - 10, future: now + 1000, none: undefined })) {
      const Item = { pk: { S: pk }, ...(ttl !== undefined && { ttl: { N: String(ttl) } }) }
      await client.send(new PutItemCommand({ TableName: 'things', Item }))
    }

    const swept = await sweepExpired(client, table)

    const { Items } = await client.send(new ScanCommand({ TableName: 'things' }))
    expect([swept, keysOf(Items)]).toEqual([1, ['future', 'none']])
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: 'things' }))
    expect(TimeToLiveDescription).toEqual({ AttributeName: 'ttl', TimeToLiveStatus: 'ENABLED' })
  })

  test('an end by itself is told in one line', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    await aDynamoDb(resolve)

    process.kill(Number(folder.recall('dynoxidePid')), 'SIGKILL')

    expect(await promise).toBe('dynoxide ended by itself (SIGKILL)')
  })

  test('what a killed stack left running is ended first', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    await aDynamoDb(resolve)
    const leftover = folder.recall('dynoxidePid')

    await aDynamoDb()

    expect(await promise).toMatch(/^dynoxide ended by itself/)
    expect(folder.recall('dynoxidePid')).not.toBe(leftover)
  })

  test('a process that is another one by now is left alone', async () => {
    folder.remember('dynoxidePid', String(process.pid))
    const kill = vi.spyOn(process, 'kill')

    await aDynamoDb()

    expect(kill).not.toHaveBeenCalled()
    kill.mockRestore()
  })

  test('a binary that does not run is told in one line', async () => {
    const starting = startDynoxide(folder, () => undefined, join(folder.path, 'nothing'))

    await expect(starting).rejects.toThrow(/^spawn .*nothing ENOENT$/)
  })
})

describe('SQS', () => {
  const queue = (endpoint: string, VisibilityTimeout: string) => ({
    logicalId: 'Jobs',
    name: 'jobs',
    url: `${endpoint}/${accountId}/jobs`,
    attributes: { VisibilityTimeout },
  })

  test('listens on this machine alone and keeps messages and receive counts across restarts', async () => {
    const first = await anSqs()
    const { url: QueueUrl } = queue(first.endpoint, '30')
    await createQueues(first.client, [queue(first.endpoint, '30')])
    await first.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'kept' }))
    const { Messages: [message] = [] } = await first.client.send(new ReceiveMessageCommand({ QueueUrl }))
    const { ReceiptHandle } = message ?? {}
    await first.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
    await first.close()

    const second = await anSqs()
    cleanup.defer(() => second.close())
    await createQueues(second.client, [queue(second.endpoint, '45')])
    const { Messages } = await second.client.send(
      new ReceiveMessageCommand({
        QueueUrl: queue(second.endpoint, '45').url,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    )
    const { Attributes } = await second.client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queue(second.endpoint, '45').url,
        AttributeNames: ['VisibilityTimeout'],
      }),
    )

    expect(first.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(Messages).toMatchObject([{ Body: 'kept', Attributes: { ApproximateReceiveCount: '2' } }])
    expect(Attributes).toEqual({ VisibilityTimeout: '45' })
  })
})

describe('the services', () => {
  const start = (given: { dynamodb?: string; sqs?: string; kms?: string }) =>
    startServices({
      folder,
      region,
      accountId,
      stackName: 'Demo',
      keys: ['Key'],
      given: { dynamodb: 'http://127.0.0.1:1', sqs: 'http://localhost:2/', kms: 'http://[::1]:3', ...given },
      onExit: () => undefined,
    })

  test('take endpoints of this machine instead of the embedded ones, and make keys there', async () => {
    const kms = await startKms({ file: join(folder.path, 'other-kms.json') })
    cleanup.defer(() => kms.close())

    const given = { dynamodb: kms.endpoint, sqs: `${kms.endpoint}/`, kms: kms.endpoint }

    const first = await start(given)
    const second = await start(given)

    expect(first.endpoints).toEqual({ dynamodb: kms.endpoint, sqs: kms.endpoint, kms: kms.endpoint })
    expect(first.keyIds.get('Key')).toMatch(/^[0-9a-f-]{36}$/)
    expect(second.keyIds).toEqual(first.keyIds)
  })

  test.each([
    ['http://10.0.0.1:8000', 'dynamodb', 'DYNAMODB_ENDPOINT'],
    ['https://sqs.us-east-1.amazonaws.com', 'sqs', 'SQS_ENDPOINT'],
    ['http://127.0.0.1.example.com', 'kms', 'KMS_ENDPOINT'],
    ['http://0.0.0.0:8000', 'dynamodb', 'DYNAMODB_ENDPOINT'],
    ['file:///tmp', 'sqs', 'SQS_ENDPOINT'],
    ['nonsense', 'kms', 'KMS_ENDPOINT'],
  ])('refuse %s for %s', async (endpoint, service, variable) => {
    await expect(start({ [service]: endpoint })).rejects.toThrow(
      `${variable} must be an http(s) URL on 127.0.0.1, [::1] or localhost, not ${endpoint}`,
    )
  })

  test('refuse an endpoint where nothing answers', async () => {
    await expect(start({})).rejects.toThrow('DYNAMODB_ENDPOINT is http://127.0.0.1:1, but nothing answers there')
  })
})
