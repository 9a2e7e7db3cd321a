import type { Grant } from '../../lib/domain/grants/grant.ts'
import type { Fault, FaultProxyCall } from './fault-proxy.ts'
import { type Answer, aCaller, aGrant, aProvider, type Caller } from './grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from './proxied.ts'
import { type StoredRows, storedRows } from './stored-grant.ts'

/** A fault without its occasion. */
export type Effect = Fault extends infer Each
  ? Each extends Fault
    ? Omit<Each, 'at' | 'match' | 'times'>
    : never
  : never

/** One outgoing call of a refresh: the n-th of the function to that service. */
export interface Step {
  readonly service: 'dynamodb' | 'kms' | 'upstream'
  readonly operation: string
  readonly nth: number
}

/** A stack with one execution environment, in which one refresh after the other is disturbed. */
export interface RefreshLane {
  readonly grantkeeper: ProxiedGrantkeeper
  readonly rows: StoredRows
  readonly grantId: string
  ask(): Promise<Answer>
  /** The grant, as the API shows it. */
  get(): Promise<Answer>
  /** Ends the environment, whatever it does. */
  kill(): void
  /** Connects the account anew. */
  connect(): Promise<void>
  /** The calls of the function and to the token endpoint while `work` runs, in their order. */
  callsDuring(work: () => Promise<unknown>): Promise<Step[]>
  /** Strikes the step, and `times` calls to its service from there on. */
  disturb(step: Step, effect: Effect, times?: number): void
  calm(): void
  /** What is left upstream of the account: live grants, and the refresh tokens that they have. */
  upstream(): Promise<{ grants: number; refreshTokens: number }>
  row(): Promise<Grant | undefined>
  close(): Promise<void>
}

const ACCOUNT = 'sweep'

export const aRefreshLane = async (): Promise<RefreshLane> => {
  const grantkeeper = await aProxiedGrantkeeper({ environments: 1 })
  const { proxies, direct, stack } = grantkeeper
  const rows = storedRows(grantkeeper, { endpoint: direct.dynamodb })
  const functionId = stack.functionId('externalOAuth/acquire-access-token')
  const caller: Caller = await aCaller(grantkeeper)
  const provider = await aProvider(grantkeeper, { ...grantkeeper.proxiedProvider, issuer: undefined })
  const { id: grantId } = await aGrant(caller, provider.id, ACCOUNT)
  const isOurs = (call: FaultProxyCall): boolean =>
    call.service === 'upstream' ? call.operation === 'POST /token' : call.caller === `LOCAL${functionId}`
  const watched = [proxies.dynamodb, proxies.kms, proxies.upstream]

  return {
    grantkeeper,
    rows,
    grantId,
    ask: () => caller.post(`/authorizedProviders/${grantId}/accessToken/`),
    get: () => caller.get(`/authorizedProviders/${grantId}/`),
    kill: () => void stack.functions.kill(functionId),
    connect: async () => void (await aGrant(caller, provider.id, ACCOUNT)),
    callsDuring: async (work) => {
      const steps: Step[] = []
      const counts = { dynamodb: 0, kms: 0, upstream: 0, sqs: 0 }
      const ends = watched.map((proxy) =>
        proxy.onCall((call) => {
          if (!isOurs(call) || call.service === 'sqs') return
          steps.push({ service: call.service, operation: call.operation, nth: ++counts[call.service] })
        }),
      )
      await work()
      for (const end of ends) end()
      return steps
    },
    disturb: ({ service, nth }, effect, times = 1) => {
      let seen = 0
      const match = (call: FaultProxyCall) => isOurs(call) && ++seen >= nth
      proxies[service].plan({ match, times, ...effect } as Fault)
    },
    calm: () => {
      for (const proxy of watched) proxy.reset()
    },
    upstream: async () => {
      const live = await grantkeeper.upstream.control.liveGrants()
      return { grants: live.length, refreshTokens: live.reduce((sum, { refreshTokens }) => sum + refreshTokens, 0) }
    },
    row: () => rows.grant(grantId),
    close: async () => {
      rows.close()
      await grantkeeper.close()
    },
  }
}
