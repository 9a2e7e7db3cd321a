import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deviceKey } from '../../lib/domain/connect/flow-secrets.ts'
import { checked } from '../support/conforms.ts'
import { aDevice, deviceRow, externalAuthOf, said } from '../support/external-auth.ts'
import type { Fault, FaultProxyCall } from '../support/fault-proxy.ts'
import { type Answer, aCaller, anAdmin, type Caller, type Json } from '../support/grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../support/proxied.ts'
import { type Rows, rowsOf } from '../support/rows.ts'
import { sweepFlows } from '../support/sweep-flows.ts'

let grantkeeper: ProxiedGrantkeeper
let rows: Rows
let grace: Caller
let provider: Json
beforeAll(async () => {
  grantkeeper = await aProxiedGrantkeeper()
  rows = rowsOf(grantkeeper.stack, grantkeeper.direct.dynamodb)
  grace = checked(await aCaller(grantkeeper))
  const admin = await anAdmin(grantkeeper)
  provider = (await admin.post('/providers/', grantkeeper.proxiedProvider)).body
})
afterAll(() => grantkeeper.close())
beforeEach(() => {
  for (const proxy of Object.values(grantkeeper.proxies)) proxy.reset()
  grantkeeper.upstream.control.resetBehaviour()
})

let accounts = 0
const anAccount = (): string => `device-broken-off-${accounts++}`

const calls = (operation: string) => ({ match: (call: FaultProxyCall) => call.operation === operation })
const upstream = (...faults: Fault[]): void => grantkeeper.proxies.upstream.plan(faults)
const tokenRequests = () => grantkeeper.proxies.upstream.calls().filter(({ operation }) => operation === 'POST /token')

/** A device that its user has allowed already. */
const anAllowedDevice = async (account: string): Promise<Json> => {
  const device = await aDevice(grace, provider)
  await grantkeeper.upstream.control.decideDevice({ userCode: device.user_code, decision: 'allow', account })
  return device
}
const poll = (device: Json): Promise<Answer> => externalAuthOf(grace).poll(provider.id, device.device_code)
/** The next poll, as if its time had come, and whoever had polled before were gone. */
const nextPoll = async (device: Json): Promise<Answer> => {
  const row = await deviceRow(rows, device)
  if (row.sk === 'FLOW') await rows.change(row, { nextPollAt: 1, ...(row.claimUntil && { claimUntil: 1 }) })
  return poll(device)
}

const liveOf = async (account: string): Promise<number> =>
  (await grantkeeper.upstream.control.liveGrants()).filter((grant) => grant.account === account).length
/** The row of a flow that is not over. */
const left = async ({ device_code }: Json): Promise<Json[]> =>
  (await rows.partition(`FLOW#${deviceKey('acme', device_code)}`)).filter(({ sk }) => sk === 'FLOW')
const grantsOf = async (account: string): Promise<Json[]> =>
  (await grace.get('/authorizedProviders/')).body.data.filter(({ accountId }: Json) => accountId === account)

describe('of a hundred polls at once', () => {
  const storm = (device: Json): Promise<Answer[]> => Promise.all(Array.from({ length: 100 }, () => poll(device)))
  const tally = (answers: Answer[]): Record<string, number> => {
    const counts: Record<string, number> = {}
    for (const answer of answers) counts[String(said(answer))] = (counts[String(said(answer))] ?? 0) + 1
    return counts
  }

  test('one asks the provider, however long it takes to answer; the others are told to wait', async () => {
    const device = await aDevice(grace, provider)
    upstream({ ...calls('POST /token'), kind: 'delay', ms: 1000 })

    const answers = await storm(device)

    expect(tally(answers)).toEqual({ '400,authorization_pending': 100 })
    expect(tokenRequests()).toHaveLength(1)
  })

  test('one connects the account, once; what all the others ask then is done', async () => {
    const account = anAccount()
    const device = await anAllowedDevice(account)
    upstream({ ...calls('POST /token'), kind: 'delay', ms: 500 })

    const answers = tally(await storm(device))
    const afterwards = tally(await storm(device))

    expect(answers['204']).toBeGreaterThanOrEqual(1)
    expect(Object.keys(answers).filter((key) => key !== '204' && key !== '400,authorization_pending')).toEqual([])
    expect(afterwards).toEqual({ '204': 100 })
    expect(tokenRequests()).toHaveLength(1)
    expect([await liveOf(account), (await grantsOf(account)).length]).toEqual([1, 1])
  })
})

