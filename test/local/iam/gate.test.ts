import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDataFolder } from '../../../lib/local/data-folder.ts'
import { type Gate, openGate } from '../../../lib/local/iam/gate.ts'
import { createJudge } from '../../../lib/local/iam/judge.ts'
import { accessKeyIdOf, clientConfig, platformAccessKeyId } from '../../../lib/local/services/client-config.ts'
import { createQueues } from '../../../lib/local/services/queues.ts'
import { type Endpoints, startServices } from '../../../lib/local/services/services.ts'
import { createTables } from '../../../lib/local/services/tables.ts'
import { aRole, aTable } from './access.ts'

const place = { region: 'us-east-1', accountId: '000000000000' }
const tableArn = 'arn:aws:dynamodb:us-east-1:000000000000:table/things'
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:jobs'
const User = 'User: arn:aws:sts::000000000000:assumed-role/reader/Reader is not authorized to perform:'
const wide = { Action: '*', Resource: '*' }

const folderPath = mkdtempSync(join(tmpdir(), 'gate-'))
const cleanup = new AsyncDisposableStack()
const lines: string[] = []
let services: Endpoints
let gate: Gate
let keyArn: string
let QueueUrl: string

beforeAll(async () => {
  cleanup.defer(async () => rmSync(folderPath, { recursive: true }))
  const folder = openDataFolder(folderPath)
  cleanup.defer(async () => folder.close())
  const started = await startServices({
    ...place,
    folder,
    stackName: 'Gate',
    keys: ['Key'],
    given: {},
    onExit: () => undefined,
  })
  cleanup.defer(() => started.close())
  services = started.endpoints
  gate = await openGate(services)
  cleanup.defer(() => gate.close())
  keyArn = `arn:aws:kms:us-east-1:000000000000:key/${started.keyIds.get('Key')}`
  QueueUrl = `${gate.endpoints.sqs}/000000000000/jobs`
  await createTables(new DynamoDBClient(clientConfig(services.dynamodb, place.region)), [aTable], folderPath)
  await createQueues(new SQSClient(clientConfig(services.sqs, place.region)), [
    { logicalId: 'Jobs', name: 'jobs', url: QueueUrl, attributes: {} },
  ])
})
beforeEach(() => {
  lines.length = 0
})
afterAll(() => cleanup.disposeAsync())

/** Puts the gate under the given statements of the role of the function `Reader`. */
const enforce = (...statements: object[]) => {
  const access = {
    functions: [aRole('Reader', statements)],
    keys: [{ arn: keyArn, names: [], policy: undefined }],
    queues: [],
  }
  const judge = createJudge({ access, eventSources: [], tables: [aTable] }, place, (line) => lines.push(line))
  gate.enforce(judge)
  return judge.authority
}

const clientsOf = (accessKeyId: string) => {
  const config = (service: keyof Endpoints) => ({
    ...clientConfig(gate.endpoints[service], place.region),
    credentials: { accessKeyId, secretAccessKey: 'any' },
  })
  return {
    dynamodb: new DynamoDBClient(config('dynamodb')),
    kms: new KMSClient(config('kms')),
    sqs: new SQSClient(config('sqs')),
  }
}
const reader = () => clientsOf(accessKeyIdOf('Reader'))
const get = new GetItemCommand({ TableName: 'things', Key: { pk: { S: 'PROV#1' } } })

describe('what the role allows goes through', () => {
  test('to each service, and the answer comes back', async () => {
    enforce({ Effect: 'Allow', ...wide })
    const { dynamodb, kms, sqs } = reader()

    await dynamodb.send(new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'PROV#1' }, a: { N: '1' } } }))
    const { Item } = await dynamodb.send(get)
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from('x') }))
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }))
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))

    expect(Item).toEqual({ pk: { S: 'PROV#1' }, a: { N: '1' } })
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('x')
    expect(Messages).toMatchObject([{ Body: 'hello' }])
    expect(lines).toEqual([])
  })

  test('and is remembered as the right that allowed it', async () => {
    const authority = enforce(
      { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:PutItem'], Resource: tableArn },
      { Effect: 'Allow', Action: 'logs:*', Resource: '*' },
    )

    await reader().dynamodb.send(get)

    const used = authority.used().get('Reader')
    const needless = [...(authority.granted().get('Reader') ?? [])].filter((right) => !used?.has(right))
    expect(used).toContain(`dynamodb:GetItem on ${tableArn}`)
    expect(needless).toEqual([`dynamodb:PutItem on ${tableArn}`])
  })
})

