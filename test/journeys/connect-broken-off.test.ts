import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checked } from '../support/conforms.ts'
import { finish } from '../support/connecting.ts'
import type { Fault, FaultProxyCall } from '../support/fault-proxy.ts'
import { type Answer, aCaller, anAdmin, aRedirect, type Caller, type Json } from '../support/grantkeeper.ts'
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
})
afterAll(() => grantkeeper.close())

beforeEach(async () => {
  for (const proxy of Object.values(grantkeeper.proxies)) proxy.reset()
  const admin = await anAdmin(grantkeeper)
  provider = (await admin.post('/providers/', grantkeeper.proxiedProvider)).body
})

let accounts = 0
const anAccount = (): string => `broken-off-${accounts++}`

const calls = (operation: string) => ({ match: (call: FaultProxyCall) => call.operation === operation })
const upstream = (...faults: Fault[]): void => grantkeeper.proxies.upstream.plan(faults)

const liveOf = async (account: string): Promise<number> =>
  (await grantkeeper.upstream.control.liveGrants()).filter((grant) => grant.account === account).length

const flows = (): Promise<Json[]> => rows.of('FLOW')

const isUsable = async ({ body }: Answer): Promise<boolean> => {
  const token = await grace.post(`/authorizedProviders/${body.authorizedProvider.id}/accessToken/`)
  const headers = { authorization: `Bearer ${token.body.accessToken}` }
  return (await fetch(`${grantkeeper.upstream.issuer}/userinfo`, { headers })).ok
}

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

const isClaim = ({ operation, body }: FaultProxyCall): boolean =>
  operation === 'UpdateItem' && JSON.stringify(body).includes('claimUntil')

/** Resolves when somebody, who has read a flow, asks for the claim on it. */
const claiming = (): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = grantkeeper.proxies.dynamodb.onCall((call) => {
    if (!isClaim(call)) return
    stop()
    resolve()
  })
  return promise
}

const sweepOnce = () => grantkeeper.stack.functions.invoke(grantkeeper.stack.functionId('workers/sweep'), {})
const makeDue = async (): Promise<void> => {
  for (const row of await flows()) await rows.change(row, { dueAt: 1 })
}
const setState = async (state: string): Promise<void> => {
  await rows.change({ pk: 'PROV#acme', sk: provider.id }, { state })
}

