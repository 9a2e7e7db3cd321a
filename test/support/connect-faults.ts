import { flowKey } from '../../lib/domain/connect/flow-secrets.ts'
import { consent } from '../../lib/local/oauth/scripted-browser.ts'
import { flowKey as flowRow } from '../../lib/storage/keys.ts'
import { checked } from './conforms.ts'
import { begin, callbackOf } from './connecting.ts'
import { type Fault, type FaultProxy, type FaultProxyCall, startFaultProxy } from './fault-proxy.ts'
import { aCaller, aProvider, type Caller, type Json } from './grantkeeper.ts'
import type { ProxiedGrantkeeper } from './proxied.ts'
import type { Rows } from './rows.ts'

/** A user of an organization of its own, with a provider and an account of its own, so that its calls can be told apart. */
export interface Scene {
  readonly org: string
  readonly account: string
  readonly caller: Caller
  readonly provider: Json
  /** Its calls to AWS and the provider, in order, while it is watched. */
  readonly calls: FaultProxyCall[]
  /** From now on its calls count, and its fault strikes. */
  watch(on: boolean): void
  /** Begins and consents; answers the body of the callback. */
  redirect(): Promise<Json>
  /** Lets the claim of its latest flow lapse: nobody waits half a minute here. */
  lapseClaim(): Promise<void>
}

/** What strikes a scene: its `at`-th watched call, and with `persists` every repetition of the same, `undefined` nothing. */
export interface Strike {
  readonly at: number
  readonly persists: boolean
  readonly effect: Effect
}
type Effect = Fault extends infer F ? (F extends Fault ? Omit<F, 'at' | 'match' | 'times'> : never) : never

let scenes = 0

/** Sets up scenes, whose faults all the proxies of the stack know at once; `close` ends the proxies of all. */
export const scenery = (grantkeeper: ProxiedGrantkeeper, rows: Rows) => {
  const { dynamodb, kms } = grantkeeper.proxies
  const faults: Fault[] = []
  const opened: FaultProxy[] = []

  const aScene = async (strike?: Strike): Promise<Scene> => {
    const org = `org-${String(scenes++).padStart(5, '0')}`
    const account = `account-of-${org}`
    const upstream = await startFaultProxy({ target: grantkeeper.upstream.issuer })
    opened.push(upstream)
    const provider = await aProvider(grantkeeper, {}, { org })
    await leadThrough(upstream, org, rows)
    const caller = checked(await aCaller(grantkeeper, { org, roles: ['admin'] }))

    let watched = false
    let flow = ''
    const names = new Set([org, provider.id])
    const isMine = (call: FaultProxyCall): boolean =>
      watched && (call.service === 'upstream' || contains(call.body, names))
    const calls: FaultProxyCall[] = []
    const match = strikeOnce(strike, isMine, calls)
    const fault = { match, times: Number.MAX_SAFE_INTEGER, ...(strike?.effect ?? { kind: 'delay', ms: 0 }) } as Fault
    faults.push(fault)
    for (const proxy of [dynamodb, kms]) proxy.plan(faults)
    upstream.plan(fault)

    const redirect = async (): Promise<Json> => {
      let started = await begin(caller, provider.id)
      // What struck the first try is over.
      if (started.status !== 200) started = await begin(caller, provider.id)
      if (started.status !== 200) throw new Error(`The flow did not begin: ${started.status} ${started.text}`)
      flow = flowRow(flowKey(org, started.body.state)).pk
      names.add(flow)
      return callbackOf(provider.id, await consent(started.body.redirectUrl, { account }))
    }
    return {
      org,
      account,
      caller,
      provider,
      calls,
      watch: (on) => {
        watched = on
      },
      redirect,
      lapseClaim: async () => {
        for (const row of await rows.partition(flow)) {
          if (row.claimUntil !== undefined) await rows.change(row, { claimUntil: Date.now() - 1 })
        }
      },
    }
  }
  return { aScene, close: async () => void (await Promise.all(opened.map((proxy) => proxy.close()))) }
}

/** Sends what is asked of the provider through a proxy: the endpoints of a registered one cannot be changed otherwise. */
const leadThrough = async (upstream: FaultProxy, org: string, rows: Rows): Promise<void> => {
  const [row] = await rows.partition(`PROV#${org}`)
  const settings = Object.fromEntries(
    Object.entries(row.settings as Record<string, unknown>).map(([name, value]) => [
      name,
      /^(tokenUrl|jwksUrl|userInfoUrl|revocationUri)$/.test(name)
        ? upstream.url + new URL(String(value)).pathname
        : value,
    ]),
  )
  await rows.change(row, { settings })
}

const contains = (body: unknown, names: ReadonlySet<string>): boolean => {
  const text = JSON.stringify(body) ?? ''
  return [...names].some((name) => text.includes(name))
}

/** Counts the scene's calls, and picks the one to strike with its repetitions. */
const strikeOnce = (strike: Strike | undefined, isMine: (call: FaultProxyCall) => boolean, calls: FaultProxyCall[]) => {
  let target: string | undefined
  let left = strike?.persists ? 3 : 1
  return (call: FaultProxyCall): boolean => {
    if (!isMine(call)) return false
    calls.push(call)
    const signature = JSON.stringify([call.service, call.operation, call.body])
    if (calls.length === strike?.at) target = signature
    if (signature !== target || left === 0) return false
    left -= 1
    return true
  }
}