describe('what the role does not allow is answered as by AWS', () => {
  const rows = [
    {
      service: 'DynamoDB',
      send: () => reader().dynamodb.send(get),
      name: 'AccessDeniedException',
      status: 400,
      message: () => [`${User} dynamodb:GetItem on resource: ${tableArn}`, 'dynamodb:GetItem'],
    },
    {
      service: 'KMS',
      send: () => reader().kms.send(new DecryptCommand({ KeyId: keyArn, CiphertextBlob: Buffer.from('x') })),
      name: 'AccessDeniedException',
      status: 400,
      message: () => [`${User} kms:Decrypt on resource: ${keyArn}`, 'kms:Decrypt'],
    },
    {
      service: 'SQS',
      send: () => reader().sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' })),
      name: 'AccessDenied',
      status: 403,
      message: () => [`${User} sqs:sendmessage on resource: ${queueArn}`, 'sqs:sendmessage'],
    },
  ]

  test.each(rows)('$service: $name', async ({ send, name, status, message }) => {
    const authority = enforce({ Effect: 'Allow', Action: 'logs:*', Resource: '*' })
    const [start, action] = message()
    const text = `${start} because no identity-based policy allows the ${action} action`

    const error = await send().catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ name, message: text, $metadata: { httpStatusCode: status, attempts: 1 } })
    expect(lines).toEqual([text])
    expect(authority.denied()).toEqual([text])
  })

  test('also an explicit deny', async () => {
    enforce({ Effect: 'Allow', ...wide }, { Effect: 'Deny', Action: 'dynamodb:Get*', Resource: '*' })

    const error = await reader()
      .dynamodb.send(get)
      .catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({
      message: `${User} dynamodb:GetItem on resource: ${tableArn} with an explicit deny in an identity-based policy`,
    })
  })

  test('also a statement of PartiQL, whatever the role allows', async () => {
    enforce({ Effect: 'Allow', ...wide })

    const answer = await raw('dynamodb', { 'x-amz-target': 'DynamoDB_20120810.ExecuteStatement' }, '{"Statement":""}')

    expect(answer).toEqual({ status: 400, type: 'com.amazon.coral.service#AccessDeniedException' })
    expect(lines).toEqual([`${User} dynamodb:ExecuteStatement because the local stack does not know it`])
  })
})

describe('refused without a look at any policy is', () => {
  const target = { 'x-amz-target': 'DynamoDB_20120810.GetItem' }
  const signedBy = (accessKeyId: string) => ({
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
  })

  test.each<[string, Record<string, string>, string, string]>([
    ['who does not say who it is', { authorization: '' }, '{}', 'MissingAuthenticationTokenException'],
    ['who signs otherwise', { authorization: 'Basic eDp5' }, '{}', 'MissingAuthenticationTokenException'],
    ['a function of elsewhere', signedBy('LOCALOther'), '{}', 'UnrecognizedClientException'],
    ['who is no function', signedBy('AKIAIOSFODNN7EXAMPLE'), '{}', 'UnrecognizedClientException'],
    ['an empty name', signedBy('LOCAL'), '{}', 'UnrecognizedClientException'],
    ['a body that is no JSON', signedBy('LOCALReader'), 'x', 'SerializationException'],
    ['a body without what the operation takes', signedBy('LOCALReader'), '{}', 'SerializationException'],
    [
      'a batch of nothing',
      { ...signedBy('LOCALReader'), 'x-amz-target': 'DynamoDB_20120810.BatchGetItem' },
      '{"RequestItems":{}}',
      'SerializationException',
    ],
    [
      'a body larger than any service takes',
      signedBy('LOCALReader'),
      'x'.repeat(21 * 1024 * 1024),
      'RequestEntityTooLargeException',
    ],
    [
      'an operation of another service',
      { ...signedBy('LOCALReader'), 'x-amz-target': 'TrentService.Decrypt' },
      '{}',
      'AccessDeniedException',
    ],
  ])('%s', async (_, headers, body, type) => {
    enforce({ Effect: 'Allow', ...wide })

    const answer = await raw('dynamodb', { ...target, ...headers }, body)

    expect(answer.type).toBe(`com.amazon.coral.service#${type}`)
  })

  test.each<[keyof Endpoints, string, () => object]>([
    ['dynamodb', 'DynamoDB_20120810.GetItem', () => ({ TableName: 'things', Key: { pk: { S: 'PROV#1' } } })],
    ['kms', 'TrentService.Encrypt', () => ({ KeyId: keyArn, Plaintext: 'eA==' })],
    ['sqs', 'AmazonSQS.SendMessage', () => ({ QueueUrl, MessageBody: 'unsigned' })],
  ])('what is not signed, before it gets to the service: %s', async (service, target, body) => {
    const seen: string[] = []
    const behind = createServer((request, response) => {
      seen.push(String(request.headers['x-amz-target']))
      response.end('{}')
    }).listen(0, '127.0.0.1')
    await once(behind, 'listening')
    const endpoint = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`
    const watched = await openGate({ dynamodb: endpoint, kms: endpoint, sqs: endpoint })

    const headers = { 'x-amz-target': target, authorization: '' }
    const { type = '' } = await raw(service, headers, JSON.stringify(body()), watched)
    await watched.close()
    behind.close()

    expect(type.split('#').at(-1)).toBe('MissingAuthenticationTokenException')
    expect(seen).toEqual([])
  })

  test('anybody, as long as no policies are known', async () => {
    const early = await openGate(services)

    const answer = await raw('dynamodb', { ...target, ...signedBy('LOCALReader') }, '{}', early)
    await early.close()

    expect(answer.type).toBe('com.amazon.coral.service#UnrecognizedClientException')
  })
})

test('the platform itself passes', async () => {
  enforce({ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' }, { Effect: 'Allow', ...wide })

  const answer = await clientsOf(platformAccessKeyId).dynamodb.send(get)

  expect(answer.$metadata.httpStatusCode).toBe(200)
})

async function raw(service: keyof Endpoints, headers: Record<string, string>, body: string, at = gate) {
  const answer = await fetch(at.endpoints[service], {
    method: 'POST',
    headers: { authorization: authorizationOfReader, 'content-type': 'application/x-amz-json-1.0', ...headers },
    body,
  })
  const { __type } = (await answer.json()) as { __type: string }
  return { status: answer.status, type: __type }
}

const authorizationOfReader =
  'AWS4-HMAC-SHA256 Credential=LOCALReader/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0'
