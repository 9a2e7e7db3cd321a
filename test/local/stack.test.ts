import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { type LocalStack, type LocalStackOptions, startStack } from '../../lib/local/stack.ts'
import { synthesizePlatform } from './fixtures/platform/platform-stack.ts'

const region = 'us-east-1'
const root = mkdtempSync(join(tmpdir(), 'stack-'))
const assembly = join(root, 'cdk.out')
const notes = join(root, 'notes')

function options(change: Partial<LocalStackOptions> = {}): LocalStackOptions {
  return {
    assembly,
    dataDir: join(root, 'data'),
    port: 0,
    parameters: (baseUrl) => ({ Origin: baseUrl }),
    environments: 2,
    environmentKind: 'thread',
    environment: { NOTES: notes, AWS_HINT: 'from the options' },
    ...change,
  }
}

let stack: LocalStack
beforeAll(async () => {
  synthesizePlatform(assembly)
  stack = await startStack(options())
})
afterAll(async () => {
  await stack.close()
  rmSync(root, { recursive: true })
})

/** The first noted event that fits, waited for. */
async function noted(fits: (event: string) => boolean): Promise<string | undefined> {
  for (let tries = 0; tries < 500; tries++) {
    const event = readFileSync(notes, { encoding: 'utf8', flag: 'a+' }).split('\n').find(fits)
    if (event !== undefined) return event
    await delay(20)
  }
  return undefined
}

describe('a local stack', () => {
  test('answers requests through its API and authorizer', async () => {
    const response = await fetch(`${stack.url}/things/a%2Fb/`, { headers: { Authorization: 'Bearer good' } })

    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      path: '/things/a%2Fb/',
      pathParameters: { thingId: 'a%2Fb' },
      user: 'ada',
    })
  })

  test('answers with the gateway responses of its template', async () => {
    const response = await fetch(`${stack.url}/things/a`)

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await response.json()).toEqual({ message: 'Unauthorized' })
  })

  test('gives functions the environment of the template, the endpoints, and then that of the options', async () => {
    const response = await fetch(stack.url)
    const { environment } = (await response.json()) as { environment: Record<string, string> }

    expect(environment).toMatchObject({
      ORIGIN: stack.url,
      TABLE: stack.outputs.TableName,
      WORK_QUEUE_URL: stack.queueUrl('Work'),
      AWS_HINT: 'from the options',
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: `LOCAL${stack.functionId('echo')}`,
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      DYNAMODB_ENDPOINT: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      SQS_ENDPOINT: new URL(stack.queueUrl('Work')).origin,
      KMS_ENDPOINT: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    })
  })

  test('allows a function what its role allows, and prints what it does not', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { environment } = (await (await fetch(stack.url)).json()) as { environment: Record<string, string> }
    const { AWS_ACCESS_KEY_ID = '', DYNAMODB_ENDPOINT = '' } = environment
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: 'any' }
    const client = new DynamoDBClient({ endpoint: DYNAMODB_ENDPOINT, region, credentials })
    const read = (pk: string) =>
      client
        .send(new GetItemCommand({ TableName: stack.tableNames[0], Key: { pk: { S: pk }, sk: { S: 'a' } } }))
        .then(({ $metadata }) => $metadata.httpStatusCode)
        .catch(({ name }: Error) => name)

    const answers = [await read('THING#1'), await read('OTHER#1')]

    expect(answers).toEqual([200, 'AccessDeniedException'])
    expect(print.mock.calls).toEqual([[expect.stringContaining('is not authorized to perform: dynamodb:GetItem')]])
    expect(stack.iam.denied()).toEqual(print.mock.calls.flat())
    expect([...(stack.iam.used().get(stack.functionId('echo')) ?? [])].join()).toContain('dynamodb:LeadingKeys THING#*')
    print.mockRestore()
  })

  test('fires its rules', async () => {
    const event = await noted((line) => line.includes('Scheduled Event'))

    expect(JSON.parse(event ?? '{}')).toMatchObject({ source: 'aws.events', account: '000000000000' })
  })

  test('moves a message that keeps failing to the dead-letter queue, and no other', async () => {
    const sqs = new SQSClient(clientConfig(stack.endpoints.sqs, region))
    for (const MessageBody of ['poison', 'water']) {
      await sqs.send(new SendMessageCommand({ QueueUrl: stack.queueUrl('Work'), MessageBody }))
    }

    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: stack.queueUrl('DeadLetters'), WaitTimeSeconds: 15 }),
    )

    expect(Messages?.map(({ Body }) => Body)).toEqual(['poison'])
    expect(await noted((line) => line.includes('water'))).toContain('aws:sqs')
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: stack.queueUrl('Work'), AttributeNames: ['All'] }),
    )
    expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' })
    sqs.destroy()
  })

  test('finds functions and queues by name, and says when there is not one', () => {
    expect(stack.functionId('worker')).toMatch(/^Worker/)
    expect(() => stack.functionId('work')).toThrow('the stack has 0 of function work, not one')
    expect(() => stack.queueUrl('')).toThrow('the stack has 2 of queue , not one')
    expect(stack.tableNames).toEqual([stack.outputs.TableName])
  })

  test('has its data folder for itself', async () => {
    await expect(startStack(options())).rejects.toThrow(/^the data folder .* is in use by another local stack/)
  })

  test('does not start on a taken port, and says which', async () => {
    const { port } = new URL(stack.url)

    await expect(startStack(options({ port: Number(port) }))).rejects.toThrow(port)
  })
})

