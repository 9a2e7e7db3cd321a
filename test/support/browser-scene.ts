import { browserFlowKey } from '../../lib/domain/connect/flow-secrets.ts'
import type { LocalGrantkeeper } from '../../lib/local/grantkeeper.ts'
import { flowKey } from '../../lib/storage/keys.ts'
import { type Application, startApplication } from './application.ts'
import { checked } from './conforms.ts'
import { aCaller, aGrantkeeper, aProvider, type Caller, type Json } from './grantkeeper.ts'
import { type Rows, rowsOf } from './rows.ts'

/** A stack, an application that browsers go back to, a user, and a provider that names the application. */
export interface BrowserScene {
  readonly grantkeeper: LocalGrantkeeper
  readonly application: Application
  readonly rows: Rows
  readonly grace: Caller
  readonly provider: Json
  /** On the provider's allow-list. */
  readonly returnTo: string
  grantsOf(caller: Caller): Promise<Json[]>
  /** The accounts that a user has connected. */
  accountsOf(caller: Caller): Promise<string[]>
  /** The accounts that have a living grant at the provider. */
  liveAccounts(): Promise<string[]>
  /** How often the provider was asked for tokens so far. */
  tokenRequests(): number
  /** The stored flow of a redirect; undefined when it is over. */
  flowOf(redirect: URL): Promise<Json>
  close(): Promise<void>
}

/** With the environment that functions get besides, once the application's address is known. */
export const aBrowserScene = async (
  environmentOf: (application: Application) => Record<string, string> = () => ({}),
): Promise<BrowserScene> => {
  const application = await startApplication()
  const environment = environmentOf(application)
  const grantkeeper = await aGrantkeeper(Object.keys(environment).length > 0 ? { environment } : {})
  const rows = rowsOf(grantkeeper.stack)
  const returnTo = `${application.url}/connected?keep=this%20one`
  const grantsOf: BrowserScene['grantsOf'] = async (caller) => (await caller.get('/authorizedProviders/')).body.data
  return {
    grantkeeper,
    application,
    rows,
    grace: checked(await aCaller(grantkeeper)),
    provider: await aProvider(grantkeeper, { name: 'Demo drive', redirectUris: [returnTo] }),
    returnTo,
    grantsOf,
    accountsOf: async (caller) => (await grantsOf(caller)).map(({ accountId }) => accountId),
    liveAccounts: async () => (await grantkeeper.upstream.control.liveGrants()).map(({ account }) => account),
    tokenRequests: () => grantkeeper.upstream.control.requests().filter(({ endpoint }) => endpoint === 'token').length,
    flowOf: async ({ searchParams }) =>
      (await rows.partition(flowKey(browserFlowKey(searchParams.get('state') ?? '')).pk))[0],
    close: async () => {
      await grantkeeper.close()
      await application.close()
    },
  }
}