describe('tokens that came and were not kept', () => {
  test('are taken up by the same callback, without asking for tokens again', async () => {
    const callback = await aRedirect(grace, provider.id, anAccount())
    upstream({ ...calls('GET /userinfo'), kind: 'error' })
    const first = await finish(grace, callback)

    const second = await finish(grace, callback)

    expect([first.status, second.status]).toEqual([502, 200])
    const requests = grantkeeper.proxies.upstream.calls().filter(({ operation }) => operation === 'POST /token')
    expect(requests).toHaveLength(1)
  })

  test('are taken up also by a callback that read the flow before they were noted', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    upstream({ ...calls('GET /userinfo'), kind: 'error' })
    grantkeeper.proxies.dynamodb.plan({ match: isClaim, kind: 'delay', ms: 3000 })
    const reading = claiming()
    const late = finish(grace, callback)
    await reading

    const early = await finish(grace, callback)

    expect([early.status, (await late).status]).toEqual([502, 200])
    const requests = grantkeeper.proxies.upstream.calls().filter(({ operation }) => operation === 'POST /token')
    expect([requests.length, await liveOf(account)]).toEqual([1, 1])
    expect(await isUsable(await late)).toBe(true)
  })

  test('are revoked by the sweeper when nobody comes back', async () => {
    const account = anAccount()
    upstream({ ...calls('GET /userinfo'), kind: 'error' })
    await finish(grace, await aRedirect(grace, provider.id, account))
    const before = await liveOf(account)

    await sweepFlows(grantkeeper, rows)

    expect([before, await liveOf(account), await flows()]).toEqual([1, 0, []])
  })

  test.each([
    ['are asked for once more, and so revoked by the provider, where they do not open any more', { tokens: 'broken' }],
    ['leave the record where neither they nor their code open any more', { tokens: 'broken', code: 'broken' }],
  ])('%s', async (_, changed) => {
    const account = anAccount()
    upstream({ ...calls('GET /userinfo'), kind: 'error' })
    await finish(grace, await aRedirect(grace, provider.id, account))
    const broken = Object.fromEntries(Object.keys(changed).map((name) => [name, Buffer.from('never sealed here')]))
    for (const flow of await flows()) await rows.change(flow, broken)

    await sweepFlows(grantkeeper, rows)

    expect([await liveOf(account), await flows()]).toEqual(['code' in changed ? 1 : 0, []])
  })

  test('are not forgotten because the application says afterwards that consent was denied', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    upstream({ ...calls('GET /userinfo'), kind: 'error' })
    await finish(grace, callback)

    const denied = await finish(grace, { ...callback, code: undefined, error: 'access_denied' })
    await sweepFlows(grantkeeper, rows)

    expect(denied.status).toBe(400)
    expect([await liveOf(account), await flows()]).toEqual([0, []])
  })

  test('because the provider was paused meanwhile are revoked before the 409', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    upstream({ ...calls('GET /userinfo'), kind: 'delay', ms: 2000 })
    const answer = finish(grace, callback)
    await asked('GET /userinfo')
    await setState('adminInactive')

    expect((await answer).status).toBe(409)
    expect([await liveOf(account), await flows()]).toEqual([0, []])
  })

  test('and could not be revoked either are revoked by the sweeper', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    upstream(
      { ...calls('GET /userinfo'), kind: 'delay', ms: 2000 },
      { ...calls('POST /revoke'), kind: 'error', times: 2 },
    )
    const answer = finish(grace, callback)
    await asked('GET /userinfo')
    await setState('adminInactive')

    expect((await answer).status).toBe(409)
    expect(await liveOf(account)).toBe(1)
    await sweepFlows(grantkeeper, rows)
    expect([await liveOf(account), await flows()]).toEqual([0, []])
  })
})

describe('a consent that is good is kept', () => {
  const isNote = ({ operation, body }: FaultProxyCall): boolean =>
    operation === 'UpdateItem' && JSON.stringify(body).includes('"#tokens"')
  const isKeeping = ({ operation }: FaultProxyCall): boolean => operation === 'TransactWriteItems'
  /** As often as the SDK tries. */
  const times = 3

  test.each<[string, Fault]>([
    ['its tokens cannot be noted', { match: isNote, times: 2 * times, kind: 'error' }],
    ['every answer to their note is lost', { match: isNote, times, kind: 'lostAnswer' }],
    ['every answer to the claim is lost', { match: isClaim, times, kind: 'lostAnswer' }],
    ['every answer to the last write is lost', { match: isKeeping, times, kind: 'lostAnswer' }],
    ['the last write fails at first', { match: isKeeping, times, kind: 'error' }],
  ])('by the same call, though %s', async (_, fault) => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    grantkeeper.proxies.dynamodb.plan(fault)

    const answer = await finish(grace, callback)

    expect(answer.status).toBe(200)
    expect([await isUsable(answer), await liveOf(account), await flows()]).toEqual([true, 1, []])
    const requests = grantkeeper.proxies.upstream.calls().filter(({ operation }) => operation === 'POST /token')
    expect(requests).toHaveLength(1)
  })

  test.each<[string, Fault[], Fault[]]>([
    ['the claim has failed', [{ match: isClaim, times, kind: 'error' }], []],
    [
      'its tokens could be noted at last only, and nobody could be asked whose they are',
      [{ match: isNote, times: 2 * times, kind: 'error' }],
      [{ ...calls('GET /userinfo'), kind: 'error' }],
    ],
    ['the last write has failed and failed', [{ match: isKeeping, times: 2 * times, kind: 'error' }], []],
  ])('by a retry, where %s', async (_, ofTable, ofProvider) => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    grantkeeper.proxies.dynamodb.plan(ofTable)
    upstream(...ofProvider)

    const first = await finish(grace, callback)
    const second = await finish(grace, callback)

    expect([502, 503]).toContain(first.status)
    expect(second.status).toBe(200)
    expect([await isUsable(second), await liveOf(account), await flows()]).toEqual([true, 1, []])
  })

  test('by a retry that waits for the claim of a function that has died', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    const { functions, functionId } = grantkeeper.stack
    const kill = (): void => void functions.kill(functionId('externalOAuth/complete-callback'))
    grantkeeper.proxies.upstream.plan({ ...calls('POST /token'), kind: 'kill', when: 'before', kill })
    const first = await finish(grace, callback)

    const retry = finish(grace, callback)
    for (const flow of await flows()) await rows.change(flow, { claimUntil: Date.now() + 500 })

    expect([first.status, (await retry).status]).toEqual([502, 200])
    expect([await isUsable(await retry), await liveOf(account), await flows()]).toEqual([true, 1, []])
  })
})