describe('a local stack that is started again', () => {
  test('still has its rows and keys', async () => {
    const dataDir = join(root, 'kept')
    const first = await startStack(options({ dataDir, schedules: false }))
    const TableName = first.tableNames[0]
    const firstTable = new DynamoDBClient(clientConfig(first.endpoints.dynamodb, region))
    await firstTable.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, sk: { S: 'b' } } }))
    const keyArn = await keyArnOf(first)
    const firstKms = new KMSClient(clientConfig(first.endpoints.kms, region))
    const sealed = await firstKms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('secret') }))
    await first.close()

    const second = await startStack(options({ dataDir, schedules: false }))
    const secondTable = new DynamoDBClient(clientConfig(second.endpoints.dynamodb, region))
    const { Item } = await secondTable.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' }, sk: { S: 'b' } } }))
    const secondKms = new KMSClient(clientConfig(second.endpoints.kms, region))
    const opened = await secondKms.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }))
    const keyArnAgain = await keyArnOf(second)
    await second.close()

    expect(Item).toEqual({ pk: { S: 'a' }, sk: { S: 'b' } })
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('secret')
    expect(keyArnAgain).toBe(keyArn)
  })

  test('leaves no port open and frees its folder when it could not start', async () => {
    const dataDir = join(root, 'refused')
    await expect(startStack(options({ dataDir, parameters: {} }))).rejects.toThrow('missing parameters: Origin')

    const again = await startStack(options({ dataDir, schedules: false }))
    await again.close()

    await expect(fetch(again.url)).rejects.toThrow()
    await expect(fetch(again.endpoints.dynamodb)).rejects.toThrow()
  })

  test('tells when a data service ends by itself', async () => {
    const dataDir = join(root, 'failing')
    const failing = await startStack(options({ dataDir, schedules: false }))

    process.kill(pidOf(join(dataDir, 'dynamodb.sqlite')), 'SIGKILL')

    expect(await failing.failed).toBe('dynoxide ended by itself (SIGKILL)')
    await failing.close()
  })
})

async function keyArnOf(running: LocalStack): Promise<string> {
  const response = await fetch(running.url)
  const { environment } = (await response.json()) as { environment: { KEY_ARN: string } }
  return environment.KEY_ARN
}

/** The process that was started on a file. */
function pidOf(file: string): number {
  const commandLine = globSync('/proc/[0-9]*/cmdline').find((path) => {
    try {
      return readFileSync(path, 'utf8').split('\0').includes(file)
    } catch {
      return false
    }
  })
  return Number(commandLine?.split('/')[2])
}
