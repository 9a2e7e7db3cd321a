import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aTicket, type BarePage, bareThroughConsent, openBare, postForm } from '../support/browser-connect.ts'
import { deep } from '../support/deep.ts'
import type { Fault, FaultProxy } from '../support/fault-proxy.ts'
import { aCaller, aProvider, type Caller, type Json } from '../support/grantkeeper.ts'
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
  grace = await aCaller(grantkeeper)
  provider = await aProvider(grantkeeper, grantkeeper.proxiedProvider)
}, 60_000)
afterAll(() => grantkeeper.close())

type ProxyName = 'dynamodb' | 'kms' | 'upstream'
const proxies = ['dynamodb', 'kms', 'upstream'] as const
const proxyOf = (name: ProxyName): FaultProxy => grantkeeper.proxies[name]
const forgetAll = (): void => {
  for (const name of proxies) proxyOf(name).reset()
}

/** Nobody waits half a minute for a claim that a failure has left behind. */
const lapseClaims = async (): Promise<void> => {
  for (const row of await rows.of('FLOW#')) if (row.claimUntil !== undefined) await rows.change(row, { claimUntil: 1 })
}

interface Strike {
  readonly proxy: ProxyName
  readonly fault: Fault
}

let accounts = 0

/** Does `work` under the strike, and then again without, as a person would who loads a page again. */
const twice = async (strike: Strike | undefined, work: () => Promise<number>): Promise<number[]> => {
  forgetAll()
  if (strike) proxyOf(strike.proxy).plan(strike.fault)
  const first = await work()
  for (const name of proxies) proxyOf(name).plan([])
  await lapseClaims()
  return first < 400 ? [first] : [first, await work()]
}

type Part = 'the callback' | 'the decision'

/** The functions that a part asks. */
const functionsOf: Readonly<Record<Part, readonly string[]>> = {
  'the callback': ['pages/show-callback', 'pages/show-shared-callback'],
  'the decision': ['pages/decide-connect'],
}

/** As fresh environments do: with nothing kept of earlier requests. */
const forgetIn = (part: Part): void => {
  const { functions, functionId } = grantkeeper.stack
  for (const file of functionsOf[part]) functions.kill(functionId(file))
}

/** Goes the whole way with one part struck. Answers the statuses, and how often each service was called meanwhile. */
const walk = async (part: Part, strike?: Strike) => {
  const account = `faults-${accounts++}`
  const { redirect, headers } = await bareThroughConsent(await aTicket(grace, provider.id), account)
  let page: BarePage | undefined
  const comeBack = async (): Promise<number> => {
    const { status } = await fetch(redirect, { headers, redirect: 'manual' })
    return status
  }
  const decide = async (): Promise<number> => {
    page ??= await openBare(redirect, headers.cookie).catch(() => undefined)
    return page ? (await postForm(page.action, { ...page.fields, decision: 'keep' }, headers.cookie)).status : 400
  }
  const statuses = await twice(part === 'the callback' ? strike : undefined, comeBack)
  const calls = counts()
  page = await openBare(redirect, headers.cookie).catch(() => undefined)
  statuses.push(...(await twice(part === 'the decision' ? strike : undefined, decide)))
  return { account, statuses, calls: part === 'the callback' ? calls : counts() }
}

const counts = (): Record<ProxyName, number> => {
  const of = (name: ProxyName): number => proxyOf(name).calls().length
  return { dynamodb: of('dynamodb'), kms: of('kms'), upstream: of('upstream') }
}

/** Each row strikes every third call, the next row the ones beside them; the deep run strikes every call by every row. */
const STRIDE = deep ? 1 : 3

describe.each<Part>(['the callback', 'the decision'])('at any call of %s', (part) => {
  // What persists meets every repetition of the SDK.
  test.each<[string, number, (at: number) => Fault]>([
    ['an error', 0, (at) => ({ at, kind: 'error' })],
    ['an error that persists', 1, (at) => ({ at, times: 3, kind: 'error' })],
    ['a lost answer', 2, (at) => ({ at, kind: 'lostAnswer' })],
    ['an answer lost time and again', 0, (at) => ({ at, times: 3, kind: 'lostAnswer' })],
  ])(
    '%s leaves as many grants here as upstream, one at most, and never a 500',
    async (_, first, faultAt) => {
      forgetIn(part)
      const unstruck = await walk(part)
      const strikes = proxies
        .flatMap((proxy) =>
          Array.from({ length: unstruck.calls[proxy] }, (_, place): Strike => ({ proxy, fault: faultAt(place + 1) })),
        )
        .filter((_, place) => place % STRIDE === first % STRIDE)
      expect(unstruck.statuses).toEqual([200, 200])
      expect(strikes.length).toBeGreaterThan(1)
      // A function that had been asked before would have its data keys already.
      expect(unstruck.calls.kms).toBeGreaterThan(0)

      const walks = []
      for (const strike of strikes) {
        forgetIn(part)
        walks.push({ strike, ...(await walk(part, strike)) })
      }
      await sweepFlows(grantkeeper, rows)

      const kept = ((await grace.get('/authorizedProviders/?limit=1000')).body.data as Json[]).map((it) => it.accountId)
      const live = (await grantkeeper.upstream.control.liveGrants()).map((grant) => grant.account)
      const count = (all: readonly string[], account: string): number => all.filter((each) => each === account).length
      const wrong = walks.filter(({ account, statuses }) => {
        const [here, there] = [count(kept, account), count(live, account)]
        const isHonest = statuses.every((status) => [200, 400, 409, 502, 503].includes(status))
        return !isHonest || here !== there || here > 1 || (here === 0 && statuses.every((status) => status === 200))
      })
      expect(wrong).toEqual([])
      // Most of it is mended by trying again.
      expect(walks.filter(({ account }) => kept.includes(account)).length).toBeGreaterThan(walks.length / 2)
    },
    300_000,
  )
})