describe('tokens that came and were not kept', () => {
  test.each<[string, () => void]>([
    ['the profile failed', () => upstream({ ...calls('GET /userinfo'), kind: 'error' })],
    [
      'the table refused the grant',
      () => grantkeeper.proxies.dynamodb.plan({ ...calls('TransactWriteItems'), kind: 'error', times: 12 }),
    ],
  ])('because %s are taken up by the next poll, without asking for tokens again', async (_, fail) => {
    const account = anAccount()
    const device = await anAllowedDevice(account)
    fail()
    const first = await poll(device)
    grantkeeper.proxies.dynamodb.plan([])

    const second = await nextPoll(device)

    expect([first.status >= 500, second.status]).toEqual([true, 204])
    expect(tokenRequests()).toHaveLength(1)
    expect([await liveOf(account), (await grantsOf(account)).length]).toEqual([1, 1])
  })

  test('are revoked by the sweeper when nobody polls any more', async () => {
    const account = anAccount()
    const device = await anAllowedDevice(account)
    upstream({ ...calls('GET /userinfo'), kind: 'error' })
    await poll(device)
    const before = await liveOf(account)

    await sweepFlows(grantkeeper, rows)

    expect([before, await liveOf(account), await left(device)]).toEqual([1, 0, []])
  })

  test('because the provider was paused meanwhile are revoked before the 409', async () => {
    const account = anAccount()
    const device = await anAllowedDevice(account)
    upstream({ ...calls('GET /userinfo'), kind: 'delay', ms: 1500 })
    const answering = poll(device)
    await asked('GET /userinfo')
    await rows.change({ pk: 'PROV#acme', sk: provider.id }, { state: 'adminInactive' })

    const answer = await answering
    await rows.change({ pk: 'PROV#acme', sk: provider.id }, { state: 'active' })

    expect(answer.status).toBe(409)
    expect([await liveOf(account), await left(device)]).toEqual([0, []])
  })
})

/** Resolves when the provider is asked so for the next time. */
const asked = (operation: string): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = grantkeeper.proxies.upstream.onCall((call) => {
    if (call.operation !== operation) return
    stop()
    resolve()
  })
  return promise
}

describe('an answer with tokens that was lost', () => {
  test('leaves none alive: the next poll spends the code again, and a strict server ends what it gave', async () => {
    const account = anAccount()
    const device = await anAllowedDevice(account)
    upstream({ ...calls('POST /token'), kind: 'lostAnswer' })
    const first = await poll(device)
    const between = await liveOf(account)

    const second = await nextPoll(device)

    expect([first.status, between]).toEqual([502, 1])
    expect(said(second)).toEqual([400, 'expired_token'])
    expect([await liveOf(account), await left(device)]).toEqual([0, []])
  })

  test('is followed up by the sweeper when nobody polls any more', async () => {
    const account = anAccount()
    const device = await anAllowedDevice(account)
    upstream({ ...calls('POST /token'), kind: 'lostAnswer' })
    await poll(device)
    const between = await liveOf(account)

    await sweepFlows(grantkeeper, rows)

    expect([between, await liveOf(account), await left(device)]).toEqual([1, 0, []])
  })
})

describe('a poll that broke off while the user had not decided', () => {
  const breakOff = async (device: Json): Promise<Answer> => {
    grantkeeper.proxies.dynamodb.plan({
      match: ({ operation, body }) => operation === 'UpdateItem' && JSON.stringify(body).includes('intervalSeconds'),
      times: 3,
      kind: 'error',
    })
    return poll(device)
  }

  test('is looked after by the sweeper, who leaves the flow as long as the user may decide', async () => {
    const account = anAccount()
    const device = await aDevice(grace, provider)
    const broken = await breakOff(device)
    await rows.change(await deviceRow(rows, device), { dueAt: 1, claimUntil: 1, nextPollAt: 1 })

    await grantkeeper.stack.functions.invoke(grantkeeper.stack.functionId('workers/sweep'), {})
    const swept = tokenRequests().length
    await grantkeeper.upstream.control.decideDevice({ userCode: device.user_code, decision: 'allow', account })

    // What the provider has said is known, though it could not be noted.
    expect([said(broken), swept]).toEqual([[400, 'authorization_pending'], 2])
    expect((await nextPoll(device)).status).toBe(204)
    expect(await grantsOf(account)).toHaveLength(1)
  })

  test('is forgotten by the sweeper when the time is over', async () => {
    const device = await aDevice(grace, provider)
    await breakOff(device)
    await rows.change(await deviceRow(rows, device), { expiresAt: Date.now() - 1 })

    await sweepFlows(grantkeeper, rows)

    expect(await left(device)).toEqual([])
  })
})

test('a further consent is done also when the tokens that it replaces cannot be revoked; the sweeper revokes them', async () => {
  const account = anAccount()
  await poll(await anAllowedDevice(account))
  const device = await anAllowedDevice(account)
  upstream({ ...calls('POST /revoke'), kind: 'error', times: 3 })

  const first = await poll(device)
  const again = await poll(device)
  const before = await liveOf(account)
  await sweepFlows(grantkeeper, rows)

  expect([first.status, again.status, before]).toEqual([204, 204, 2])
  expect([await liveOf(account), await left(device), (await grantsOf(account)).length]).toEqual([1, [], 1])
  expect((await poll(device)).status).toBe(204)
})
