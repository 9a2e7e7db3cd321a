import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient, paginateListTables, paginateScan } from '@aws-sdk/client-dynamodb'
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDataFolder } from '../../lib/local/data-folder.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { clientConfig } from '../../lib/local/services/client-config.ts'
import { type Services, startServices } from '../../lib/local/services/services.ts'
import { aToken, type Command, endCommands, processesOf, start } from '../support/command.ts'
import type { Json } from '../support/grantkeeper.ts'

const folder = mkdtempSync(join(tmpdir(), 'command-line-'))
const dataDir = join(folder, 'data')
const region = 'us-east-1'
/** So long the tokens live that must be refreshed. */
const TOKEN_SECONDS = 2
afterAll(async () => {
  await endCommands()
  rmSync(folder, { recursive: true })
})

let command: Command
let url: string
let admin: string
let user: string

const begin = async (environment: Record<string, string> = {}): Promise<void> => {
  command = start('npm', ['start'], { PORT: '0', DATA_DIR: dataDir, ...environment })
  url = await command.ready()
}

const ask = async (token: string, method: string, path: string, body?: Json): Promise<Json> => {
  const response = await fetch(`${url}/api/v2/externalOAuth${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...((await response.json()) as Json) }
}

/** The demo provider's control, of which a program outside knows what `npm start` prints. */
const upstream = async (path: string, argument?: Json): Promise<Json> => {
  const [, issuer = ''] = /The demo provider +(\S+)/.exec(command.stdout()) ?? []
  const response = await fetch(`${issuer}/control/${path}`, {
    ...(argument !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(argument),
    }),
  })
  const text = await response.text()
  const answer = text === '' ? {} : JSON.parse(text)
  return Array.isArray(answer) ? { issuer, [path]: answer } : { issuer, ...answer }
}

/** Registers the demo provider and connects an account; answers provider and grant. */
const connect = async (): Promise<{ provider: Json; grant: Json }> => {
  const { issuer, clientId, clientSecret } = await upstream('client')
  const provider = await ask(admin, 'POST', '/providers/', {
    type: 'oidc',
    name: 'Demo',
    issuer,
    clientId,
    clientSecret,
  })
  const { redirectUrl } = await ask(user, 'POST', `/providers/${provider.id}/authorize/`)
  const { searchParams } = await consent(redirectUrl, { account: 'grace.hopper' })
  const { authorizedProvider } = await ask(user, 'POST', '/providers/callback/', {
    providerId: provider.id,
    state: searchParams.get('state'),
    code: searchParams.get('code'),
  })
  return { provider, grant: authorizedProvider }
}

describe('what a data folder keeps', () => {
  let provider: Json
  let grant: Json
  let token: Json

  beforeAll(async () => {
    await begin()
    admin = await aToken(dataDir, '--user', 'ada', '--org', 'acme', '--role', 'admin')
    user = await aToken(dataDir, '--user', 'grace', '--org', 'acme')
    await upstream('setBehaviour', { accessTokenSeconds: TOKEN_SECONDS })
    ;({ provider, grant } = await connect())
    token = await ask(user, 'POST', `/authorizedProviders/${grant.id}/accessToken/`)
  })

  test.each([
    ['a plain end', 'SIGTERM'],
    ['a kill that leaves the database running', 'SIGKILL'],
  ] as const)('is all there after %s: tokens made before, providers, grants that refresh', async (_title, signal) => {
    const processes = processesOf(dataDir)
    for (const pid of signal === 'SIGKILL' ? processes.filter((pid) => isNode(pid)) : [command.pid]) {
      process.kill(pid, signal)
    }
    await command.exited
    const left = processesOf(dataDir).length
    await begin()
    await upstream('setBehaviour', { accessTokenSeconds: TOKEN_SECONDS })
    await delay(TOKEN_SECONDS * 1000 + 100)

    const found = await ask(admin, 'GET', `/providers/${provider.id}/`)
    const fresh = await ask(user, 'POST', `/authorizedProviders/${grant.id}/accessToken/`)
    const refreshes = (await upstream('requests')).requests.filter(
      ({ grantType }: Json) => grantType === 'refresh_token',
    )

    expect(left).toBe(signal === 'SIGKILL' ? 1 : 0)
    expect(found).toMatchObject({ id: provider.id, status: 'active', issuer: provider.issuer })
    expect(fresh).toMatchObject({ status: 201, authorizedOauthProvider: { id: grant.id, status: 'active' } })
    expect(fresh.accessToken).not.toBe(token.accessToken)
    expect(refreshes).toHaveLength(1)
  })

  test('is forgotten with the folder', async () => {
    command.signal('SIGTERM')
    await command.exited
    rmSync(dataDir, { recursive: true })
    await begin()

    const stale = await fetch(`${url}/api/v2/externalOAuth/providers/`, {
      headers: { authorization: `Bearer ${admin}` },
    })

    expect(stale.status).toBe(401)
    command.signal('SIGTERM')
    await command.exited
  })
})

const isNode = (pid: number): boolean => !processesOf('dynamodb.sqlite').includes(pid)

describe('services of this machine', () => {
  let services: Services
  beforeAll(async () => {
    const data = openDataFolder(join(folder, 'services'))
    services = await startServices({
      folder: data,
      region,
      accountId: '000000000000',
      stackName: 'Other',
      keys: [],
      given: {},
      onExit: () => undefined,
    })
  })
  afterAll(() => services.close())

  test('are used instead of the embedded ones, and keep what a stack keeps', async () => {
    const { dynamodb, sqs, kms } = services.endpoints
    const given = {
      DYNAMODB_ENDPOINT: dynamodb,
      SQS_ENDPOINT: `${sqs}/`,
      KMS_ENDPOINT: kms.replace('127.0.0.1', 'localhost'),
    }
    rmSync(dataDir, { recursive: true, force: true })
    await begin(given)
    admin = await aToken(dataDir, '--user', 'ada', '--org', 'acme', '--role', 'admin')
    user = await aToken(dataDir, '--user', 'grace', '--org', 'acme')
    const { provider, grant } = await connect()
    const embedded = processesOf(join(dataDir, 'dynamodb.sqlite'))
    command.signal('SIGTERM')
    await command.exited
    await begin(given)

    const token = await ask(user, 'POST', `/authorizedProviders/${grant.id}/accessToken/`)

    expect(token.status).toBe(201)
    expect(embedded).toEqual([])
    expect(await partitionsOf(dynamodb)).toContain(`PROV#acme`)
    expect(await keysOf(kms)).toHaveLength(1)
    expect(await queuesOf(sqs)).toHaveLength(4)
    expect(provider.id).toBe(grant.provider.id)
  })
})

/** The first two parts of the partition keys of every row. */
const partitionsOf = async (endpoint: string): Promise<string[]> => {
  const client = new DynamoDBClient(clientConfig(endpoint, region))
  const partitions: string[] = []
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    for (const TableName of TableNames) {
      for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
        partitions.push(...Items.map(({ pk }) => (pk?.S ?? '').split('#').slice(0, 2).join('#')))
      }
    }
  }
  client.destroy()
  return partitions
}

const keysOf = async (endpoint: string): Promise<unknown[]> => {
  const client = new KMSClient(clientConfig(endpoint, region))
  const { Keys = [] } = await client.send(new ListKeysCommand())
  client.destroy()
  return Keys
}

const queuesOf = async (endpoint: string): Promise<string[]> => {
  const client = new SQSClient(clientConfig(endpoint, region))
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand())
  client.destroy()
  return QueueUrls
}
