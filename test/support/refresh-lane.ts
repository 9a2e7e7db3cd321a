import { discloseToken } from '../../lib/domain/grants/disclose-token.ts'
import type { Grant } from '../../lib/domain/grants/grant.ts'
import { type Fault, type FaultProxy, type FaultProxyCall, startFaultProxy } from './fault-proxy.ts'
import { type Answer, aCaller, aGrant, aProvider, type Caller } from './grantkeeper.ts'
import { type InProcess, inProcess } from './in-process.ts'
import type { ProxiedGrantkeeper } from './proxied.ts'
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

/** One execution environment and one grant, whose refreshes are disturbed one after the other. */
export interface RefreshLane {
  readonly rows: StoredRows
  readonly grantId: string
  /** Asks for the token; answers the status. */
  ask(): Promise<number>
  /** The grant, as the API shows it. */
  get(): Promise<Answer>
  /** Ends the environment, whatever it does; the next remembers nothing. */
  kill(): void
  /** Connects the account anew. */
  connect(): Promise<void>
  /** The calls of the environment and to the token endpoint while `work` runs, in their order. */
  callsDuring(work: () => Promise<unknown>): Promise<Step[]>
  /** Strikes the step, and `times` calls to its service from there on. */
  disturb(step: Step, effect: Effect, times?: number): void
  calm(): void
  /** What is left upstream of the account: live grants, and the refresh tokens that they have. */
  upstream(): Promise<{ grants: number; refreshTokens: number }>
  row(): Promise<Grant | undefined>
  close(): Promise<void>
}

type Watched = Readonly<Record<Step['service'], FaultProxy>>

/** How an environment is asked and ended. */
interface Environment {
  readonly watched: Watched
  isOurs(call: FaultProxyCall): boolean
  ask(caller: Caller, grantId: string): Promise<number>
  kill(): void
  /** Faults that stay whatever is planned. */
  always(): readonly Fault[]
  close(): Promise<void>
}

/** A lane whose environment is one of the stack's own function; the stack has one at most. */
export const aStackLane = (grantkeeper: ProxiedGrantkeeper, account: string): Promise<RefreshLane> => {
  const { stack, proxies } = grantkeeper
  const functionId = stack.functionId('externalOAuth/acquire-access-token')
  return aLane(grantkeeper, account, {
    watched: proxies,
    isOurs: ({ service, operation, caller }) =>
      service === 'upstream' ? operation === 'POST /token' : caller === `LOCAL${functionId}`,
    ask: async (caller, grantId) => (await caller.post(`/authorizedProviders/${grantId}/accessToken/`)).status,
    kill: () => void stack.functions.kill(functionId),
    always: () => [],
    close: async () => undefined,
  })
}

/** A lane whose environment is in this process, on proxies of its own: many of them go side by side. */
export const aRefreshLane = async (grantkeeper: ProxiedGrantkeeper, account: string): Promise<RefreshLane> => {
  const { stack, direct, upstream } = grantkeeper
  const dynamodb = await startFaultProxy({ target: direct.dynamodb })
  const kms = await startFaultProxy({ target: direct.kms })
  const provider = await startFaultProxy({ target: upstream.issuer })
  const watched: Watched = { dynamodb, kms, upstream: provider }
  const endpoints = { dynamodb: dynamodb.url, kms: kms.url }
  const dead = new Set<string>()
  let environment: InProcess = inProcess(stack, endpoints)
  const silence: Fault = {
    match: ({ caller }) => caller !== undefined && dead.has(caller),
    times: Number.POSITIVE_INFINITY,
    kind: 'hang',
  }
  return aLane(grantkeeper, account, {
    watched,
    isOurs: ({ service, operation, caller }) =>
      service === 'upstream' ? operation === 'POST /token' : caller === environment.caller,
    ask: async ({ userId }, grantId) => {
      const { ports, run } = environment
      const caller = { orgId: 'acme', userId, admin: false }
      return (await run(() => discloseToken(ports, caller, grantId))).status
    },
    kill: () => {
      // What a dead process would have sent is never answered.
      dead.add(environment.caller)
      environment.kill()
      environment = inProcess(stack, endpoints)
    },
    always: () => [silence],
    close: async () => {
      environment.close()
      await Promise.all(Object.values(watched).map((proxy) => proxy.close()))
    },
  })
}

const aLane = async (
  grantkeeper: ProxiedGrantkeeper,
  account: string,
  environment: Environment,
): Promise<RefreshLane> => {
  const { watched, isOurs, always } = environment
  const rows = storedRows(grantkeeper, { endpoint: grantkeeper.direct.dynamodb })
  const caller = await aCaller(grantkeeper, { user: account })
  const { url } = watched.upstream
  const provider = await aProvider(grantkeeper, {
    ...grantkeeper.proxiedProvider,
    tokenUrl: `${url}/token`,
    userInfoUrl: `${url}/userinfo`,
    revocationUri: `${url}/revoke`,
    issuer: undefined,
  })
  const { id: grantId } = await aGrant(caller, provider.id, account)
  const calm = (): void => {
    for (const proxy of Object.values(watched)) {
      proxy.reset()
      proxy.plan(always())
    }
  }
  calm()
  return {
    rows,
    grantId,
    ask: () => environment.ask(caller, grantId),
    get: () => caller.get(`/authorizedProviders/${grantId}/`),
    kill: environment.kill,
    connect: async () => void (await aGrant(caller, provider.id, account)),
    callsDuring: async (work) => {
      const steps: Step[] = []
      const counts = { dynamodb: 0, kms: 0, upstream: 0 }
      const ends = Object.values(watched).map((proxy) =>
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
      watched[service].plan([...always(), { match, times, ...effect } as Fault])
    },
    calm,
    upstream: async () => {
      const live = (await grantkeeper.upstream.control.liveGrants()).filter((grant) => grant.account === account)
      return { grants: live.length, refreshTokens: live.reduce((sum, { refreshTokens }) => sum + refreshTokens, 0) }
    },
    row: () => rows.grant(grantId),
    close: async () => {
      rows.close()
      await environment.close()
    },
  }
}
