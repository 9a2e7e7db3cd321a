import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultProxyCall } from '../support/fault-proxy.ts'
import { aCaller, aGrant, aProvider, aRedirect, type Caller } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { rowsOf } from '../support/rows.ts'
import { type StoredRows, storedRows } from '../support/stored-grant.ts'

let grantkeeper: ProxiedGrantkeeper
let rows: StoredRows
let caller: Caller
let providerId: string
let grantId: string
const measured: { operation: string; calls: string }[] = []

beforeAll(async () => {
  // One environment per function: what it has learnt in one call it has in the next.
  grantkeeper = await aProxiedGrantkeeper({ environments: 1 })
  rows = storedRows(grantkeeper, { endpoint: grantkeeper.direct.dynamodb })
  caller = await aCaller(grantkeeper)
  providerId = (await aProvider(grantkeeper, { ...grantkeeper.proxiedProvider, issuer: undefined })).id
  grantId = (await aGrant(caller, providerId, 'budget')).id
}, 30_000)

afterAll(async () => {
  const width = Math.max(...measured.map(({ operation }) => operation.length))
  console.info(
    ['Outgoing calls', ...measured.map((row) => `${row.operation.padEnd(width)}  ${row.calls || 'none'}`)].join('\n'),
  )
  rows.close()
  await grantkeeper.close()
})

/** The calls of the functions while `work` runs: what they are to, in their order. */
const callsOf = async (work: () => Promise<unknown>): Promise<FaultProxyCall[]> => {
  const calls: FaultProxyCall[] = []
  const { dynamodb, kms, sqs, upstream } = grantkeeper.proxies
  const ends = [dynamodb, kms, sqs, upstream].map((proxy) =>
    proxy.onCall((call) => {
      if (call.caller !== 'LOCALPLATFORM') calls.push(call)
    }),
  )
  await work()
  for (const end of ends) end()
  return calls
}

const accessToken = (query = '') => caller.post(`/authorizedProviders/${grantId}/accessToken/${query}`)
const restart = () => grantkeeper.stack.functions.kill()

interface Row {
  readonly operation: string
  /** What the environment has done before. */
  readonly given: () => Promise<unknown> | unknown
  readonly work: () => Promise<unknown>
  readonly calls: readonly string[]
}

let redirect: unknown
const aBody = async () => {
  redirect = await aRedirect(caller, providerId, 'budget, second')
}
const callback = () => caller.post('/providers/callback/', redirect)
const authorize = () => caller.post(`/providers/${providerId}/authorize/`)

const table: Row[] = [
  { operation: 'accessToken, warm', given: () => accessToken(), work: () => accessToken(), calls: ['BatchGetItem'] },
  {
    operation: 'accessToken, cold',
    given: restart,
    work: () => accessToken(),
    calls: ['GetItem', 'GetItem', 'GetItem', 'Decrypt'],
  },
  {
    operation: 'accessToken with a refresh, warm',
    given: async () => {
      await rows.age(grantId)
      await accessToken()
      await rows.age(grantId)
    },
    work: () => accessToken(),
    calls: ['BatchGetItem', 'UpdateItem', 'GetItem', 'POST /token', 'UpdateItem'],
  },
  {
    operation: 'accessToken with a refresh, cold',
    given: async () => {
      restart()
      await rows.age(grantId)
    },
    work: () => accessToken(),
    calls: [
      ...['GetItem', 'GetItem', 'UpdateItem', 'GetItem', 'GetItem', 'Decrypt', 'GetItem', 'Decrypt', 'Query'],
      ...['POST /token', 'UpdateItem'],
    ],
  },
  {
    operation: 'userinfo, warm',
    given: () => caller.get(`/authorizedProviders/${grantId}/userinfo/`),
    work: () => caller.get(`/authorizedProviders/${grantId}/userinfo/`),
    calls: ['BatchGetItem', 'GET /userinfo'],
  },
  { operation: 'authorize, warm', given: authorize, work: authorize, calls: ['GetItem', 'PutItem'] },
  {
    operation: 'callback, warm',
    given: async () => {
      await aGrant(caller, providerId, 'budget, first')
      await aBody()
    },
    work: callback,
    calls: [
      ...['GetItem', 'GetItem', 'UpdateItem', 'GetItem', 'POST /token', 'UpdateItem', 'GET /userinfo', 'GetItem'],
      'TransactWriteItems',
    ],
  },
  {
    operation: 'get a grant, warm',
    given: () => caller.get(`/authorizedProviders/${grantId}/`),
    work: () => caller.get(`/authorizedProviders/${grantId}/`),
    calls: ['BatchGetItem'],
  },
  {
    operation: 'list the grants',
    given: () => undefined,
    work: () => caller.get('/authorizedProviders/'),
    calls: ['Query', 'BatchGetItem', 'BatchGetItem'],
  },
]

