import { type AnApi, anApi } from '../an-api.ts'
import type { FaultProxyCall } from '../fault-proxy.ts'
import { type Answer, aCaller, anAdmin, aProvider, type Caller, type Json } from '../grantkeeper.ts'
import { aProxiedGrantkeeper, type ProxiedGrantkeeper } from '../proxied.ts'
import { type Rows, rowsOf } from '../rows.ts'
import { type StoredRows, storedRows } from '../stored-grant.ts'
import { synthesizedWith } from '../synthesized.ts'

/** A stack on which every function is made to do all that it may ever have to do. */
export interface Life {
  readonly stack: ProxiedGrantkeeper
  /** What requests are relayed to. */
  readonly api: AnApi
  readonly rows: Rows
  /** An organization of its own with a provider, `demo`, whose revocations reach all of a user's grants. */
  home(overrides?: Record<string, unknown>): Promise<Home>
  /** Ends the environments of a function, by its handler's file, and with them all that it remembers. */
  cold(file: string): void
  invoke(file: string, event?: object): Promise<unknown>
  close(): Promise<void>
}

export interface Home {
  readonly org: string
  readonly admin: Caller
  readonly user: Caller
  readonly other: Caller
  readonly provider: Json
  readonly rows: StoredRows
}

/** With copies of audit records in the table, so that it is seen who writes them. */
export const aLife = async (): Promise<Life> => {
  const { assembly, remove } = await synthesizedWith({ 'grantkeeper:auditInTable': 30 })
  const stack = await aProxiedGrantkeeper({ environments: 1, assembly })
  const api = await anApi()
  const opened: StoredRows[] = []
  return {
    stack,
    api,
    rows: rowsOf(stack.stack, stack.direct.dynamodb),
    home: async (overrides = {}) => {
      const org = `org-${opened.length + 1}`
      const rows = storedRows(stack, { org, endpoint: stack.direct.dynamodb })
      opened.push(rows)
      const settings = {
        slug: 'demo',
        revocationScope: 'userAndApp',
        apiBaseUri: api.origin,
        programmaticConnect: true,
        redirectUris: [api.origin, `${api.origin}/other`],
        ...overrides,
      }
      return {
        org,
        rows,
        admin: await anAdmin(stack, { org }),
        user: await aCaller(stack, { org }),
        other: await aCaller(stack, { org, user: 'other' }),
        provider: await aProvider(stack, settings, { org }),
      }
    },
    cold: (file) => void stack.stack.functions.kill(stack.stack.functionId(file)),
    invoke: (file, event = {}) => stack.stack.functions.invoke(stack.stack.functionId(file), event),
    close: async () => {
      for (const rows of opened) rows.close()
      await api.close()
      await stack.close()
      remove()
    },
  }
}

/** A call of a function to DynamoDB. */
export type Call = FaultProxyCall & { readonly body?: Json }

/** Does something at the moment when a function has read or written what fits, before it gets to know. */
export const meanwhile = async <Result>(
  { stack }: Life,
  fits: (call: Call) => boolean,
  change: (call: Call) => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> => {
  const { dynamodb } = stack.proxies
  const rewrite = async (answer: unknown, call: Call): Promise<unknown> => {
    await change(call)
    return answer
  }
  dynamodb.plan({ match: (call) => call.caller !== 'LOCALPLATFORM' && fits(call), kind: 'rewrite', rewrite })
  try {
    return await work()
  } finally {
    dynamodb.plan([])
  }
}

/** Throws unless the answer has this status: what a life does not do is not watched. */
export const expecting = async (
  status: number,
  answered: Promise<Pick<Answer, 'status' | 'text' | 'body'>>,
): Promise<Json> => {
  const answer = await answered
  if (answer.status === status) return answer.body
  throw new Error(`This life took another turn: ${answer.status} instead of ${status}: ${answer.text}`)
}