describe('a further consent', () => {
  const connectAgain = async (account: string, ...faults: Fault[]): Promise<Answer> => {
    await finish(grace, await aRedirect(grace, provider.id, account))
    const callback = await aRedirect(grace, provider.id, account)
    upstream(...faults)
    return finish(grace, callback)
  }

  test('is answered also when the tokens that it replaces cannot be revoked; the sweeper revokes them', async () => {
    const account = anAccount()
    const answer = await connectAgain(account, { ...calls('POST /revoke'), kind: 'error', times: 3 })
    const before = await liveOf(account)

    await sweepFlows(grantkeeper, rows)

    expect([answer.status, before, await liveOf(account), await flows()]).toEqual([200, 2, 1, []])
    expect(await isUsable(answer)).toBe(true)
  })

  test('cannot be repeated while the tokens that it replaced wait to be revoked', async () => {
    const account = anAccount()
    await finish(grace, await aRedirect(grace, provider.id, account))
    const callback = await aRedirect(grace, provider.id, account)
    upstream({ ...calls('POST /revoke'), kind: 'error', times: 3 })
    const answer = await finish(grace, callback)
    for (const row of await flows()) await rows.change(row, { claimUntil: 1 })

    const repeated = await finish(grace, callback)

    expect([answer.status, repeated.status]).toEqual([200, 400])
    expect(await isUsable(answer)).toBe(true)
    await sweepFlows(grantkeeper, rows)
  })
})

describe('the sweeper and the application at once', () => {
  test('do not spend the code twice when the sweeper is first', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    upstream({ ...calls('POST /token'), kind: 'error' }, { ...calls('POST /token'), kind: 'delay', ms: 1000 })
    await finish(grace, callback)
    await makeDue()

    const sweeping = sweepOnce()
    await asked('POST /token')
    const answer = await finish(grace, callback)
    await sweeping

    expect([answer.status, await liveOf(account)]).toEqual([400, 0])
    expect((await finish(grace, await aRedirect(grace, provider.id, account))).status).toBe(200)
  })

  test('nor when the application is first', async () => {
    const account = anAccount()
    const callback = await aRedirect(grace, provider.id, account)
    upstream({ ...calls('POST /token'), kind: 'delay', ms: 1500 })

    const answering = finish(grace, callback)
    await asked('POST /token')
    await makeDue()
    await sweepOnce()
    const answer = await answering

    expect([answer.status, await liveOf(account)]).toEqual([200, 1])
    expect(await isUsable(answer)).toBe(true)
  })
})

test('a grant whose saving was answered by silence, then by a conflict, is known as saved', async () => {
  const account = anAccount()
  const callback = await aRedirect(grace, provider.id, account)
  grantkeeper.proxies.dynamodb.plan([
    { ...calls('TransactWriteItems'), kind: 'lostAnswer' },
    { ...calls('TransactWriteItems'), kind: 'transactionConflict' },
  ])

  const answer = await finish(grace, callback)

  expect([answer.status, await liveOf(account)]).toEqual([200, 1])
  expect(await isUsable(answer)).toBe(true)
})