test.each(table)('$operation makes exactly its calls', async ({ operation, given, work, calls }) => {
  await given()

  const made = (await callsOf(work)).map((call) => call.operation)

  measured.push({ operation, calls: made.join(', ') })
  expect(made).toEqual(calls)
})

test('a warm accessToken reads its two rows in one consistent call, and writes and unwraps nothing', async () => {
  await accessToken()

  const [read, ...others] = await callsOf(() => accessToken())

  expect(others).toEqual([])
  const keys = [expect.anything(), expect.anything()]
  expect(read?.body).toEqual({
    RequestItems: { [String(grantkeeper.stack.tableNames[0])]: { Keys: keys, ConsistentRead: true } },
  })
})

test('a hundred warm calls for a good token make a hundred reads and nothing else', async () => {
  await accessToken()

  const calls = await callsOf(() => Promise.all(Array.from({ length: 100 }, () => accessToken())))

  expect(calls.map(({ operation }) => operation)).toEqual(Array(100).fill('BatchGetItem'))
})

describe('COSTS.md counts', () => {
  const costs = readFileSync(join(import.meta.dirname, '../../COSTS.md'), 'utf8')
  const [, counted = ''] = /^\| operation +\| calls.*\n.*\n((?:\|.*\n)+)/m.exec(costs) ?? []
  const rows = [...counted.matchAll(/^\| (.+?) +\| (.+?) +\|/gm)].map(([, operation, calls]) => ({ operation, calls }))
  /** A number that the page names, such as `log` of a call in bytes. */
  const figure = (name: string): number =>
    Number(new RegExp(`${name} of ([\\d,]+) bytes`).exec(costs)?.[1]?.replace(',', ''))

  test('the calls that are made', () => {
    expect(rows.length).toBeGreaterThan(5)
    for (const { operation, calls } of rows) {
      const row = table.find((each) => each.operation === operation)
      expect({ operation, calls }).toEqual({ operation, calls: row?.calls.join(', ') })
    }
  })

  test('no fewer bytes of log than a warm accessToken writes', async () => {
    const files = () => [
      join(grantkeeper.dataDir, 'audit.log'),
      ...readdirSync(grantkeeper.stack.logDir).map((file) => join(grantkeeper.stack.logDir, file)),
    ]
    const size = () => files().reduce((sum, file) => sum + statSync(file).size, 0)
    await accessToken()
    const before = size()
    const calls = 20

    for (let call = 0; call < calls; call++) await accessToken()

    const each = (size() - before) / calls
    expect(each).toBeGreaterThan(300)
    expect(each).toBeLessThanOrEqual(figure('a log'))
  })

  test('no fewer bytes of rows than a connection has', async () => {
    const all = await rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb).of('')
    const own = all.filter(({ pk }) => /^(GRANT|MEMBER|USER|SIBLING)#/.test(pk))
    const connections = own.filter(({ pk }) => pk.startsWith('GRANT#')).length
    const bytes = own.reduce((sum, row) => sum + Object.entries(row).reduce((most, pair) => most + sizeOf(pair), 0), 0)

    expect(connections).toBeGreaterThan(1)
    expect(bytes / connections).toBeGreaterThan(500)
    expect(bytes / connections).toBeLessThanOrEqual(figure('rows'))
  })
})

/** About what DynamoDB counts of an attribute: its name, and its value as text or bytes. */
const sizeOf = ([name, value]: [string, unknown]): number =>
  name.length + (value instanceof Uint8Array ? value.length : JSON.stringify(value).length)
